// H19 to H23: how does a request body reach a handler, and what becomes of one that does not?

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { chunked, get, message, post } from "../support/octets.ts";
import { deferred, throughout, turn, until } from "../support/waiting.ts";

const MIB = 1024 * 1024;
const UNLIMITED = { maxBodyBytes: "1gb" };

describe("request bodies", () => {
  clause("behaviour 8", "a fast upload into a slow consumer waits, and arrives whole", async (engine) => {
    const bytes = Buffer.alloc(32 * MIB, "0123456789abcdef");
    const start0 = deferred();
    await using server = await start(
      engine,
      async (request) => {
        const hash = createHash("sha256");
        await start0.promise;
        for await (const chunk of request.body ?? []) {
          hash.update(chunk as Uint8Array);
          await turn();
        }
        return new Response(hash.digest("hex"));
      },
      UNLIMITED,
    );
    await using client = await server.connect();

    await client.send(message("POST", "/", [`Content-Length: ${bytes.length}`]));
    void client.send(bytes);
    await throughout(300, "the upload waits", () => client.sentBytes <= 16 * MIB);
    start0.resolve();
    const response = await client.response({ withinMs: 20_000 });

    assert.equal(response.text, createHash("sha256").update(bytes).digest("hex"));
  });

  clause(
    "behaviour 2",
    "a client that dies in the middle of an upload makes every kind of read reject",
    async (engine) => {
      const outcomes: string[] = [];
      await using server = await start(engine, async (request) => {
        const path = new URL(request.url).pathname;
        const read = path === "/text" ? request.text() : path === "/buffer" ? request.arrayBuffer() : drained(request);
        outcomes.push(
          await read.then(
            () => "delivered",
            () => "rejected",
          ),
        );
        return new Response("done");
      });

      for (const path of ["/text", "/buffer", "/stream"]) {
        for (const octets of [
          message("POST", path, ["Content-Length: 10"], "hello"),
          message("POST", path, ["Transfer-Encoding: chunked"], chunked("hello").slice(0, -5)),
          message("POST", path, ["Transfer-Encoding: chunked"], "a\r\nhello"),
        ]) {
          await using client = await server.connect();
          await client.send(octets);
          client.leave();
          const settled = outcomes.length + 1;
          await until(8_000, "the read settles", () => outcomes.length === settled);
        }
      }

      assert.deepEqual([...new Set(outcomes)], ["rejected"]);
    },
  );
});

async function drained(request: Request): Promise<void> {
  const reading = request.body?.getReader();
  while (reading !== undefined && !(await reading.read()).done);
}

describe("bodies that nobody reads", () => {
  clause("behaviour 11", "the next request is parsed correctly when the handler ignores a body", async (engine) => {
    await using server = await start(engine, (_request, context) => new Response(context.target));
    await using client = await server.connect();

    for (let round = 0; round < 3; round++) {
      await client.send(post("/ignored", get("/smuggled")));
      assert.equal((await client.response()).text, "/ignored");
    }
    await client.send(get("/next"));

    assert.equal((await client.response()).text, "/next");
    assert.ok(!server.targets.includes("/smuggled"));
  });

  clause("H21/endless", "an endless chunked body that nobody reads ends the connection", async (engine) => {
    await using server = await start(engine, () => new Response("early"), UNLIMITED);
    await using client = await server.connect();
    const chunk = chunked("x".repeat(60_000)).slice(0, -5);

    await client.send(message("POST", "/", ["Transfer-Encoding: chunked"]));
    const response = await client.response();
    for (let sent = 0; sent < 500 && client.isOpen; sent++) await client.sendPieces([chunk]);
    await client.closed();

    assert.equal(response.text, "early");
  });
});
