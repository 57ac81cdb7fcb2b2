// Response bodies that tell what is done to them.

import { deferred, type Deferred } from "./waiting.ts";

export interface WatchedStream {
  readonly stream: ReadableStream<Uint8Array>;
  /** Chunks made so far. */
  pulls: number;
  bytes: number;
  /** Reasons `cancel` was called with. */
  readonly cancels: unknown[];
  readonly cancelled: Deferred<unknown>;
}

/** Chunks of `chunkBytes` as long as somebody wants them, or up to `limitBytes`. */
export function endless(chunkBytes: number = 64 * 1024, limitBytes: number = Infinity): WatchedStream {
  const watched: Omit<WatchedStream, "stream"> = { pulls: 0, bytes: 0, cancels: [], cancelled: deferred<unknown>() };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        watched.pulls++;
        const size = Math.min(chunkBytes, limitBytes - watched.bytes);
        controller.enqueue(new Uint8Array(size).fill(97 + (watched.pulls % 26)));
        watched.bytes += size;
        if (watched.bytes >= limitBytes) controller.close();
      },
      cancel(reason) {
        watched.cancels.push(reason);
        watched.cancelled.resolve(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return Object.assign(watched, { stream });
}

/** The texts, one chunk each, one turn of the loop apart, then the end; or `failure`, where one is given. */
export function chunksOf(texts: readonly string[], failure?: { readonly error: unknown }): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        const text = texts[next++];
        if (text !== undefined) controller.enqueue(encoder.encode(text));
        else if (failure === undefined) controller.close();
        else controller.error(failure.error);
      },
    },
    { highWaterMark: 0 },
  );
}
