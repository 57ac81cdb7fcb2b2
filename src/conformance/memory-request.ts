// What does a client without a wire send, and when does it leave? The building of the Request (H1 to H18), in memory.

import { ReadableStream } from "node:stream/web";
import { visibleLines } from "../http/hop-by-hop.ts";
import { requestUrl } from "../http/request-url.ts";

/** The moments at which a client may leave (H25). */
export type LeavePhase = "before-result" | "before-body" | "mid-body" | "during-upload";

export interface MemoryRequest {
  /** Default GET. */
  readonly method?: string;
  /** The request target in origin form. Default `/`. */
  readonly target?: string;
  /** Default `memory.example`. */
  readonly authority?: string;
  /** Field lines in order, `host` excluded. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** Content; it reaches the handler in two pieces. Not seen by the handler of a GET or HEAD (H14). */
  readonly body?: string | Uint8Array;
  /** When the client leaves; by default it stays to the end. */
  readonly leaves?: LeavePhase;
}

/** A Request, and the hand that feeds and ends it. */
export interface Upload {
  readonly request: Request;
  readonly target: string;
  readonly leaves: LeavePhase | null;
  readonly controller: AbortController;
}

/** The Request of one call. @throws TypeError where `Request` cannot carry what is asked for */
export function memoryRequest(init: MemoryRequest): Upload {
  const { method = "GET", target = "/", authority = "memory.example", leaves = null } = init;
  const controller = new AbortController();
  const lines = [["host", authority] as const, ...(init.fields ?? [])].flatMap(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  const headers = new Headers();
  const visible = visibleLines(lines);
  for (let i = 0; i < visible.length; i += 2) headers.append(visible[i]!, visible[i + 1]!);
  const bytes = typeof init.body === "string" ? new TextEncoder().encode(init.body) : init.body;
  const hasBody = bytes !== undefined && method !== "GET" && method !== "HEAD";
  if (bytes !== undefined && !headers.has("content-length")) headers.set("content-length", String(bytes.byteLength));
  const request = new Request(requestUrl("http", authority, target), {
    method,
    headers,
    signal: controller.signal,
    ...(hasBody && { body: bodyStream(bytes, leaves, controller), duplex: "half" }),
  } as RequestInit);
  return { request, target, leaves, controller };
}

/** Two pieces; a client that leaves during the upload sends only the first, and the body then fails (H20, H25). */
function bodyStream(bytes: Uint8Array, leaves: LeavePhase | null, controller: AbortController): ReadableStream {
  const half = Math.ceil(bytes.byteLength / 2);
  const pieces = [bytes.slice(0, half), bytes.slice(half)].filter((piece) => piece.byteLength > 0);
  return new ReadableStream(
    {
      pull(stream) {
        const piece = pieces.shift();
        if (piece === undefined) return stream.close();
        if (leaves === "during-upload" && pieces.length === 0) {
          controller.abort(new DOMException("The client left.", "AbortError"));
          return stream.error(controller.signal.reason);
        }
        return stream.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
}
