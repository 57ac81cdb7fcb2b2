// Files for handlers, on any host: one file as a Response, a directory as a handler. What sends them is loaded when it is needed,
// as most servers start without.

import type { Context, Handler } from "./contract.ts";
import type { Reply, RequestHead } from "./engine/engine.ts";
import { type MountOptions, resolveMount } from "./options/mount.ts";
import type { FileResponseOptions } from "./static/file-response.ts";
import type { StaticPhaseOptions } from "./static/handler.ts";
import { openMounts } from "./static/mount.ts";
import { sourceStream } from "./static/source-stream.ts";

export type { FileResponseOptions } from "./static/file-response.ts";

/**
 * A Response with the bytes of a file, for a handler to return.
 *
 * On easyserver the file is sent natively, and conditional and range requests are answered (304, 206, 412, 416). On any other
 * host the body is read from disk when somebody asks for it. What is no regular file is `notFound` or 404. Rejects when the
 * disk fails in another way.
 */
export async function fileResponse(path: string, options: FileResponseOptions = {}): Promise<Response> {
  const { makeFileResponse } = await import("./static/file-response.ts");
  return await makeFileResponse(path, options);
}

/** How a directory is served: the options of a mount, and where it is mounted. */
export interface StaticFilesOptions extends Omit<MountOptions, "dir"> {
  /** URL prefix that is taken off before a name is looked for. Default `"/"`. */
  readonly prefix?: string;
  /** The files are users' uploads: browsers run nothing in them, links are not followed. Default `false`. */
  readonly uploads?: boolean;
  /** How much memory contents may be kept in. Default 64 MiB. Danger: for each call of `staticFiles` anew. */
  readonly cacheBytes?: number;
  /** How long a changed file may go unnoticed. Default `1000`; 0 looks for each request. */
  readonly revalidateMs?: number;
}

/**
 * A handler that serves the files of `dir`, for use inside an app or as one, on any host.
 *
 * What is no file is 404. With `fallthrough: true` it is the context's `passThrough()` instead, where the host has one, and
 * so is a method other than GET and HEAD.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID`, and `ERR_STATIC_ROOT` for a directory that is missing or cannot be read.
 */
export function staticFiles(dir: string, options: StaticFilesOptions = {}): Handler {
  const { prefix = "/", uploads = false, cacheBytes, revalidateMs, ...mount } = options;
  const table = { [prefix]: resolveMount({ ...mount, dir }, `staticFiles(${JSON.stringify(dir)})`, uploads) };
  const phaseOptions: StaticPhaseOptions = {
    fallthrough: false,
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(revalidateMs === undefined ? {} : { revalidateMs }),
  };
  const [files, uploaded] = uploads ? [{}, table] : [table, {}];
  // Says now what is wrong with the directory.
  openMounts(files, uploaded, false);
  const loading = import("./static/handler.ts").then(({ createStatic }) =>
    createStatic(files, { ...phaseOptions, uploads: uploaded }),
  );
  // Whoever asks for a file hears of a failure; nobody else has to.
  loading.catch(() => {});
  return async (request, context) => {
    const phase = await loading;
    const reply = await phase(headOf(request));
    return reply === null ? notMine(context) : responseOf(reply);
  };
}

/** Hosts without the context of the contract get a plain 404. */
function notMine(context: Context | undefined): Response {
  if (typeof context?.passThrough === "function") return context.passThrough();
  return new Response("Not found.\n", { status: 404, headers: { "content-type": "text/plain; charset=utf-8" } });
}

const CONDITIONS = ["range", "if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"];

function headOf(request: Request): RequestHead {
  const { url, headers, method } = request;
  // Sliced, not parsed: the host has made a good URL of the target, and no second reading can differ from the first.
  const target = url.slice(url.indexOf("/", url.indexOf("://") + 3)).split("#", 1)[0] ?? "/";
  return {
    method,
    target,
    path: target.split("?", 1)[0] ?? "/",
    scheme: url.startsWith("https:") ? "https" : "http",
    authority: headers.get("host") ?? "",
    httpVersion: "1.1",
    isConditional: CONDITIONS.some((name) => headers.has(name)),
    get fields() {
      return [...headers].flat();
    },
    field: (name) => headers.get(name),
  };
}

function responseOf({ status, fields, body, sizeBytes }: Reply): Response {
  const headers = new Headers();
  for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!);
  const length = body !== null && typeof body === "object" && "next" in body ? body.sizeBytes : sizeBytes;
  if (length !== null) headers.set("content-length", String(length));
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    return new Response(body as ConstructorParameters<typeof Response>[0], { status, headers });
  }
  return new Response(sourceStream(body), { status, headers });
}
