// Which fields of a handler's Response are kept, and what does its content-length become?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Reply, ReplySource } from "../../src/engine/engine.ts";
import { ServerError } from "../../src/errors.ts";
import { GenuineResponse, LightResponse, plainReply, replyFrom } from "../../src/engine/response.ts";
import { bytes, onBoth, streamOf } from "./response-classes.ts";

function reported(response: Response, method = "GET"): { reply: Reply; reports: unknown[] } {
  const reports: unknown[] = [];
  const reply = replyFrom(response, method, (declared, actual) => reports.push([declared, actual]));
  return { reply, reports };
}

const isInvalid = (error: unknown): boolean => error instanceof ServerError && error.code === "ERR_RESPONSE_INVALID";

describe("replyFrom: H31 and H32, fields", () => {
  onBoth("H31: two cookies stay two fields in order, commas included", (Class) => {
    const cookies = ["a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT", "b=2", "a=3"];
    const response = new Class(null);
    for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);

    assert.deepEqual(
      replyFrom(response, "GET").fields,
      cookies.flatMap((cookie) => ["set-cookie", cookie]),
    );
  });

  onBoth("H31: cookies given as pairs stay apart too", (Class) => {
    const response = new Class(null, {
      headers: [
        ["set-cookie", "a=1"],
        ["Set-Cookie", "b=2"],
      ],
    });

    assert.deepEqual(replyFrom(response, "GET").fields, ["set-cookie", "a=1", "set-cookie", "b=2"]);
  });

  onBoth("H32: fields about the connection and date are not forwarded", (Class) => {
    const headers = {
      "Transfer-Encoding": "chunked",
      "keep-alive": "timeout=5",
      "Proxy-Connection": "close",
      te: "trailers",
      Trailer: "x",
      upgrade: "h2c",
      connection: "keep-alive, x",
      Date: "Thu, 01 Jan 1970 00:00:00 GMT",
      "x-kept": "1",
    };

    const reply = replyFrom(new Class(null, { headers }), "GET");

    assert.deepEqual(reply.fields, ["x-kept", "1"]);
    assert.equal(reply.close, false);
  });

  onBoth("H32: a connection option close asks for closing, whatever its case and company", (Class) => {
    for (const connection of ["close", "Close", "keep-alive, CLOSE"]) {
      const reply = replyFrom(new Class(null, { headers: { connection } }), "GET");
      assert.deepEqual([reply.close, reply.fields], [true, []]);
    }
  });

  onBoth("H32: upgrade is forwarded with status 426 only", (Class) => {
    const headers = { upgrade: "websocket", "sec-websocket-version": "13" };

    assert.equal(replyFrom(new Class(null, { headers, status: 426 }), "GET").fields.includes("upgrade"), true);
    assert.equal(replyFrom(new Class(null, { headers, status: 400 }), "GET").fields.includes("upgrade"), false);
  });
});

describe("replyFrom: H36, bodies of known size", () => {
  const made: readonly (readonly [string, () => unknown])[] = [
    ["text", () => "caf\u00e9"],
    ["bytes", () => bytes("caf\u00e9")],
    ["a Blob", () => new Blob(["caf\u00e9"])],
    ["nothing", () => null],
  ];

  for (const [kind, make] of made) {
    const size = kind === "nothing" ? 0 : 5;
    for (const declared of [size + 3, Math.max(0, size - 3), size, "five", "5, 5"]) {
      it(`H36: the size of ${kind} wins over a content-length of ${declared}`, () => {
        const response = new LightResponse(make() as never, {
          headers: { "Content-Length": String(declared), a: "1" },
        });

        const { reply, reports } = reported(response);

        assert.equal(reply.fields.includes("content-length"), false);
        assert.equal(reply.fields.includes("a"), true);
        assert.deepEqual(reports, declared === size ? [] : [[String(declared), size]]);
      });
    }
  }

  it("H36: a Blob tells its size before anything is read", () => {
    const { body } = replyFrom(new LightResponse(new Blob(["abc"])), "GET");

    assert.equal((body as ReplySource).sizeBytes, 3);
  });

  it("H36: text and bytes of a platform Response are known too, where undici lets us see them (Node 20 and 22)", (t) => {
    if (Object.getOwnPropertySymbols(new GenuineResponse()).length === 0) {
      t.skip("this Node shows only a stream");
      return;
    }

    assert.equal(replyFrom(new GenuineResponse("ab"), "GET").body, "ab");
    assert.deepEqual(replyFrom(GenuineResponse.json(1), "GET").body, bytes("1"));
    assert.equal((replyFrom(new GenuineResponse(new Blob(["abc"])), "GET").body as ReplySource).sizeBytes, 3);
  });
});

describe("replyFrom: H37, streams", () => {
  onBoth("H37: a valid content-length becomes the size of the source, and is no field", (Class) => {
    const reply = replyFrom(new Class(streamOf(bytes("ab")), { headers: { "content-length": "2" } }), "GET");

    assert.equal((reply.body as ReplySource).sizeBytes, 2);
    assert.deepEqual(reply.fields, []);
  });

  onBoth("H37: without one the size is unknown", (Class) => {
    assert.equal((replyFrom(new Class(streamOf(bytes("ab"))), "GET").body as ReplySource).sizeBytes, null);
  });

  for (const declared of ["-1", "1.5", "0x2", "", "2, 2", "99999999999999999999"]) {
    onBoth(`H37: the content-length ${JSON.stringify(declared)} is refused and the stream cancelled`, (Class) => {
      let cancelled = false;
      const stream = new ReadableStream({ cancel: () => void (cancelled = true) });

      assert.throws(() => replyFrom(new Class(stream, { headers: { "content-length": declared } }), "GET"), isInvalid);

      assert.equal(cancelled, true);
    });
  }
});

describe("replyFrom: H34 and H35, no body", () => {
  for (const status of [204, 205, 304]) {
    it(`H34: status ${status} has no body, and a stream that came with it is cancelled`, () => {
      let cancelled = false;
      const body = new ReadableStream({ cancel: () => void (cancelled = true) });

      assert.equal(replyFrom({ status, headers: new Headers(), body }, "GET").body, null);
      assert.equal(cancelled, true);
    });
  }

  onBoth("H34: 204 and 205 announce no length", (Class) => {
    for (const status of [204, 205]) {
      const { reply } = reported(new Class(null, { status, headers: { "content-length": "5" } }), "HEAD");
      assert.deepEqual([reply.body, reply.sizeBytes, reply.fields], [null, null, []]);
    }
  });

  onBoth("H35: HEAD and 304 without a body announce the length that was declared", (Class) => {
    const headers = { "content-length": "1234" };

    assert.equal(reported(new Class(null, { headers }), "HEAD").reply.sizeBytes, 1234);
    assert.equal(reported(new Class(null, { headers, status: 304 })).reply.sizeBytes, 1234);
    assert.equal(reported(new Class(null), "HEAD").reply.sizeBytes, null);
    assert.deepEqual(reported(new Class(null, { headers }), "HEAD").reports, []);
    assert.throws(() => replyFrom(new Class(null, { headers: { "content-length": "x" } }), "HEAD"), isInvalid);
  });

  onBoth("H35: HEAD leaves a stream unread for the engine to cancel", async (Class) => {
    let pulls = 0;
    const reasons: unknown[] = [];
    const stream = new ReadableStream(
      { pull: () => void pulls++, cancel: (reason) => void reasons.push(reason) },
      { highWaterMark: 0 },
    );

    const { body } = replyFrom(new Class(stream), "HEAD");
    (body as ReplySource).cancel("head");
    await Promise.resolve();

    assert.deepEqual([pulls, reasons], [0, ["head"]]);
  });
});

describe("plainReply", () => {
  it("says the standard reason as text that is not stored", () => {
    assert.deepEqual(plainReply(404), {
      status: 404,
      reason: "",
      fields: ["content-type", "text/plain; charset=utf-8", "cache-control", "no-store"],
      body: "Not Found",
      sizeBytes: null,
      close: false,
    });
  });

  it("takes text, more fields and the wish to close", () => {
    const reply = plainReply(503, "Later.", ["retry-after", "5"], true);

    assert.deepEqual([reply.body, reply.fields.slice(4), reply.close], ["Later.", ["retry-after", "5"], true]);
  });

  it("has no body where the status allows none, and some text for a status without a name", () => {
    assert.equal(plainReply(204, "text").body, null);
    assert.equal(plainReply(304).body, null);
    assert.equal(plainReply(599).body, "");
  });
});
