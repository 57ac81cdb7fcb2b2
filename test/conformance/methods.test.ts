// H4, H14, H15: which methods reach a handler, and is what it gets a genuine Request?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get, message, post } from "../support/octets.ts";

describe("the method", () => {
  clause("H4/refused", "methods that a Request cannot carry are answered 501, or 405 for TRACE", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    const methods = ["CONNECT", "TRACE", "TRACK", "get", "Get", "post", "head", "delete", "options", "put", "connect"];
    const others: string[] = [];

    for (const method of methods) {
      const response = await server.ask(message(method, "/"));
      const isRight = response.status === 501 || (method === "TRACE" && response.status === 405);
      if (!isRight) others.push(`${method} ${response.status}`);
    }

    assert.deepEqual(others, []);
    assert.deepEqual(server.targets, []);
  });

  clause("H4/authority", "CONNECT to an authority reaches no handler", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
    const response = await client.responseOrClose();
    await client.closed();

    assert.ok(response === null || response.status >= 400, `answered ${response?.status}`);
    assert.deepEqual(server.targets, []);
  });

  clause("H4/tokens", "what is no token is refused with 400 or 501, or by closing", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));

    const others: string[] = [];

    for (const method of ["G{T", "G@T", "(GET)", '"GET"', "G,T"]) {
      await using client = await server.connect();
      await client.send(message(method, "/"));
      const response = await client.responseOrClose();
      if (response !== null && ![400, 501].includes(response.status)) others.push(`${method} ${response.status}`);
      await client.closed();
    }

    assert.deepEqual(others, []);
    assert.deepEqual(server.targets, []);
  });

  clause(
    "H4/octets",
    "controls and octets beyond ASCII in a method are refused with 400, or by closing",
    async (engine) => {
      await using server = await start(engine, () => new Response("reached"));

      for (const method of ["G\xc9T", "G\x01T"]) {
        await using client = await server.connect();
        await client.send(message(method, "/"));
        const response = await client.responseOrClose();

        assert.ok(response === null || response.status === 400, `answered ${response?.status}`);
      }

      assert.deepEqual(server.targets, []);
    },
  );

  clause("H4/allowed", "every method that is left reaches the handler under its own name", async (engine) => {
    await using server = await start(engine, (request) => new Response(request.method));

    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      assert.equal((await server.ask(message(method, "/"))).text, method);
    }
  });
});

describe("content of GET and HEAD", () => {
  clause("H14", "a body sent with GET or HEAD is not shown, and the next request is in step", async (engine) => {
    await using server = await start(engine, (request) => new Response(request.body === null ? "null" : "a body"));

    for (const method of ["GET", "HEAD"]) {
      await using client = await server.connect();
      const body = get("/smuggled");
      await client.send(message(method, "/first", [`Content-Length: ${body.length}`], body));
      const first = await client.response({ isHead: method === "HEAD" });
      if (method === "GET") assert.equal(first.text, "null");
      if (first.field("connection") === "close") continue;
      await client.send(get("/next"));

      assert.equal((await client.response()).text, "null");
    }

    assert.ok(!server.targets.includes("/smuggled"));
  });
});

describe("the Request object", () => {
  clause("H15", "the request is a Request that can be cloned and copied", async (engine) => {
    await using server = await start(engine, async (request) => {
      const clone = request.clone();
      const texts = [await clone.text(), await new Request(request).text()];
      return Response.json([request instanceof Request, clone instanceof Request, ...texts]);
    });

    const response = await server.ask(post("/", "hello", ["Content-Type: text/plain"]));

    assert.deepEqual(JSON.parse(response.text), [true, true, "hello", "hello"]);
  });

  clause("H15/once", "a second read of the body rejects with a TypeError", async (engine) => {
    await using server = await start(engine, async (request) => {
      const first = await request.text();
      const second = await request.text().then(
        () => "again",
        (error: unknown) => (error as Error).name,
      );
      return Response.json([first, second, request.bodyUsed]);
    });

    const response = await server.ask(post("/", "hello"));

    assert.deepEqual(JSON.parse(response.text), ["hello", "TypeError", true]);
  });

  clause("H15/fetch", "the request can be forwarded with fetch", async (engine) => {
    await using upstream = await start(engine, async (request) =>
      Response.json([request.method, request.headers.get("x-a"), await request.text()]),
    );
    await using server = await start(engine, async (request) => {
      const answer = await fetch(new Request(`http://127.0.0.1:${upstream.port}/up`, request));
      return new Response(await answer.text());
    });

    const response = await server.ask(
      message("POST", "/", ["X-A: b", "Keep-Alive: timeout=5", "Connection: keep-alive", "Content-Length: 5"], "hello"),
    );

    assert.deepEqual(JSON.parse(response.text), ["POST", "b", "hello"]);
  });
});
