// Which classes must behave alike? Every table of the fetch standard's tests runs on the platform's Response and on ours.

import { it } from "node:test";
import { GenuineResponse, LightResponse } from "../../src/engine/response.ts";

/** Runs one statement on both classes, so that a difference between them is a failure of one of the two. */
export function onBoth(statement: string, run: (Class: typeof Response) => void | Promise<void>): void {
  it(`${statement} [platform]`, () => run(GenuineResponse));
  it(`${statement} [light]`, () => run(LightResponse));
}

/** A stream of the given chunks, whatever they are. */
export function streamOf(...chunks: unknown[]): ReadableStream {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      if (next < chunks.length) controller.enqueue(chunks[next++]);
      else controller.close();
    },
  });
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text));
}
