// Does `new Response(body, init)` keep, convert and refuse bodies and status lines as the fetch standard says?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GenuineResponse, LightResponse } from "../../src/engine/response.ts";
import { bytes, onBoth, streamOf } from "./response-classes.ts";

const NULL_BODY_STATUSES = [204, 205, 304];
const REFUSED_STATUSES: readonly unknown[] = [0, 100, 101, 199, 600, 1000, -1, Number.NaN, null, "text", 65_536, 1e10];
const CONVERTED_STATUSES: readonly (readonly [unknown, number])[] = [
  ["404", 404],
  [200.9, 200],
  [65_536 + 201, 201],
  [undefined, 200],
  [{ valueOf: () => 418 }, 418],
];

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(2);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

describe("Response: status line", () => {
  onBoth("has the standard's defaults", (Class) => {
    const response = new Class();

    assert.deepEqual(
      [response.status, response.ok, response.statusText, response.type, response.url, response.redirected],
      [200, true, "", "default", "", false],
    );
    assert.equal(response.body, null);
    assert.equal(response.bodyUsed, false);
    assert.deepEqual([...response.headers], []);
  });

  onBoth("takes null and undefined as no init", (Class) => {
    assert.equal(new Class("a", null as never).status, 200);
    assert.equal(new Class("a", undefined).status, 200);
    assert.equal(new Class(undefined, {}).body, null);
    assert.equal(new Class(null, {}).body, null);
  });

  for (const init of [1, "text", true, Symbol("s"), 1n]) {
    onBoth(`refuses the init ${String(init)}`, (Class) => {
      assert.throws(() => new Class("a", init as never), TypeError);
    });
  }

  for (const status of [200, 201, 299, 300, 304, 404, 599]) {
    onBoth(`keeps status ${status} and is ok only below 300`, (Class) => {
      const response = new Class(null, { status });

      assert.equal(response.status, status);
      assert.equal(response.ok, status < 300);
    });
  }

  for (const status of REFUSED_STATUSES) {
    onBoth(`refuses status ${String(status)} with RangeError`, (Class) => {
      assert.throws(() => new Class("a", { status: status as number }), RangeError);
    });
  }

  for (const [status, converted] of CONVERTED_STATUSES) {
    onBoth(`converts status ${typeof status} ${String(status)} to ${converted}`, (Class) => {
      assert.equal(new Class("a", { status: status as number }).status, converted);
    });
  }

  for (const status of NULL_BODY_STATUSES) {
    onBoth(`refuses a body with status ${status}`, (Class) => {
      for (const body of [
        "",
        "text",
        bytes("a"),
        new Blob(["a"]),
        new URLSearchParams("a=b"),
        streamOf(),
        new FormData(),
      ]) {
        assert.throws(() => new Class(body, { status }), TypeError);
      }
      assert.equal(new Class(null, { status }).body, null);
    });
  }

  for (const statusText of ["", "Fine", "with\ttab and space", "caf\u00e9", "\u00ff"]) {
    onBoth(`keeps the statusText ${JSON.stringify(statusText)}`, (Class) => {
      assert.equal(new Class("a", { statusText }).statusText, statusText);
    });
  }

  for (const statusText of ["\n", "a\r\nb", "\0", "\x7f", "\x01", "\u0100", "\u{1f600}"]) {
    onBoth(`refuses the statusText ${JSON.stringify(statusText)}`, (Class) => {
      assert.throws(() => new Class("a", { statusText }), TypeError);
    });
  }

  onBoth("converts a statusText that is no string", (Class) => {
    assert.equal(new Class("a", { statusText: null as never }).statusText, "null");
    assert.equal(new Class("a", { statusText: 5 as never, status: 299 }).statusText, "5");
  });

  onBoth("cannot be called without new", (Class) => {
    assert.throws(() => (Class as unknown as () => void)(), TypeError);
  });
});

describe("Response: body of the constructor", () => {
  onBoth("is a copy of the bytes", async (Class) => {
    const source = bytes("abcd");
    const view = new Class(source);
    const buffer = new Class(source.buffer);

    source.fill(0);

    assert.equal(await view.text(), "abcd");
    assert.equal(await buffer.text(), "abcd");
  });

  onBoth("respects the offset and length of a view", async (Class) => {
    const { buffer } = bytes("abcdefgh");

    assert.equal(await new Class(new DataView(buffer, 2, 3)).text(), "cde");
    assert.equal(await new Class(new Uint8Array(buffer, 1, 2)).text(), "bc");
    assert.equal(await new Class(new Uint16Array(buffer, 4, 1)).text(), "ef");
    assert.equal(await new Class(Buffer.from("xyz").subarray(1)).text(), "yz");
    assert.equal(await new Class(new Uint8Array(0)).text(), "");
  });

  // The standard refuses both. Node 20 and 22 do; Node 24 makes text of shared memory and takes resizable buffers.
  for (const [kind, make] of [
    ["shared memory", () => new Uint8Array(new SharedArrayBuffer(2))],
    ["a resizable buffer", () => Reflect.construct(ArrayBuffer, [2, { maxByteLength: 8 }]) as ArrayBuffer],
    ["a view of a resizable buffer", () => new Uint8Array(Reflect.construct(ArrayBuffer, [2, { maxByteLength: 8 }]))],
    ["detached memory", () => detached()],
    ["a view of detached memory", () => new Uint8Array(detached())],
  ] as const) {
    it(`treats ${kind} as the platform does`, async () => {
      const outcome = async (Class: typeof Response): Promise<unknown> => {
        try {
          return await new Class(make() as never).text();
        } catch (error) {
          return (error as Error).name;
        }
      };

      assert.equal(await outcome(LightResponse), await outcome(GenuineResponse));
    });
  }

  onBoth("is stringified when it is nothing else", async (Class) => {
    assert.equal(await new Class(12.5 as never).text(), "12.5");
    assert.equal(await new Class(false as never).text(), "false");
    assert.equal(await new Class({ toString: () => "made" } as never).text(), "made");
    assert.throws(() => new Class(Symbol("s") as never), TypeError);
  });

  onBoth("has lone surrogates replaced", async (Class) => {
    assert.equal(await new Class("a\ud800b").text(), "a\ufffdb");
  });

  onBoth("may be an async iterable, which is undici's addition", async (Class) => {
    const iterable = (async function* () {
      yield bytes("a");
      yield bytes("b");
    })();

    assert.equal(await new Class(iterable as never).text(), "ab");
  });

  onBoth("is the very stream that was given", (Class) => {
    const stream = streamOf(bytes("a"));
    const response = new Class(stream);

    assert.equal(response.body, stream);
    assert.equal(response.body, response.body);
  });

  onBoth("refuses a stream that is locked or disturbed", async (Class) => {
    const locked = streamOf(bytes("a"));
    locked.getReader();
    const disturbed = streamOf(bytes("a"), bytes("b"));
    const reader = disturbed.getReader();
    await reader.read();
    reader.releaseLock();
    const cancelled = streamOf();
    await cancelled.cancel();

    for (const stream of [locked, disturbed, cancelled]) assert.throws(() => new Class(stream), TypeError);
  });
});
