// What does the host send for what a handler returned, and what does it refuse?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import type { Reply } from "../../src/engine/engine.ts";
import { ServerError } from "../../src/errors.ts";
import { GenuineResponse, LightResponse, replyFrom } from "../../src/engine/response.ts";
import { bytes, onBoth, streamOf } from "./response-classes.ts";

const SHAPE = { status: 200, statusText: "", headers: new Headers(), body: null };

async function contentOf({ body }: Reply): Promise<string> {
  if (body === null) return "";
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function assertRefused(response: unknown, sentence: RegExp, method = "GET"): void {
  assert.throws(
    () => replyFrom(response, method),
    (error) => {
      assert.ok(error instanceof ServerError);
      assert.equal(error.code, "ERR_RESPONSE_INVALID");
      assert.match(error.message, sentence);
      assert.match(error.message, /Return a new Response/);
      return true;
    },
  );
}

/** Headers that say what no genuine ones can. */
function lyingHeaders(...lines: (readonly [unknown, unknown])[]): object {
  return { getSetCookie: () => [], [Symbol.iterator]: () => lines[Symbol.iterator]() };
}

describe("replyFrom: the light path", () => {
  it("gives one shared list of fields per implicit content-type", () => {
    const fields = (response: Response): readonly string[] => replyFrom(response, "GET").fields;

    assert.equal(fields(new LightResponse("a")), fields(new LightResponse("b", { status: 404 })));
    assert.equal(fields(LightResponse.json(1)), fields(LightResponse.json({ a: 1 }, { status: 201 })));
    assert.equal(fields(new LightResponse()), fields(new LightResponse(bytes("a"))));
    assert.deepEqual(fields(new LightResponse("a")), ["content-type", "text/plain;charset=UTF-8"]);
    assert.deepEqual(fields(LightResponse.json(1)), ["content-type", "application/json"]);
  });

  it("keeps the shared list when only the body was looked at", () => {
    const looked = new LightResponse("a");
    assert.notEqual(looked.body, null);

    const reply = replyFrom(looked, "GET");

    assert.equal(reply.fields, replyFrom(new LightResponse("b"), "GET").fields);
    assert.equal(reply.body, "a");
  });

  it("sends what the headers object says once it was touched", () => {
    const response = new LightResponse("a", { headers: { a: "1" } });
    response.headers.set("A", "2");
    response.headers.delete("content-type");

    assert.deepEqual(replyFrom(response, "GET").fields, ["a", "2"]);
  });

  it("gives names in lower case and values normalised", () => {
    const reply = replyFrom(
      new LightResponse("a", { headers: { "X-One": " 1 " }, status: 201, statusText: "Made" }),
      "GET",
    );

    assert.deepEqual(reply, {
      status: 201,
      reason: "Made",
      fields: ["x-one", "1", "content-type", "text/plain;charset=UTF-8"],
      body: "a",
      sizeBytes: null,
      close: false,
    });
  });

  it("sends what it was made with, whatever a subclass overrides", () => {
    class Liar extends LightResponse {}
    Object.defineProperty(Liar.prototype, "status", { get: () => 99 });

    assert.equal(replyFrom(new Liar("a", { status: 201 }), "GET").status, 201);
  });

  it("sends the part of the buffer that a view shows", async () => {
    const view = new DataView(bytes("abcdefgh").buffer, 2, 3);

    assert.equal(await contentOf(replyFrom(new LightResponse(view), "GET")), "cde");
  });
});

describe("replyFrom: any Response", () => {
  const bodies: readonly (readonly [string, () => unknown, string])[] = [
    ["text", () => "caf\u00e9", "caf\u00e9"],
    ["empty text", () => "", ""],
    ["bytes", () => bytes("ab"), "ab"],
    ["a Blob", () => new Blob(["ab", "cd"]), "abcd"],
    ["an empty Blob", () => new Blob([]), ""],
    ["URLSearchParams", () => new URLSearchParams("a=1"), "a=1"],
    ["a stream", () => streamOf(bytes("a"), new Uint8Array(0), bytes("b")), "ab"],
    ["nothing", () => null, ""],
  ];

  for (const [kind, make, content] of bodies) {
    onBoth(`carries ${kind}`, async (Class) => {
      const reply = replyFrom(new Class(make() as never, { status: 404, statusText: "No" }), "GET");

      assert.deepEqual([reply.status, reply.reason, reply.close], [404, "No", false]);
      assert.equal(await contentOf(reply), content);
    });

    onBoth(`A1: counts ${kind} as used once it was handed over`, async (Class) => {
      const response = new Class(make() as never);
      const { body } = replyFrom(response, "GET");
      if (kind === "nothing") {
        assert.equal(replyFrom(response, "GET").body, null);
        return;
      }
      if (body !== null && typeof body === "object" && "next" in body) await body.next();

      assertRefused(response, /already used or is locked/);
      assert.equal(response.bodyUsed, true);
      assert.throws(() => response.clone(), TypeError);
      await assert.rejects(response.text(), TypeError);
    });
  }

  onBoth("carries multipart FormData with its boundary", async (Class) => {
    const form = new FormData();
    form.append("a", "1");

    const reply = replyFrom(new Class(form), "GET");

    const boundary = /boundary=(.+)$/.exec(reply.fields[1] ?? "")?.[1];
    assert.ok(boundary);
    assert.ok((await contentOf(reply)).startsWith(`--${boundary}\r\n`));
  });

  it("carries the body that a platform Response shows, not what it was made from", async () => {
    const response = new GenuineResponse("made from");
    Object.defineProperty(response, "body", { value: streamOf(bytes("shown")) });

    assert.equal(await contentOf(replyFrom(response, "GET")), "shown");
  });

  onBoth("carries two spellings of one name as one field", (Class) => {
    const { fields } = replyFrom(new Class(null, { headers: { "X-A": "1", "x-a": "2" } }), "GET");

    assert.deepEqual(fields, ["x-a", "1, 2"]);
  });

  onBoth("carries both branches of a clone", async (Class) => {
    const response = new Class("ab");
    const copy = response.clone();

    assert.equal(await contentOf(replyFrom(copy, "GET")), "ab");
    assert.equal(await contentOf(replyFrom(response, "GET")), "ab");
  });

  onBoth("H42: adds and changes no field", (Class) => {
    const headers = { "content-type": "Text/HTML", etag: 'W/"x"', vary: "*", "cache-control": "no-transform" };
    const { fields } = replyFrom(new Class("a", { headers }), "GET");

    const lines = fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1]]] : []));
    assert.deepEqual(Object.fromEntries(lines), headers);
  });
});

describe("replyFrom: H29, what is not a Response", () => {
  it("H29: refuses other values and names what it found", () => {
    for (const [value, sentence] of [
      [undefined, /undefined/],
      [null, /null/],
      ["text", /a string/],
      [() => 1, /a function/],
      [{}, /class Object/],
      [Promise.resolve(), /class Promise/],
      [new Map(), /class Map/],
      [Object.create(null), /without a class/],
      [new Request("http://a.example/"), /class|body|status/],
    ] as const) {
      assertRefused(value, sentence);
    }
  });

  onBoth("H29: refuses Response.error()", (Class) => {
    assertRefused(Class.error(), /Response\.error\(\)/);
  });

  it("H29: refuses a status outside 200 to 599, or one that is no integer", () => {
    for (const status of [0, 101, 199, 600, 200.5, "200", Number.NaN, null, 2n])
      assertRefused({ ...SHAPE, status }, /status|error/);
  });

  onBoth("H29: refuses a locked, a read and a cancelled body", async (Class) => {
    const locked = new Class("a");
    locked.body?.getReader();
    const read = new Class("a");
    await read.text();
    const cancelled = new Class(streamOf(bytes("a")));
    await cancelled.body?.cancel();

    for (const response of [locked, read, cancelled]) assertRefused(response, /already used or is locked/);
  });

  it("H29: refuses a stream that was read, also where the object does not say so", async () => {
    const body = streamOf(bytes("a"), bytes("b"));
    const reader = body.getReader();
    await reader.read();
    reader.releaseLock();

    assertRefused({ ...SHAPE, body }, /already used or is locked/);
    assertRefused({ ...SHAPE, body: streamOf(), bodyUsed: true }, /already used or is locked/);
  });

  it("T6: refuses shapes that come close", () => {
    assertRefused({ ...SHAPE, body: undefined }, /body is undefined/);
    assertRefused({ ...SHAPE, body: "text" }, /body is a string/);
    assertRefused({ ...SHAPE, body: bytes("a") }, /class Uint8Array/);
    assertRefused({ ...SHAPE, headers: {} }, /headers are/);
    assertRefused({ ...SHAPE, headers: new Map() }, /headers are an object of class Map/);
    assertRefused({ ...SHAPE, headers: undefined }, /headers are undefined/);
    assertRefused({ ...SHAPE, statusText: 5 }, /statusText/);
  });

  it("cancels the stream in a Response that it refuses", () => {
    const reasons: unknown[] = [];
    const body = new ReadableStream({ cancel: (reason) => void reasons.push(reason) });

    assertRefused({ ...SHAPE, status: 700, body }, /700/);

    assert.ok(reasons[0] instanceof ServerError);
  });
});

describe("replyFrom: T6, Responses of another make", () => {
  it("T6: takes a plain object with the shape", async () => {
    const reply = replyFrom({ status: 201, headers: new Headers({ a: "1" }), body: streamOf(bytes("ab")) }, "GET");

    assert.deepEqual([reply.status, reply.reason, reply.fields], [201, "", ["a", "1"]]);
    assert.equal(await contentOf(reply), "ab");
  });

  it("T6: takes a Response of another realm, chunks included", async () => {
    const foreign: unknown = runInNewContext(`
      const lines = [["X-A", "1"], ["set-cookie", "joined, wrongly"]];
      const chunks = [Uint8Array.of(97), Uint8Array.of(98)];
      class Headers { *[Symbol.iterator]() { yield* lines; } getSetCookie() { return ["a=1", "b=2"]; } }
      class Stream {
        locked = false;
        getReader() {
          this.locked = true;
          const read = async () => ({ done: chunks.length === 0, value: chunks.shift() });
          return { read, cancel: async () => {} };
        }
        async cancel() {}
      }
      class Response { status = 202; statusText = "Taken"; headers = new Headers(); body = new Stream(); bodyUsed = false; }
      new Response();
    `);

    const reply = replyFrom(foreign, "GET");

    assert.deepEqual([reply.status, reply.reason], [202, "Taken"]);
    assert.deepEqual(reply.fields, ["x-a", "1", "set-cookie", "a=1", "set-cookie", "b=2"]);
    assert.equal(await contentOf(reply), "ab");
  });

  it("T6: reads every property once, so that what was checked is what is sent", () => {
    const reads: string[] = [];
    const response = new Proxy(SHAPE, {
      get: (target, key) => {
        reads.push(String(key));
        return Reflect.get(target, key);
      },
    });

    replyFrom(response, "GET");

    assert.equal(new Set(reads).size, reads.length);
  });
});

describe("replyFrom: H30, hostile heads", () => {
  it("H30: refuses names that are no tokens", () => {
    for (const name of ["", "a b", "a:b", "a\r\nb", "\u00e9", 5, null]) {
      assertRefused({ ...SHAPE, headers: lyingHeaders([name, "1"]) }, /header name/);
    }
  });

  it("H30: refuses values that would break lines or are no latin-1, without repeating them", () => {
    for (const value of ["secret\r\nx: y", "secret\n", "secret\0", "secret\u0100", 5, undefined]) {
      assertRefused({ ...SHAPE, headers: lyingHeaders(["x-a", value]) }, /header x-a has a value(?!.*secret)/s);
    }
    assertRefused({ ...SHAPE, headers: { ...lyingHeaders(), getSetCookie: () => ["a=1\r\nb"] } }, /set-cookie/);
  });

  it("H30: refuses a reason phrase of two lines or beyond latin-1", () => {
    for (const statusText of ["a\r\nb: c", "a\n", "\0", "\u0100"])
      assertRefused({ ...SHAPE, statusText }, /statusText/);
  });

  onBoth("H30: checks again what a genuine Headers object was made to say", (Class) => {
    const response = new Class("a");
    Object.defineProperty(response.headers, Symbol.iterator, { value: () => [["x-a", "1\r\nb: 2"]].values() });

    assertRefused(response, /header x-a/);
  });
});
