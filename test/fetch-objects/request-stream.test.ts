import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { createGenuineRequest, createRequest } from "../../src/engine/request.ts";
import { ServerError } from "../../src/errors.ts";
import { ChunkSource, exchangeOf, FailingSource, installWhileRunning, onEachKind } from "./request-pair.ts";

const GREETING = { method: "POST", chunks: ["Hel", "lo"] };

describe("The body stream of a Request", () => {
  installWhileRunning();

  onEachKind("is one ReadableStream that gives the chunks", async (make) => {
    const request = make(GREETING);
    assert.ok(request.body instanceof ReadableStream);
    assert.equal(request.body, request.body);
    assert.equal(request.bodyUsed, false);

    const chunks = await chunksOf(request);

    assert.deepEqual(chunks, ["Hel", "lo"]);
    assert.equal(request.bodyUsed, true);
  });

  onEachKind("is used from the first read on, and by cancelling", async (make) => {
    const read = make(GREETING);
    const cancelled = make(GREETING);

    await read.body!.getReader().read();
    await cancelled.body!.cancel();

    assert.equal(read.bodyUsed, true);
    assert.equal(cancelled.bodyUsed, true);
    await assert.rejects(read.text(), TypeError);
    await assert.rejects(cancelled.text(), TypeError);
    assert.throws(() => cancelled.clone(), TypeError);
    assert.throws(() => new Request(read), TypeError);
  });

  onEachKind("is unusable, though unused, while a reader holds it", async (make) => {
    const request = make(GREETING);

    const reader = request.body!.getReader();

    assert.equal(request.bodyUsed, false);
    await assert.rejects(request.text(), TypeError);
    assert.throws(() => request.clone(), TypeError);
    reader.releaseLock();
    assert.equal(await request.text(), "Hello");
  });

  onEachKind("can still be read by the body methods after it was looked at", async (make) => {
    const request = make(GREETING);

    assert.notEqual(request.body, null);

    assert.equal(await request.text(), "Hello");
    assert.equal(request.bodyUsed, true);
    assert.equal(request.body!.locked, true);
  });

  it("reads into a buffer of the reader's own", async () => {
    const request = createRequest(exchangeOf({ method: "POST", chunks: ["Hello", "", "!"] }));
    const reader = (request.body as unknown as ReadableStream<Uint8Array>).getReader({ mode: "byob" });

    const first = await reader.read(new Uint8Array(3));
    const second = await reader.read(new Uint8Array(3));
    const third = await reader.read(new Uint8Array(3));
    const end = await reader.read(new Uint8Array(3));

    assert.deepEqual(
      [first, second, third].map(({ value }) => Buffer.from(value!).toString()),
      ["Hel", "lo", "!"],
    );
    assert.equal(end.done, true);
    assert.equal(end.value?.byteLength, 0);
  });

  it("H19: asks the source only for what is read", async () => {
    const source = new ChunkSource(["a", "b", "c"]);
    const request = createRequest(exchangeOf({ method: "POST", source }));

    const reader = request.body!.getReader();
    await turn();
    assert.deepEqual(source.asked, []);
    await reader.read();
    await turn();

    assert.deepEqual(source.asked, ["read"]);
  });

  it("H21: cancelling lets the engine discard the rest", async () => {
    const source = new ChunkSource(["a", "b"]);

    await createRequest(exchangeOf({ method: "POST", source })).body!.cancel();

    assert.deepEqual(source.asked, ["cancel"]);
  });

  it("never detaches memory that holds more than the chunk", async () => {
    const slab = Buffer.from("onetwo");
    const chunks = [slab.subarray(0, 3), slab.subarray(3), null];
    const read = async (): Promise<Uint8Array<ArrayBuffer> | null> => chunks.shift() as Uint8Array<ArrayBuffer> | null;
    const source = Object.assign(new ChunkSource([]), { read });

    assert.deepEqual(await chunksOf(createRequest(exchangeOf({ method: "POST", source }))), ["one", "two"]);
    assert.equal(slab.toString(), "onetwo");
  });
});

describe("A clone of a Request", () => {
  installWhileRunning();

  onEachKind("has the same head and an equal body, read on its own", async (make) => {
    const request = make({ ...GREETING, target: "/x?y", fields: ["x-a", "1"] });

    const clone = request.clone();

    assert.ok(clone instanceof Request);
    assert.equal(clone.method, "POST");
    assert.equal(clone.url, request.url);
    assert.deepEqual([...clone.headers], [...request.headers]);
    assert.equal(await clone.text(), "Hello");
    assert.equal(request.bodyUsed, false);
    assert.equal(await request.text(), "Hello");
  });

  onEachKind("has headers of its own", (make) => {
    const request = make({ fields: ["x-a", "1"] });

    request.clone().headers.set("x-a", "2");

    assert.equal(request.headers.get("x-a"), "1");
  });

  onEachKind("has no body when the request has none", (make) => {
    assert.equal(make({ method: "GET" }).clone().body, null);
  });

  onEachKind("cannot be made of a used request", async (make) => {
    const request = make(GREETING);

    await request.text();

    assert.throws(() => request.clone(), TypeError);
  });
});

describe("A body that fails", () => {
  installWhileRunning();
  const gone = new DOMException("The client left.", "AbortError");

  it("H20: rejects every way of reading with the reason itself", async () => {
    const make = (): Request => createRequest(exchangeOf({ method: "POST", source: new FailingSource(gone) }));

    await assert.rejects(make().text(), (error) => error === gone);
    await assert.rejects(make().json(), (error) => error === gone);
    await assert.rejects(make().arrayBuffer(), (error) => error === gone);
    await assert.rejects(make().blob(), (error) => error === gone);
    await assert.rejects(make().formData(), (error) => error === gone);
    await assert.rejects(make().body!.getReader().read(), (error) => error === gone);
    await assert.rejects(make().clone().text(), (error) => error === gone);
  });

  it("H20: does not end cleanly after the part that arrived", async () => {
    const source = new FailingSource(gone, ["part"]);
    const reader = createRequest(exchangeOf({ method: "POST", source })).body!.getReader();

    assert.equal(Buffer.from((await reader.read()).value!).toString(), "part");
    await assert.rejects(reader.read(), (error) => error === gone);
    await assert.rejects(reader.read(), (error) => error === gone);
  });

  it("H20: rejects the same way when it is genuine from the start", async () => {
    const source = new FailingSource(gone, ["part"]);

    await assert.rejects(
      createGenuineRequest(exchangeOf({ method: "POST", source })).text(),
      (error) => error === gone,
    );
  });

  it("H22: passes the code and the status of the limit on", async () => {
    const tooLarge = new ServerError("ERR_BODY_TOO_LARGE", "The body is larger than 1 byte.", { status: 413 });
    const request = createRequest(exchangeOf({ method: "POST", source: new FailingSource(tooLarge) }));

    await assert.rejects(request.json(), { code: "ERR_BODY_TOO_LARGE", status: 413 });
  });

  it("H49: is no unhandled rejection when nobody waits", async (context) => {
    const unhandled: unknown[] = [];
    const record = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", record);
    context.after(() => process.off("unhandledRejection", record));
    const make = (): Request => createRequest(exchangeOf({ method: "POST", source: new FailingSource(gone) }));

    void make().text();
    void make().json();
    void make().blob();
    void make().formData();
    void make().clone();
    const looked = make();
    assert.notEqual(looked.body, null);
    void looked.text();
    void new Request(make());
    const cancelled = make().body!.getReader();
    void cancelled.read().catch(() => {});
    void cancelled.cancel().catch(() => {});
    await turn();
    await turn();

    assert.deepEqual(unhandled, []);
  });
});

async function chunksOf(request: Request): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of request.body!) chunks.push(Buffer.from(chunk as Uint8Array).toString());
  return chunks;
}
