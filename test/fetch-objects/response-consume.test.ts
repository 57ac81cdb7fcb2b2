// Do the consuming methods and the body stream behave as the fetch standard says, on both classes?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { bytes, onBoth, streamOf } from "./response-classes.ts";

type Method = "text" | "json" | "arrayBuffer" | "blob" | "formData";

const METHODS: readonly Method[] = ["text", "json", "arrayBuffer", "blob", "formData"];

const SAMPLES: readonly (readonly [string, () => unknown])[] = [
  ["text", () => '{"a":"caf\u00e9"}'],
  ["bytes", () => bytes('{"a":"caf\u00e9"}')],
  ["an ArrayBuffer", () => bytes('{"a":"caf\u00e9"}').buffer],
  ["a Blob", () => new Blob(['{"a":"caf\u00e9"}'])],
  ["a stream", () => streamOf(bytes('{"a":'), new Uint8Array(0), bytes('"caf\u00e9"}'))],
];

const EMPTY: readonly (readonly [string, () => unknown])[] = [
  ["null", () => null],
  ["empty text", () => ""],
  ["empty bytes", () => new Uint8Array(0)],
  ["an empty Blob", () => new Blob([])],
  ["empty URLSearchParams", () => new URLSearchParams()],
  ["an empty stream", () => streamOf()],
];

describe("Response: reading the body", () => {
  for (const [kind, make] of SAMPLES) {
    onBoth(`of ${kind} gives the same content by every method`, async (Class) => {
      const fresh = (): Response => new Class(make() as never);

      assert.equal(await fresh().text(), '{"a":"caf\u00e9"}');
      assert.deepEqual(await fresh().json(), { a: "caf\u00e9" });
      assert.deepEqual(new Uint8Array(await fresh().arrayBuffer()), bytes('{"a":"caf\u00e9"}'));
      assert.equal(await (await fresh().blob()).text(), '{"a":"caf\u00e9"}');
    });

    onBoth(`of ${kind} works once, whatever the methods`, async (Class) => {
      for (const first of ["text", "arrayBuffer", "blob"] as const) {
        const response = new Class(make() as never);
        const reading = response[first]();

        assert.equal(response.bodyUsed, true);
        await reading;
        for (const second of METHODS) await assert.rejects(response[second](), TypeError);
        assert.equal(response.bodyUsed, true);
      }
    });
  }

  for (const [kind, make] of EMPTY) {
    onBoth(`of ${kind} gives nothing`, async (Class) => {
      const fresh = (): Response => new Class(make() as never);

      assert.equal(await fresh().text(), "");
      assert.equal((await fresh().arrayBuffer()).byteLength, 0);
      assert.equal((await fresh().blob()).size, 0);
      await assert.rejects(fresh().json(), SyntaxError);
    });
  }

  onBoth("of null may be repeated and never counts as used", async (Class) => {
    const response = new Class();

    assert.equal(await response.text(), "");
    assert.equal(await response.text(), "");
    assert.equal(response.bodyUsed, false);
  });

  onBoth("drops a byte order mark from text and JSON only", async (Class) => {
    assert.equal(await new Class("\ufeffa").text(), "a");
    assert.equal(await new Class("\ufeff1").json(), 1);
    assert.equal((await new Class("\ufeffa").arrayBuffer()).byteLength, 4);
  });

  onBoth("gives a fresh buffer that may be changed", async (Class) => {
    const buffer = await new Class("ab").arrayBuffer();

    assert.equal(buffer instanceof ArrayBuffer, true);
    assert.equal(buffer.byteLength, 2);
  });

  onBoth("gives bytes() where the platform has it", async (Class) => {
    const response = new Class("ab") as Response & { bytes?: () => Promise<Uint8Array> };
    if (response.bytes === undefined) assert.equal("bytes" in Response.prototype, false);
    else assert.deepEqual(await response.bytes(), bytes("ab"));
  });
});

describe("Response: the media type of the body", () => {
  onBoth("comes from the headers as they are when it is asked for", async (Class) => {
    const implicit = new Class("a");
    const changed = new Class("a");
    changed.headers.set("content-type", "Text/CSS; Charset=X");
    const late = new Class("a");
    assert.notEqual(late.body, null);
    late.headers.set("content-type", "image/png");
    const early = new Class("a");
    early.headers.set("content-type", "image/gif");
    assert.notEqual(early.body, null);
    early.headers.set("content-type", "image/png");
    const removed = new Class("a");
    removed.headers.delete("content-type");

    const types = [];
    for (const response of [implicit, changed, late, early, removed]) types.push((await response.blob()).type);

    assert.deepEqual(types, ["text/plain;charset=utf-8", "text/css;charset=x", "image/png", "image/png", ""]);
  });

  onBoth("selects the parser of formData", async (Class) => {
    const given = new FormData();
    given.append("a", "1");
    given.append("f", new File(["content"], "f.txt"));

    const multipart = await new Class(given).formData();
    const encoded = await new Class(new URLSearchParams("a=1&b=2")).formData();
    const typed = await new Class("x=%20", {
      headers: { "content-type": "application/x-www-form-urlencoded" },
    }).formData();

    assert.equal(multipart.get("a"), "1");
    assert.equal(await (multipart.get("f") as File).text(), "content");
    assert.deepEqual(
      [...encoded],
      [
        ["a", "1"],
        ["b", "2"],
      ],
    );
    assert.equal(typed.get("x"), " ");
    await assert.rejects(new Class("a=1").formData(), TypeError);
    await assert.rejects(new Class().formData(), TypeError);
    await assert.rejects(new Class(new Blob(["a"])).formData(), TypeError);
  });
});

describe("Response: the body stream", () => {
  for (const [kind, make] of SAMPLES) {
    onBoth(`of ${kind} is a ReadableStream of Uint8Array with the content`, async (Class) => {
      const response = new Class(make() as never);
      const { body } = response;
      assert.ok(body instanceof ReadableStream);
      assert.equal(response.bodyUsed, false);

      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk as Uint8Array);

      assert.ok(chunks.every((chunk) => chunk instanceof Uint8Array));
      assert.equal(Buffer.concat(chunks).toString(), '{"a":"caf\u00e9"}');
      assert.equal(response.bodyUsed, true);
    });

    onBoth(`of ${kind} makes the body unusable while it is locked, and used once it was read`, async (Class) => {
      const response = new Class(make() as never);
      const reader = response.body?.getReader();
      assert.ok(reader);

      assert.equal(response.bodyUsed, false);
      await assert.rejects(response.text(), TypeError);
      assert.throws(() => response.clone(), TypeError);
      reader.releaseLock();
      assert.equal(response.bodyUsed, false);
      assert.equal(await response.text(), '{"a":"caf\u00e9"}');
    });

    onBoth(`of ${kind} counts as used after cancel`, async (Class) => {
      const response = new Class(make() as never);

      await response.body?.cancel();

      assert.equal(response.bodyUsed, true);
      await assert.rejects(response.arrayBuffer(), TypeError);
    });
  }

  onBoth("passes cancel and its reason on to the source", async (Class) => {
    const reasons: unknown[] = [];
    const response = new Class(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }));

    await response.body?.cancel("enough");

    assert.deepEqual(reasons, ["enough"]);
  });

  onBoth("may be cancelled when closed and rejects with the error when errored", async (Class) => {
    const closed = new ReadableStream({ start: (controller) => controller.close() });
    const errored = new ReadableStream({ start: (controller) => controller.error(new RangeError("broken")) });

    await new Class(closed).body?.cancel();
    await assert.rejects(new Class(errored).body?.cancel() ?? Promise.resolve(), RangeError);
    await assert.rejects(
      new Class(new ReadableStream({ pull: () => Promise.reject(new RangeError("late")) })).text(),
      RangeError,
    );
  });

  onBoth("sees the lock and the reading of the stream that was given", async (Class) => {
    const stream = streamOf(bytes("a"), bytes("b"));
    const response = new Class(stream);

    const reader = stream.getReader();
    await assert.rejects(response.text(), TypeError);
    await reader.read();
    reader.releaseLock();

    assert.equal(response.bodyUsed, true);
    await assert.rejects(response.text(), TypeError);
  });

  onBoth("can be piped away", async (Class) => {
    const response = new Class("a");
    const written: unknown[] = [];

    await response.body?.pipeTo(new WritableStream({ write: (chunk) => void written.push(chunk) }));

    assert.equal(written.length, 1);
    assert.equal(response.bodyUsed, true);
  });

  for (const chunk of ["text", 1, null, {}, new ArrayBuffer(1)]) {
    onBoth(`rejects with TypeError for a chunk like ${JSON.stringify(chunk)}`, async (Class) => {
      for (const method of METHODS) {
        await assert.rejects(new Class(streamOf(chunk))[method](), TypeError);
      }
    });
  }

  onBoth("cannot be tampered with through Object.prototype.then", async (Class) => {
    const injected = { done: false, value: bytes("bye") };
    // oxlint-disable-next-line unicorn/no-thenable -- the attack itself
    const key = "then";
    const response = new Class(streamOf(bytes("hello")));
    try {
      Object.defineProperty(Object.prototype, key, {
        configurable: true,
        get(this: object) {
          return "done" in this ? (resolve: (value: unknown) => void) => resolve(injected) : undefined;
        },
      });
      const reading = response.text();
      Reflect.deleteProperty(Object.prototype, key);
      assert.equal(await reading, "hello");
    } finally {
      Reflect.deleteProperty(Object.prototype, key);
    }
  });
});
