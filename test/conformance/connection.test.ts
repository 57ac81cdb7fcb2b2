// H43, H50, H53: how long does a connection live? What octets alone can show is in the kit: hosts.test.ts.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get, message, post } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { deferred, within } from "../support/waiting.ts";

describe("keeping a connection", () => {
  clause("H43/many", "a connection serves many requests of every kind", async (engine) => {
    await using server = await start(engine, async (request) => {
      const text = await request.text();
      if (request.url.endsWith("/stream")) return new Response(chunksOf([text, "!"]));
      return new Response(text, { status: text === "" ? 404 : 201 });
    });
    await using client = await server.connect();

    for (let round = 0; round < 20; round++) {
      await client.send(get("/a"));
      assert.equal((await client.response()).status, 404);
      await client.send(post("/b", "hello"));
      assert.equal((await client.response()).text, "hello");
      await client.send(post("/stream", "hello"));
      assert.equal((await client.response()).text, "hello!");
      await client.send(message("HEAD", "/c"));
      assert.equal((await client.response({ isHead: true })).status, 404);
    }
  });
});

describe("pipelining", () => {});

describe("what is known of a connection", () => {
  clause("H50", "addresses, version and the absence of TLS are told as they are", async (engine) => {
    await using server = await start(engine, async (_request, context) => {
      await Promise.resolve();
      return Response.json([context.peer, context.remote, context.local, context.tls, context.httpVersion]);
    });

    const response = await server.ask(get());

    const [peer, remote, local, tls, httpVersion] = JSON.parse(response.text) as unknown[];
    assert.deepEqual(remote, peer);
    assert.deepEqual(
      [(peer as { address: string }).address, (peer as { family: string }).family],
      ["127.0.0.1", "IPv4"],
    );
    assert.deepEqual(local, { address: "127.0.0.1", port: server.port, family: "IPv4" });
    assert.deepEqual([tls, httpVersion], [null, "1.1"]);
  });
});

describe("time limits", () => {
  clause("H53/body", "an upload that stands still is answered 408, and its read rejects", async (engine) => {
    const rejected = deferred<unknown>();
    await using server = await start(
      engine,
      async (request) => {
        await request.text().catch(rejected.resolve);
        return new Response("late");
      },
      { bodyIdleMs: 300 },
    );
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 10"], "hello"));
    const response = await client.response();
    await client.closed();

    assert.equal(response.status, 408);
    assert.equal(((await within(8_000, "the rejection", rejected.promise)) as Error).name, "TimeoutError");
  });

  clause("H53/handler", "a handler that does not answer is answered 504 for, and its signal aborts", async (engine) => {
    const aborted = deferred<unknown>();
    await using server = await start(
      engine,
      (request) => {
        request.signal.addEventListener("abort", () => aborted.resolve(request.signal.reason));
        return new Promise<Response>(() => {});
      },
      { handlerMs: 300 },
    );
    await using client = await server.connect();

    await client.send(get());
    const response = await client.response();
    await client.closed();

    assert.equal(response.status, 504);
    assert.equal(((await within(8_000, "the abort", aborted.promise)) as Error).name, "TimeoutError");
  });

  clause("H53/stalled", "a client that takes nothing is cut, and the body cancelled", async (engine) => {
    const body = endless();
    await using server = await start(engine, () => new Response(body.stream), { writeStallMs: 300 });
    await using client = await server.connect({ isPaused: true });

    await client.send(get());

    await within(5_000, "the cancellation", body.cancelled.promise);
    assert.equal(body.cancels.length, 1);
  });

  clause(
    "H53/quiet",
    "a stream that is silent for long is not cut while the client takes everything",
    async (engine) => {
      const release = deferred();
      const encoder = new TextEncoder();
      await using server = await start(
        engine,
        () => {
          const stream = new ReadableStream({
            async start(controller) {
              controller.enqueue(encoder.encode("one"));
              await release.promise;
              controller.enqueue(encoder.encode("two"));
              controller.close();
            },
          });
          return new Response(stream);
        },
        { writeStallMs: 300, handlerMs: 300, bodyIdleMs: 300 },
      );
      await using client = await server.connect();

      await client.send(get());
      setTimeout(() => release.resolve(), 2_500);

      assert.equal((await client.response()).text, "onetwo");
    },
  );
});
