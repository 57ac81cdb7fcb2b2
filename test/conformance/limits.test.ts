// H16, H17, H22: what is too large, and which version of HTTP is spoken?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { chunked, get, message, post } from "../support/octets.ts";
import { until } from "../support/waiting.ts";

const LIMITS = { maxTargetBytes: 1_024, maxHeaderBytes: 4_096, maxBodyBytes: 1_000 };

describe("limits", () => {
  clause("H16/target", "a target at the limit is served and one octet more is answered 414", async (engine) => {
    await using server = await start(engine, () => new Response("reached"), LIMITS);
    const target = `/${"a".repeat(LIMITS.maxTargetBytes - 1)}`;

    const atLimit = await server.ask(get(target));
    const above = await server.ask(get(`${target}a`));

    assert.equal(atLimit.status, 200);
    assert.equal(above.status, 414);
    assert.equal(above.field("connection"), "close");
    assert.deepEqual(server.targets, [target]);
  });

  clause("H16/fields", "field lines at the limit are served and one octet more is answered 431", async (engine) => {
    await using server = await start(engine, () => new Response("reached"), LIMITS);
    const rest = LIMITS.maxHeaderBytes - "Host: a.example\r\n".length - "X-A: \r\n".length;

    const atLimit = await server.ask(get("/", [`X-A: ${"a".repeat(rest)}`]));
    const above = await server.ask(get("/", [`X-A: ${"a".repeat(rest + 1)}`]));

    assert.equal(atLimit.status, 200);
    assert.equal(above.status, 431);
    assert.equal(above.field("connection"), "close");
    assert.equal(server.targets.length, 1);
  });

  clause("H16/many", "a thousand field lines are answered 4xx at once, or served", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send(
      get(
        "/",
        Array.from({ length: 1_000 }, (_, i) => `X-${i}: ${i}`),
      ),
    );
    const response = await client.response({ withinMs: 1_000 });

    assert.ok(response.status === 200 || Math.floor(response.status / 100) === 4, `answered ${response.status}`);
  });

  clause("behaviour 10", "a declared body over the limit is answered 413 before the handler runs", async (engine) => {
    await using server = await start(engine, () => new Response("reached"), LIMITS);
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 50000000"]));
    const sending = client.send(Buffer.alloc(4 * 1024 * 1024));
    const response = await client.response();
    await client.closed();
    await sending;

    assert.equal(response.status, 413);
    assert.equal(response.field("connection"), "close");
    assert.deepEqual(server.targets, []);
  });

  clause("H16/body", "a body at the limit is served", async (engine) => {
    await using server = await start(
      engine,
      async (request) => new Response(String((await request.text()).length)),
      LIMITS,
    );

    const response = await server.ask(post("/", "a".repeat(LIMITS.maxBodyBytes)));

    assert.equal(response.text, "1000");
  });

  clause("H22", "a chunked body over the limit rejects with code and status, and is answered 413", async (engine) => {
    const errors: Array<{ code?: unknown; status?: unknown }> = [];
    await using server = await start(
      engine,
      async (request) => {
        try {
          return new Response(await request.text());
        } catch (error) {
          errors.push(error as { code?: unknown; status?: unknown });
          throw error;
        }
      },
      LIMITS,
    );
    await using client = await server.connect();
    await client.send(
      message("POST", "/", ["Transfer-Encoding: chunked"], chunked("a".repeat(600), "b".repeat(600)).slice(0, -5)),
    );

    const response = await client.response();
    await client.closed();

    assert.equal(response.status, 413);
    assert.deepEqual(
      errors.map(({ code, status }) => [code, status]),
      [["ERR_BODY_TOO_LARGE", 413]],
    );
  });

  clause("H22/sending", "a client that goes on sending gets the 413", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()), LIMITS);
    await using client = await server.connect();
    const chunk = chunked("a".repeat(60_000)).slice(0, -5);
    let isAnswered = false;

    await client.send(message("POST", "/", ["Transfer-Encoding: chunked"]));
    const sending = (async () => {
      for (let sent = 0; sent < 200 && !isAnswered && client.isOpen; sent++) await client.sendPieces([chunk]);
    })();
    const response = await client.response();
    isAnswered = true;
    await sending;

    assert.equal(response.status, 413);
  });

  clause("H16/chunked-refused", "chunked bodies are answered 411 where they are switched off", async (engine) => {
    await using server = await start(engine, () => new Response("reached"), { chunked: "reject" });

    const response = await server.ask(message("POST", "/", ["Transfer-Encoding: chunked"], chunked("a")));

    assert.equal(response.status, 411);
    assert.deepEqual(server.targets, []);
  });
});

describe("HTTP versions", () => {
  clause("H17/preface", "the preface of HTTP/2 and a request without a version get a fast end", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));

    for (const octets of [
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ]) {
      await using client = await server.connect();
      await client.send(octets);
      await client.untilClose(2_000);
    }

    await until(4_000, "no handler", () => server.targets.length === 0);
  });
});
