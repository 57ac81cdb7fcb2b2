// H19 to H23: how does a request body reach a handler, and what becomes of one that does not?

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe } from "node:test";
import type { Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { chunked, get, message, post } from "../support/octets.ts";
import { deferred, throughout, turn, until, within } from "../support/waiting.ts";

const MIB = 1024 * 1024;
const UNLIMITED = { maxBodyBytes: "1gb" };

/** Keeps what reading the body ended with. */
function reader(outcomes: string[]): Handler {
  return async (request) => {
    try {
      outcomes.push(`read ${(await request.text()).length}`);
    } catch (error) {
      outcomes.push(`rejected ${(error as Error).name}`);
    }
    return new Response("done");
  };
}

describe("request bodies", () => {
  clause("H19/early", "the handler runs before the body arrives", async (engine) => {
    const called = deferred();
    await using server = await start(engine, async (request) => {
      called.resolve();
      return new Response(await request.text());
    });
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 5"]));
    await within(2_000, "the handler", called.promise);
    await client.send("hello");

    assert.equal((await client.response()).text, "hello");
  });

  clause("H19/chunks", "a handler gets each piece when it arrives", async (engine) => {
    const seen: string[] = [];
    await using server = await start(engine, async (request) => {
      for await (const chunk of request.body ?? []) seen.push(Buffer.from(chunk as Uint8Array).toString());
      return new Response(seen.join("|"));
    });
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 9"]));
    for (const piece of ["one", "two", "end"]) {
      await client.send(piece);
      await until(2_000, piece, () => seen.join("").endsWith(piece));
    }

    assert.equal((await client.response()).text.replaceAll("|", ""), "onetwoend");
  });

  clause("H19/bounded", "a client that floods a handler that never reads is held back", async (engine) => {
    const release = deferred();
    await using server = await start(
      engine,
      async () => {
        await release.promise;
        return new Response("done");
      },
      UNLIMITED,
    );
    await using client = await server.connect();

    await client.send(message("POST", "/", [`Content-Length: ${256 * MIB}`]));
    void client.send(Buffer.alloc(256 * MIB));
    await until(2_000, "the handler", () => server.targets.length === 1);
    await throughout(1_500, "at most 16 MiB are taken", () => client.sentBytes <= 16 * MIB);
    release.resolve();

    assert.equal((await client.response()).status, 200);
  });

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

  clause("H20/reset", "a body cut off by a reset rejects", async (engine) => {
    const outcomes: string[] = [];
    await using server = await start(engine, reader(outcomes));
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 10"], "hello"));
    await until(2_000, "the handler", () => server.targets.length === 1);
    client.reset();

    await until(2_000, "the read settles", () => outcomes.length === 1);
    assert.deepEqual(outcomes, ["rejected AbortError"]);
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
          await until(2_000, "the read settles", () => outcomes.length === settled);
        }
      }

      assert.deepEqual([...new Set(outcomes)], ["rejected"]);
    },
  );

  clause("H20/half", "a body that ends early with half a close rejects", async (engine) => {
    const outcomes: string[] = [];
    await using server = await start(engine, reader(outcomes));
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 10"], "hello"));
    await until(2_000, "the handler", () => server.targets.length === 1);
    client.halfClose();

    await until(2_000, "the read settles", () => outcomes.length === 1);
    assert.match(outcomes.join(), /^rejected/);
  });
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

  clause("H21/early", "an early answer leaves the connection in step", async (engine) => {
    await using server = await start(engine, (request, context) => {
      return new Response(context.target, { status: request.method === "POST" ? 403 : 200 });
    });
    await using client = await server.connect();

    await client.send(message("POST", "/early", ["Content-Length: 100000"]));
    const first = await client.response();
    await client.send("x".repeat(100_000) + get("/next"));
    const second = await client.response();

    assert.deepEqual([first.status, second.status, second.text], [403, 200, "/next"]);
  });

  clause("H21/cancelled", "a cancelled body leaves the connection in step", async (engine) => {
    await using server = await start(engine, async (request, context) => {
      await request.body?.cancel();
      return new Response(context.target);
    });
    await using client = await server.connect();

    await client.send(post("/first", "x".repeat(100_000)));
    const first = await client.response();
    await client.send(get("/next"));

    assert.deepEqual([first.text, (await client.response()).text], ["/first", "/next"]);
  });

  clause("H21/large", "more than is worth reading ends the connection, after the answer", async (engine) => {
    await using server = await start(engine, () => new Response("early"), UNLIMITED);
    await using client = await server.connect();

    await client.send(message("POST", "/", [`Content-Length: ${64 * MIB}`]));
    void client.send(Buffer.alloc(64 * MIB));
    const response = await client.response();
    await client.closed();

    assert.equal(response.field("connection"), "close");
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

describe("Expect: 100-continue", () => {
  const head = message("POST", "/", ["Content-Length: 5", "Expect: 100-continue"]);

  clause("H23/asked", "a client that waits gets 100 when the handler reads, and then the answer", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));
    await using client = await server.connect();

    await client.send(head);
    const interim = await client.response();
    await client.send("hello");
    const final = await client.response();

    assert.deepEqual([interim.status, final.status, final.text], [100, 200, "hello"]);
  });

  clause("H23/refused", "a final answer needs no body", async (engine) => {
    await using server = await start(engine, () => new Response("no", { status: 403 }));
    await using client = await server.connect();

    await client.send(head);

    assert.equal((await client.finalResponse()).status, 403);
  });

  clause("H23/lazy", "100 is not sent for a body that the handler does not read", async (engine) => {
    await using server = await start(engine, () => new Response("no", { status: 403 }));
    await using client = await server.connect();

    await client.send(head);

    assert.equal((await client.response()).status, 403);
  });

  clause("H23/old", "HTTP/1.0 gets no 100", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));
    await using client = await server.connect();

    await client.send("POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
    const response = await client.response();

    assert.ok([200, 505].includes(response.status), `answered ${response.status}`);
  });

  clause("H23/other", "another expectation is answered 417 or ignored", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));

    const response = await server.ask(post("/", "hello", ["Expect: 200-ok"]));

    assert.ok(response.status === 417 || response.text === "hello", `answered ${response.status}`);
  });
});
