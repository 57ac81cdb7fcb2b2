// H39 to H42 as far as they are seen in the process: large bodies, slow readers and reports. The rest is the kit's.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get } from "../support/octets.ts";
import { endless } from "../support/streams.ts";
import { deferred, turn, until } from "../support/waiting.ts";

const MIB = 1024 * 1024;

describe("streamed responses", () => {
  clause("behaviour 6", "a slow reader of a gigabyte keeps the source waiting, sized or not", async (engine) => {
    const body = endless(64 * 1024, 1024 * MIB);
    await using server = await start(engine, () => {
      return new Response(body.stream, { headers: { "content-length": String(1024 * MIB) } });
    });
    await using client = await server.connect({ isPaused: true });

    await client.send(get());
    for (let round = 0; round < 10; round++) {
      const before = client.receivedBytes;
      client.resume();
      await until(8_000, "more bytes", () => client.receivedBytes > before);
      client.pause();
      await turn(20);
      assert.ok(body.bytes - client.receivedBytes <= 16 * MIB, "the source is not paused");
    }
  });

  clause("behaviour 7", "a reader that stalls again and again gets every byte once and in order", async (engine) => {
    const size = 12 * MIB;
    const expected = createHash("sha256");
    const chunk = Buffer.alloc(100_003);
    await using server = await start(engine, (request) => {
      let sent = 0;
      const stream = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const bytes = Uint8Array.from(chunk.fill(sent % 251).subarray(0, Math.min(chunk.length, size - sent)));
            expected.update(bytes);
            sent += bytes.length;
            controller.enqueue(bytes);
            if (sent === size) controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(
        stream,
        request.url.endsWith("/sized") ? { headers: { "content-length": String(size) } } : {},
      );
    });
    await using client = await server.connect({ isPaused: true });

    await client.send(get("/sized"));
    for (let round = 0; round < 20; round++) {
      client.resume();
      await turn();
      client.pause();
      await turn(5);
    }
    const response = await client.response({ withinMs: 20_000 });

    assert.equal(createHash("sha256").update(response.body).digest("hex"), expected.digest("hex"));
  });

  clause("H41", "a chunk that is not a Uint8Array is an error of the stream, never text", async (engine) => {
    for (const chunk of ["coerced", 1, null, new ArrayBuffer(4)]) {
      await using server = await start(engine, () => {
        const encoder = new TextEncoder();
        const given: unknown[] = [encoder.encode("good"), chunk];
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => controller.enqueue(given.shift() as Uint8Array),
        });
        return new Response(stream);
      });
      await using client = await server.connect();

      await client.send(get());
      const response = await client.responseOrClose();
      const bytes = client.receivedText;

      // What fails before anything was sent may be answered 500 (H48).
      assert.ok(response === null || response.status === 500, "a clean end");
      assert.ok(!bytes.includes("coerced"), "the chunk was sent as text");
      await until(8_000, "the report", () => server.reports.length === 1);
    }
  });

  clause("H27/waiting", "a stream that a stopped server cuts is cancelled", async (engine) => {
    const body = endless();
    const cancelled = deferred();
    void body.cancelled.promise.then(() => cancelled.resolve());
    const server = await start(engine, () => new Response(body.stream));
    await using client = await server.connect({ isPaused: true });

    await client.send(get());
    await until(8_000, "the first bytes", () => body.bytes > 0);
    await server.close();

    await until(8_000, "the cancellation", () => body.cancels.length === 1);
  });
});
