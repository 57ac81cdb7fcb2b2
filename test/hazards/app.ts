// What the servers of this folder serve: one path for each way a handler can treat its request and its reply.

import { createHash } from "node:crypto";
import type { Handler } from "../../src/index.ts";
import { pattern, patternBytes } from "../support/pattern.ts";

/** More than the engine's cork buffer holds, so that ending such a reply can end the connection at once. */
const LARGE = "a".repeat(20_000);

const encoder = new TextEncoder();

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Pulled one by one, and never faster than the server asks. */
function streamOf(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = (async function* () {
    yield* chunks;
  })();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** What was asked of the last `/stream`. */
let streamedBytes = 0;

function* counted(chunks: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  streamedBytes = 0;
  for (const chunk of chunks) {
    streamedBytes += chunk.byteLength;
    yield chunk;
  }
}

function* events(count: number): Generator<Uint8Array, void> {
  for (let i = 0; i < count; i++) yield encoder.encode(`id: ${i}\ndata: ${"x".repeat(4_000)}\n\n`);
}

async function* lateEvent(ms: number): AsyncGenerator<Uint8Array, void> {
  await pause(ms);
  yield encoder.encode("data: late\n\n");
}

async function digest(request: Request): Promise<Response> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return new Response(`${bytes} ${hash.digest("hex")}`);
}

const EVENT_STREAM = { "content-type": "text/event-stream" };

type Answer = (request: Request, query: URLSearchParams) => Response | Promise<Response>;

const size = (query: URLSearchParams): number => Number(query.get("size") ?? 20_000);

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/small": () => new Response("small"),
  "/ignore": () => new Response(LARGE),
  "/read": async (request) => {
    await request.text();
    return new Response(LARGE);
  },
  "/read-and-close": async (request) => {
    await request.text();
    return new Response(LARGE, { headers: { connection: "close" } });
  },
  "/text": async (request) => new Response(`got ${await request.text()}`),
  "/throw": () => {
    throw new Error("as asked");
  },
  "/read-and-throw": async (request) => {
    await request.text();
    throw new Error("as asked");
  },
  "/stream": (_, query) => new Response(streamOf(counted(pattern(size(query))))),
  "/streamed": () => new Response(String(streamedBytes)),
  "/read-and-stream": async (request, query) => {
    await request.text();
    return new Response(streamOf(pattern(size(query))));
  },
  "/bytes": (_, query) => new Response(patternBytes(size(query))),
  "/sized": (_, query) =>
    new Response(streamOf(pattern(size(query))), { headers: { "content-length": String(size(query)) } }),
  "/events": (_, query) => new Response(streamOf(events(Number(query.get("count")))), { headers: EVENT_STREAM }),
  "/late-event": (_, query) => new Response(streamOf(lateEvent(Number(query.get("ms")))), { headers: EVENT_STREAM }),
  "/digest": digest,
  "/echo": (request) => new Response(request.body),
  "/no-content": () => new Response(null, { status: 204 }),
  "/not-modified": () => new Response(null, { status: 304, headers: { etag: '"a"' } }),
  "/forbidden": () => new Response("no", { status: 403 }),
  "/block": (_, query) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(query.get("ms")));
    return new Response("blocked");
  },
  "/later": async (_, query) => {
    await pause(Number(query.get("ms") ?? 5));
    return new Response("later");
  },
};

export const handler: Handler = (request) => {
  const { pathname, searchParams } = new URL(request.url);
  return ANSWERS[pathname]?.(request, searchParams) ?? new Response("nothing here", { status: 404 });
};
