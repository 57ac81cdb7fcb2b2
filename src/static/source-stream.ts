// A reply source as a stream of the platform, for hosts that know nothing of sources.

import type { ReplySource } from "../engine/engine.ts";

/** `given` may open its source when somebody first reads; nothing is read ahead of that. */
export function sourceStream(given: ReplySource | (() => Promise<ReplySource>)): ReadableStream<Uint8Array> {
  let source: ReplySource | null = typeof given === "function" ? null : given;
  const open = async (): Promise<ReplySource> => (typeof given === "function" ? await given() : given);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        source ??= await open();
        const chunk = await source.next();
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
      cancel(reason) {
        source?.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
