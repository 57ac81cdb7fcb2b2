// Bodies whose length the platform does not tell: known by the first chunk, if the end is right behind.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isForBytes, SoonEnding } from "../../src/engine/response-soon.ts";
import { streamSource } from "../../src/engine/response-body.ts";

function bodyOf(response: Response): ReadableStream {
  return response.body as ReadableStream;
}

describe("a body that ends with its first chunk", () => {
  it("H36: is as long as that chunk", async () => {
    const source = new SoonEnding(streamSource(bodyOf(new Response("héllo")), null));

    const first = await source.next();
    assert.equal(source.sizeBytes, 6);
    assert.equal(Buffer.from(first!).toString(), "héllo");
    assert.equal(await source.next(), null);
  });

  it("H37: has no length when more comes, and loses none of it", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const source = new SoonEnding(streamSource(readable, null));
    const writer = writable.getWriter();
    void writer.write(new Uint8Array([1]));

    assert.deepEqual(await source.next(), new Uint8Array([1]));
    assert.equal(source.sizeBytes, null);
    void writer.write(new Uint8Array([2]));
    assert.deepEqual(await source.next(), new Uint8Array([2]));
    void writer.close();
    assert.equal(await source.next(), null);
  });

  it("H47: fails where the stream fails, after the first chunk", async () => {
    const chunks = [new Uint8Array([1])];
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.error(new Error("broken"));
        else controller.enqueue(chunk);
      },
    });
    const source = new SoonEnding(streamSource(broken, null));

    assert.deepEqual(await source.next(), new Uint8Array([1]));
    assert.equal(source.sizeBytes, null);
    await assert.rejects(Promise.resolve(source.next()), /broken/);
  });
});

describe("isForBytes", () => {
  it("tells bodies made by the platform from streams of chunks, and locks neither", () => {
    const made = bodyOf(new Response("text"));
    const given = bodyOf(new Response(new ReadableStream()));

    assert.deepEqual([isForBytes(made), isForBytes(given)], [true, false]);
    assert.deepEqual([made.locked, given.locked], [false, false]);
  });
});
