// H43, H44, H50, H53: how long does a connection live, and in which order is it answered?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get, message, post } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { deferred, until, within } from "../support/waiting.ts";

describe("keeping a connection", () => {
  clause(
    "H43",
    "close in the Connection field, in any case and place, ends the connection after the answer",
    async (engine) => {
      await using server = await start(engine, () => new Response("ok"));

      for (const value of ["close", "Close", "keep-alive, Close", "close, x", "x,CLOSE", "\tclose"]) {
        await using client = await server.connect();
        await client.send(get("/first", [`Connection: ${value}`]));
        const response = await client.response();
        await client.closed();

        assert.equal(response.text, "ok");
        assert.equal(response.field("connection")?.toLowerCase(), "close", value);
      }
    },
  );

  clause("H43/lines", "close in a second Connection line counts too", async (engine) => {
    await using server = await start(engine, () => new Response("ok"));
    await using client = await server.connect();

    await client.send(get("/", ["Connection: x-a", "Connection: close"]));

    assert.equal((await client.response()).field("connection")?.toLowerCase(), "close");
    await client.closed();
  });

  clause(
    "H43/nothing-further",
    "nothing is processed behind a request that closes, whoever decides it",
    async (engine) => {
      await using server = await start(engine, async (request) => {
        await Promise.resolve();
        return new Response("ok", request.url.endsWith("/handler") ? { headers: { connection: "close" } } : {});
      });

      for (const first of [get("/client", ["Connection: keep-alive, close"]), get("/handler")]) {
        await using client = await server.connect();
        await client.send(first);
        await client.response();
        await client.send(get("/behind"));
        await client.closed();
      }

      assert.deepEqual(server.targets, ["/client", "/handler"]);
    },
  );

  clause("H43/same-segment", "what came in one segment with a closing request is not processed", async (engine) => {
    await using server = await start(engine, async () => {
      await Promise.resolve();
      return new Response("ok");
    });
    await using client = await server.connect();

    await client.send(get("/client", ["Connection: keep-alive, close"]) + get("/behind"));
    await client.closed();

    assert.deepEqual(server.targets, ["/client"]);
  });

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

  clause("H43/pieces", "a request is understood wherever its segments are cut", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));
    await using client = await server.connect();
    const octets = post("/a?b", "hello", ["X-A: b"]);

    for (let cut = 1; cut < octets.length; cut++) {
      await client.sendPieces([octets.slice(0, cut), octets.slice(cut)]);
      assert.equal((await client.response()).text, "hello");
    }
  });
});

describe("pipelining", () => {
  clause("H44/in-order", "two requests in one segment are answered in order, the slow one first", async (engine) => {
    const release = deferred();
    await using server = await start(engine, async (_request, context) => {
      if (context.target === "/slow") await release.promise;
      return new Response(context.target);
    });
    await using client = await server.connect();

    await client.send(get("/slow") + get("/fast"));
    await until(2_000, "the handler", () => server.targets.length >= 1);
    release.resolve();

    assert.equal((await client.response()).text, "/slow");
    assert.equal((await client.response()).text, "/fast");
  });

  clause("H44/sync", "requests that are answered at once are answered in order", async (engine) => {
    await using server = await start(engine, (_request, context) => new Response(context.target));
    await using client = await server.connect();
    const targets = Array.from({ length: 10 }, (_, i) => `/${i}`);

    await client.send(targets.map((target) => get(target)).join(""));
    const texts: string[] = [];
    for (const _ of targets) texts.push((await client.response()).text);

    assert.deepEqual(texts, targets);
  });

  clause("H44/never-mixed", "answers are never interleaved: in order, or the connection ends", async (engine) => {
    await using server = await start(engine, (_request, context) => {
      return new Response(chunksOf(Array.from({ length: 20 }, () => context.target)));
    });
    await using client = await server.connect();

    await client.send(get("/a") + get("/b"));
    const first = await client.responseOrClose();
    const second = first === null ? null : await client.responseOrClose();

    assert.ok(first === null || first.text === "/a".repeat(20));
    assert.ok(second === null || second.text === "/b".repeat(20));
  });
});

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
    assert.equal(((await within(1_000, "the rejection", rejected.promise)) as Error).name, "TimeoutError");
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
    assert.equal(((await within(1_000, "the abort", aborted.promise)) as Error).name, "TimeoutError");
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
