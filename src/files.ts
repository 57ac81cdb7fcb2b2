// Files for handlers: a directory as a handler, for any host. The static phase without a server around it.

import type { Context, Handler } from "./contract.ts";
import type { Reply, ReplySource, RequestHead } from "./engine/engine.ts";
import { type MountOptions, resolveMount } from "./options/mount.ts";
import { createStatic, type StaticPhaseOptions } from "./static/handler.ts";

export { fileResponse, type FileResponseOptions } from "./static/file-response.ts";

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
  const phase = createStatic(uploads ? {} : table, { ...phaseOptions, uploads: uploads ? table : {} });
  return async (request, context) => {
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
  return new Response(streamOf(body), { status, headers });
}

function streamOf(source: ReplySource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await source.next();
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
      cancel(reason) {
        source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
