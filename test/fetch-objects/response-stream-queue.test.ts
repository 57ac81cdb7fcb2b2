// Chunks that a stream has ready are taken past its reader: can anybody tell?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ReplySource } from "../../src/engine/engine.ts";
import { streamSource } from "../../src/engine/response-body.ts";
import { queueOf } from "../../src/engine/stream-queue.ts";

const nodeMajor = Number(process.versions.node.split(".")[0]);

function chunk(text: string): Uint8Array {
  return Buffer.from(text);
}

/** All that the source gives, as text, and how many chunks came at once. */
async function drain(source: ReplySource): Promise<{ text: string; atOnce: number }> {
  let text = "";
  let atOnce = 0;
  for (;;) {
    const next = await new Promise<Uint8Array | null>((take, fail) => {
      const given = source.pull?.({ take, fail });
      if (given === undefined) return;
      if (given !== null) atOnce++;
      take(given);
    });
    if (next === null) return { text, atOnce };
    text += Buffer.from(next).toString("latin1");
  }
}

describe("the queue of a stream", () => {
  it("gives every chunk but the first and the last at once, in order", async () => {
    const stream = new ReadableStream({
      start(controller) {
        for (const letter of "abcdef") controller.enqueue(chunk(letter));
        controller.close();
      },
    });

    const { text, atOnce } = await drain(streamSource(stream, null));

    assert.equal(text, "abcdef");
    assert.equal(atOnce, nodeMajor < 24 ? 4 : 0);
  });

  it("asks the source for more as often as its reader would, whatever the queuing strategy", async () => {
    const run = async (read: (stream: ReadableStream) => Promise<unknown>): Promise<string[]> => {
      const log: string[] = [];
      let made = 0;
      const stream = new ReadableStream(
        {
          pull(controller) {
            log.push(`pull ${made}, wants ${controller.desiredSize}`);
            if (made === 12) controller.close();
            for (let i = 0; i < 3 && made < 12; i++) controller.enqueue(chunk(String(made++ % 10)));
          },
        },
        { highWaterMark: 10, size: (bytes: Uint8Array) => bytes.byteLength * 4 },
      );
      await read(stream);
      return log;
    };
    const reading = async (stream: ReadableStream): Promise<void> => {
      const reader = stream.getReader();
      while (!(await reader.read()).done);
    };

    const seen = await run((stream) => drain(streamSource(stream, null)));
    const expected = await run(reading);

    assert.deepEqual(
      seen.map((line) => line.replace(/, wants .*/, "")),
      expected.map((line) => line.replace(/, wants .*/, "")),
    );
  });

  it("makes the stream disturbed before anything is taken", async () => {
    const stream = new ReadableStream({
      start(controller) {
        for (const letter of "abc") controller.enqueue(chunk(letter));
      },
    });
    const genuine = new Response(stream);
    const source = streamSource(stream, null);

    await source.next();

    assert.equal(genuine.bodyUsed, true);
    source.cancel("enough");
  });

  it("sees an error that empties the queue", async () => {
    let fail!: (error: unknown) => void;
    const stream = new ReadableStream({
      start(controller) {
        for (const letter of "abcd") controller.enqueue(chunk(letter));
        fail = (error) => controller.error(error);
      },
    });
    const source = streamSource(stream, null);
    await source.next();
    await source.next();

    fail(new Error("broken"));

    await assert.rejects(Promise.resolve(source.next()), /broken/);
  });

  it("H38, H41: counts and checks what it takes like what is read", async () => {
    const cancelled: unknown[] = [];
    const streamOf = (...chunks: unknown[]): ReadableStream =>
      new ReadableStream({
        start(controller) {
          for (const each of chunks) controller.enqueue(each);
        },
        cancel(reason) {
          cancelled.push(reason);
        },
      });
    const long: number[] = [];

    const cut = await drain(
      streamSource(streamOf(chunk("ab"), chunk(""), chunk("cdef"), chunk("g")), 5, (_, n) => long.push(n)),
    );

    assert.equal(cut.text, "abcde");
    assert.deepEqual(long, [6]);
    await assert.rejects(drain(streamSource(streamOf(chunk("a"), "text", chunk("b")), null)), TypeError);
    assert.equal(cancelled.length, 2);
  });

  it("is left alone for byte streams and for streams of another make", () => {
    assert.equal(queueOf(new ReadableStream({ type: "bytes" })), null);
    assert.equal(queueOf({ getReader() {} }), null);
  });
});
