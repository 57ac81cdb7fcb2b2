// H11 to H13: which field lines does a handler see, and with which octets?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get, message } from "../support/octets.ts";

const headersAsJson: Handler = (request) => Response.json([...request.headers]);

describe("request header fields", () => {
  clause("H11/inbound", "octets beyond ASCII reach the handler one code point each", async (engine) => {
    await using server = await start(engine, headersAsJson);

    const response = await server.ask(get("/", ["X-Latin: a\xe9z", "X-Utf8: a\xc3\xa9z", "X-Last: z"]));

    const headers = new Map<string, string>(JSON.parse(response.text));
    assert.equal(headers.get("x-latin"), "a\xe9z");
    assert.equal(headers.get("x-utf8"), "a\xc3\xa9z");
    assert.equal(headers.get("x-last"), "z");
  });

  clause("H11/edges", "octets beyond ASCII at the ends of a value are kept", async (engine) => {
    await using server = await start(engine, headersAsJson);

    const response = await server.ask(get("/", ["X-Start: \xe9a", "X-End: a\xe9"]));

    const headers = new Map<string, string>(response.status === 200 ? JSON.parse(response.text) : []);
    const isUnaltered = headers.get("x-start") === "\xe9a" && headers.get("x-end") === "a\xe9";
    assert.ok(response.status === 400 || isUnaltered, `altered: ${response.text}`);
  });

  clause(
    "H11/repeated",
    "octets beyond ASCII in a repeated field are kept, or the request is refused",
    async (engine) => {
      await using server = await start(engine, headersAsJson);

      const response = await server.ask(get("/", ["X-A: a\xe9z", "X-A: b\xe8z"]));

      const headers = new Map<string, string>(response.status === 200 ? JSON.parse(response.text) : []);
      assert.ok(response.status === 400 || headers.get("x-a") === "a\xe9z, b\xe8z", `altered: ${response.text}`);
    },
  );

  clause("H11/outbound", "code points up to U+00FF leave as one octet each", async (engine) => {
    await using server = await start(engine, () => {
      const headers = new Headers({ "x-latin": "a\xe9z", "x-utf8": "a\xc3\xa9z" });
      return new Response("\u00e9\u20ac", { headers });
    });

    const response = await server.ask(get());

    assert.equal(response.field("x-latin"), "a\xe9z");
    assert.equal(response.field("x-utf8"), "a\xc3\xa9z");
    assert.deepEqual([...response.body], [0xc3, 0xa9, 0xe2, 0x82, 0xac]);
  });

  clause("H12", "repeated lines are joined in order, cookies with a semicolon", async (engine) => {
    await using server = await start(engine, headersAsJson);

    const response = await server.ask(
      get("/", ["X-A: 1", "Cookie: a=1", "Accept: text/html", "X-A: 2, 3", "x-a:", "Cookie: b=2", "ACCEPT: */*"]),
    );

    const headers = new Map<string, string>(JSON.parse(response.text));
    assert.equal(headers.get("x-a"), "1, 2, 3, ");
    assert.equal(headers.get("cookie"), "a=1; b=2");
    assert.equal(headers.get("accept"), "text/html, */*");
  });

  clause("H12/all", "two hundred field lines all arrive", async (engine) => {
    await using server = await start(engine, headersAsJson);
    const lines = Array.from({ length: 200 }, (_, i) => `X-${i}: ${i}`);

    const response = await server.ask(get("/", lines));

    assert.ok(response.status === 431 || JSON.parse(response.text).length === 201, `answered ${response.status}`);
  });

  clause("H13", "fields of the connection are not shown, nor those that Connection names", async (engine) => {
    await using server = await start(engine, headersAsJson);

    const response = await server.ask(
      message(
        "POST",
        "/",
        [
          "Connection: keep-alive, X-Hop",
          "Keep-Alive: timeout=5",
          "Proxy-Connection: keep-alive",
          "TE: gzip",
          "Expect: 100-continue",
          "X-Hop: 1",
          "X-End: 2",
          "Upgrade: h2c",
          "Transfer-Encoding: chunked",
        ],
        "0\r\n\r\n",
      ),
    );

    assert.deepEqual(JSON.parse(response.text), [
      ["host", "a.example"],
      ["x-end", "2"],
    ]);
  });

  clause("H13/te", "TE: trailers is shown", async (engine) => {
    await using server = await start(engine, headersAsJson);

    const response = await server.ask(get("/", ["TE: trailers"]));

    assert.equal(new Map<string, string>(JSON.parse(response.text)).get("te"), "trailers");
  });
});
