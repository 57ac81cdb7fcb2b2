// A file as a Response: with a body that works on every host, and a descriptor for hosts that send files by themselves (H61).

import { realpath, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import type { FileDescriptor } from "../contract.ts";
import { attachment } from "../http/content-disposition.ts";
import { formatHttpDate } from "../http/http-date.ts";
import { mediaType } from "../http/media-type.ts";
import { FILE } from "./file-tag.ts";
import { FileSource, openFile } from "./file.ts";
import { sourceStream } from "./source-stream.ts";
import { fileVersion, isSameVersion, timeValidators, type FileVersion } from "./version.ts";

/** How a file is sent. */
export interface FileResponseOptions {
  /**
   * The directory that the path is relative to and that the file has to be in, links followed. Needed as soon as any part of
   * the path comes from a request. Default: the path is taken as it is, relative to the working directory.
   */
  readonly root?: string;
  /** Allow names that begin with a dot below `root`. Default `"deny"`. */
  readonly dotfiles?: "deny" | "allow";
  /** Default `200`. Only a 200 is subject to preconditions and ranges. */
  readonly status?: number;
  /** Header fields besides, or instead of, the file's own. */
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  /** Ask the browser to save it: under its own name, or under this one. Default `false`. */
  readonly download?: boolean | string;
  /** `cache-control`. Default `"no-cache"`: kept, and checked before each use. */
  readonly cacheControl?: string;
  /** Answer `If-*` fields: 304 and 412. Default `true`. */
  readonly conditional?: boolean;
  /** Answer `Range`: 206 and 416. Default `true`. */
  readonly ranges?: boolean;
  /** What to answer when there is no such file. Default: a plain 404. */
  readonly notFound?: () => Response | PromiseLike<Response>;
}

/** What `files.ts` promises, which loads this when it is first needed. */
export async function makeFileResponse(path: string, options: FileResponseOptions = {}): Promise<Response> {
  const found = await locate(path, options);
  if (found === null) return options.notFound === undefined ? plainNotFound() : options.notFound();
  const { status = 200, conditional = true, ranges = true } = options;
  const { etag, lastModifiedMs } = timeValidators(found.version, "", Date.now());
  const lastModified = lastModifiedMs === null ? null : formatHttpDate(lastModifiedMs);
  const headers = new Headers({
    "content-type": mediaType(basename(path)),
    "content-length": String(found.version.size),
    "cache-control": options.cacheControl ?? "no-cache",
    "x-content-type-options": "nosniff",
  });
  if (etag !== null) headers.set("etag", etag);
  if (lastModified !== null) headers.set("last-modified", lastModified);
  if (ranges && status === 200) headers.set("accept-ranges", "bytes");
  const { download = false } = options;
  if (download !== false) headers.set("content-disposition", attachment(download === true ? basename(path) : download));
  for (const [name, value] of new Headers(options.headers)) headers.set(name, value);
  const root = options.root === undefined ? null : found.root;
  return taggedResponse(
    { path: found.file, root, status, conditional, ranges, etag, lastModified },
    found.version,
    headers,
  );
}

/** The Response for a descriptor, whose body opens the file when it is first read from. */
function taggedResponse(descriptor: FileDescriptor, version: FileVersion, headers: Headers): Response {
  const { status } = descriptor;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const response = new Response(hasBody ? sourceStream(() => openSource(descriptor.path, version)) : null, {
    status,
    headers,
  });
  Object.defineProperty(response, FILE, { value: Object.freeze(descriptor) });
  return response;
}

function plainNotFound(): Response {
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return new Response("Not found.\n", { status: 404, headers });
}

interface Located {
  readonly file: string;
  readonly root: string;
  readonly version: FileVersion;
}

/** `null` for what is no regular file, or not inside the root. */
async function locate(path: string, { root, dotfiles }: FileResponseOptions): Promise<Located | null> {
  if (path.includes("\0")) return null;
  const names = path.split(/[/\\]/);
  if (root !== undefined) {
    if (names.includes("..") || (sep === "/" && path.includes("\\"))) return null;
    if (dotfiles !== "allow" && names.some((name) => name.startsWith(".") && name !== ".")) return null;
  }
  try {
    const realRoot = root === undefined ? sep : await realpath(resolve(root));
    const file = await realpath(root === undefined ? resolve(path) : join(realRoot, path));
    if (root !== undefined && !isInside(file, realRoot)) return null;
    const stats = await stat(file, { bigint: true });
    return stats.isFile() ? { file, root: realRoot, version: fileVersion(stats) } : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** True for a real path below a real directory. */
export function isInside(file: string, directory: string): boolean {
  return file.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** The errors that mean "no such file". */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG" || code === "ELOOP" || code === "ENXIO";
}

/** Exactly the bytes that were announced, or an error: a file that has changed since cannot be told apart from them. */
async function openSource(file: string, version: FileVersion): Promise<FileSource> {
  const opened = await openFile(file);
  if (opened === null || !isSameVersion(opened.version, version)) {
    await opened?.handle.close();
    throw new Error("The file was replaced between the making of its Response and the sending.");
  }
  if (version.size === 0n) {
    await opened.handle.close();
    return new FileSource(opened.handle, []);
  }
  return new FileSource(opened.handle, [{ start: 0, end: Number(version.size) - 1 }]);
}
