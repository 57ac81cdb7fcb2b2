// Does a stream become exactly the bytes it may become, and does it hear when it is not wanted?

import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { describe, it } from "node:test";
import type { ReplySource } from "../../src/engine/engine.ts";
import { ServerError } from "../../src/errors.ts";
import { LightResponse, replyFrom, streamSource } from "../../src/engine/response.ts";
import { bytes, streamOf } from "./response-classes.ts";

async function readAll(source: ReplySource): Promise<string> {
  let text = "";
  for (let chunk = await source.next(); chunk !== null; chunk = await source.next())
    text += Buffer.from(chunk).toString();
  return text;
}

/** A stream that records why it was cancelled. */
function recorded(...chunks: unknown[]): { stream: ReadableStream; reasons: unknown[] } {
  const reasons: unknown[] = [];
  const stream = new ReadableStream({
    pull: (controller) => (chunks.length > 0 ? controller.enqueue(chunks.shift()) : undefined),
    cancel: (reason) => void reasons.push(reason),
  });
  return { stream, reasons };
}

const isMismatch = (error: unknown): boolean => error instanceof ServerError && error.code === "ERR_LENGTH_MISMATCH";

describe("streamSource", () => {
  it("locks the stream at once and gives its chunks as they are, without the empty ones", async () => {
    const chunk = bytes("a");
    const stream = streamOf(new Uint8Array(0), chunk, new Uint8Array(0), new Uint8Array(0));
    const source = streamSource(stream, null);

    assert.equal(stream.locked, true);
    assert.equal(source.sizeBytes, null);
    assert.equal(await source.next(), chunk);
    assert.equal(await source.next(), null);
  });

  it("H40: reads only when it is asked", async () => {
    let pulls = 0;
    const stream = new ReadableStream(
      { pull: (controller) => controller.enqueue(Uint8Array.of(pulls++)) },
      { highWaterMark: 0 },
    );
    const source = streamSource(stream, null);

    await turn();
    assert.equal(pulls, 0);
    await source.next();
    await turn();
    assert.equal(pulls, 1);
  });

  for (const chunk of ["text", 1, null, undefined, {}, new ArrayBuffer(1), new DataView(new ArrayBuffer(1)), [1]]) {
    it(`H41: a chunk like ${Object.prototype.toString.call(chunk)} rejects and cancels the stream`, async () => {
      const { stream, reasons } = recorded(bytes("a"), chunk);
      const source = streamSource(stream, null);
      await source.next();

      await assert.rejects(Promise.resolve(source.next()), { name: "TypeError", message: /Uint8Array/ });

      assert.equal(reasons.length, 1);
    });
  }

  it("passes the error of the stream on", async () => {
    const source = streamSource(new ReadableStream({ pull: () => Promise.reject(new RangeError("broken")) }), null);

    await assert.rejects(Promise.resolve(source.next()), RangeError);
  });
});

describe("streamSource: H38, a length that was announced", () => {
  it("H38: gives all of a stream that keeps its word", async () => {
    const reports: unknown[] = [];

    assert.equal(
      await readAll(streamSource(streamOf(bytes("ab"), bytes("cde")), 5, (...report) => reports.push(report))),
      "abcde",
    );
    assert.deepEqual(reports, []);
  });

  it("H38: rejects at the end of one that is shorter", async () => {
    const source = streamSource(streamOf(bytes("abc")), 5);
    await source.next();

    await assert.rejects(
      Promise.resolve(source.next()),
      (error) => isMismatch(error) && /3 of the 5/.test(String(error)),
    );
  });

  for (const [title, chunks, known] of [
    ["inside a chunk", ["abc", "defghi"], 9],
    ["at the end of a chunk", ["abcde", "fghi"], 9],
    ["in the first chunk", ["abcdefghi"], 9],
    ["after empty chunks", ["abcde", "", "f"], 6],
  ] as const) {
    it(`H38: cuts, cancels and reports one that is longer, ${title}`, async () => {
      const { stream, reasons } = recorded(...chunks.map(bytes));
      const reports: unknown[] = [];

      const text = await readAll(streamSource(stream, 5, (...report) => reports.push(report)));
      await turn();

      assert.equal(text, "abcde");
      assert.deepEqual(reports, [["5", known]]);
      assert.equal(reasons.length, 1);
      assert.ok(isMismatch(reasons[0]));
    });
  }

  it("H38: notices the rest even when the engine stops asking after the last byte", async () => {
    const { stream, reasons } = recorded(bytes("abcde"), bytes("f"));
    const source = streamSource(stream, 5);

    await source.next();
    await turn();

    assert.equal(reasons.length, 1);
  });

  it("H38: ends at the announced byte although the stream stays open", async () => {
    const { stream } = recorded(bytes("abcde"));

    assert.equal(await readAll(streamSource(stream, 5)), "abcde");
  });

  it("H38: gives nothing when nothing was announced to come", async () => {
    const { stream, reasons } = recorded(bytes("a"));
    const reports: unknown[] = [];

    assert.equal(await readAll(streamSource(stream, 0, (...report) => reports.push(report))), "");
    await turn();

    assert.deepEqual(reports, [["0", 1]]);
    assert.equal(reasons.length, 1);
  });

  it("H38: reports through replyFrom", async () => {
    const reports: unknown[] = [];
    const response = new LightResponse(streamOf(bytes("abcdefghi")), { headers: { "content-length": "5" } });

    const { body } = replyFrom(response, "GET", (...report) => reports.push(report));

    assert.equal(await readAll(body as ReplySource), "abcde");
    assert.deepEqual(reports, [["5", 9]]);
  });
});

describe("streamSource: cancel", () => {
  it("tells the stream why", () => {
    const { stream, reasons } = recorded();

    streamSource(stream, null).cancel("gone");

    assert.deepEqual(reasons, ["gone"]);
  });

  it("ends a read that waits, without an error even where bytes are missing", async () => {
    const { stream } = recorded();
    const source = streamSource(stream, 5);
    const waiting = source.next();

    source.cancel("gone");

    assert.equal(await waiting, null);
  });

  it("H49: contains what the stream throws or rejects with in answer", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);

    streamSource(new ReadableStream({ cancel: () => Promise.reject(new Error("in cancel")) }), null).cancel("gone");
    const thrower = {
      locked: false,
      cancel: () => Promise.resolve(),
      getReader: () => ({
        cancel() {
          throw new Error("in cancel");
        },
      }),
    };
    streamSource(thrower as never, null).cancel("gone");
    await turn();
    await turn();

    process.off("unhandledRejection", listener);
    assert.deepEqual(unhandled, []);
  });
});

describe("replyFrom: Blob bodies", () => {
  it("give exactly their bytes, sliced ones too", async () => {
    const { body } = replyFrom(new LightResponse(new Blob(["abc", "def"]).slice(1, 5)), "GET");

    assert.equal((body as ReplySource).sizeBytes, 4);
    assert.equal(await readAll(body as ReplySource), "bcde");
  });

  it("are cut where a Blob lies about its size", async () => {
    class Liar extends Blob {}
    Object.defineProperty(Liar.prototype, "size", { get: () => 2 });

    const { body } = replyFrom(new LightResponse(new Liar(["abc"])), "GET");

    assert.equal(await readAll(body as ReplySource), "ab");
  });

  it("may be cancelled before anything was read, and in the middle", async () => {
    const untouched = replyFrom(new LightResponse(new Blob(["abc"])), "GET").body as ReplySource;
    const begun = replyFrom(new LightResponse(new Blob(["a".repeat(1 << 20)])), "GET").body as ReplySource;

    untouched.cancel("head");
    await begun.next();
    begun.cancel("gone");

    assert.equal(await begun.next(), null);
  });
});
