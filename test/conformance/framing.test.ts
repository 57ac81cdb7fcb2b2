// H1, H2 where a case needs several connections. The corpus of octets is the kit's: see hosts.test.ts.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { chunked, get, message } from "../support/octets.ts";

const SMUGGLED = get("/smuggled");

describe("message framing", () => {
  clause(
    "H1/equal-lengths",
    "equal Content-Length lines are one length or an error, never two messages",
    async (engine) => {
      await using server = await start(engine, async (request) => new Response(await request.text()));
      await using client = await server.connect();

      await client.send(message("POST", "/", ["Content-Length: 5", "Content-Length: 5"], "hello"));
      const response = await client.response();

      if (response.status === 400) await client.closed();
      else assert.equal(response.text, "hello");
    },
  );

  clause("H2/pieces", "a framing error is found wherever the segments are cut", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    const octets = message("POST", "/first", ["Content-Length: 5", "Content-Length: 6"], `hello${SMUGGLED}`);

    for (let cut = 1; cut < octets.length; cut += 7) {
      await using client = await server.connect();
      await client.sendPieces([octets.slice(0, cut), octets.slice(cut)]);
      await client.closed();
    }

    assert.deepEqual(server.targets, []);
  });
});

describe("chunked bodies", () => {
  clause("behaviour 9", "a chunked upload arrives whole with every method, and an empty one as ''", async (engine) => {
    await using server = await start(
      engine,
      async (request) => new Response(`${request.method} ${await request.text()}`),
    );

    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const full = await server.ask(message(method, "/", ["Transfer-Encoding: Chunked"], chunked("he", "llo")));
      const empty = await server.ask(message(method, "/", ["Transfer-Encoding: chunked"], chunked()));

      assert.equal(full.text, `${method} hello`);
      assert.equal(empty.text, `${method} `);
    }
  });
});
