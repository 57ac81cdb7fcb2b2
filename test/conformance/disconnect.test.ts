// H25 to H28: what does a handler learn of a client that leaves, and what of one that stays?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { start, type Started } from "../support/engines.ts";
import { get, message, post } from "../support/octets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { deferred, throughout, until, within } from "../support/waiting.ts";

/** Waits for the end of `signal` and answers afterwards, as a handler does that does not look at it. */
function slow(aborts: unknown[]): Handler {
  return async (request) => {
    const aborted = deferred();
    request.signal.addEventListener("abort", () => {
      aborts.push(request.signal.reason);
      aborted.resolve();
    });
    await aborted.promise;
    return new Response("too late");
  };
}

const WAYS: readonly ((client: RawClient) => void)[] = [(client) => client.leave(), (client) => client.reset()];

async function called(server: Started, count: number): Promise<void> {
  await until(2_000, "the handler", () => server.targets.length === count);
}

function assertAbortErrors(aborts: readonly unknown[], count: number): void {
  assert.equal(aborts.length, count);
  for (const reason of aborts) {
    assert.ok(reason instanceof DOMException, `the reason is ${String(reason)}`);
    assert.equal(reason.name, "AbortError");
  }
}

describe("a client that leaves", () => {
  clause("H25/pending", "aborts the signal of a handler that has not answered", async (engine) => {
    const aborts: unknown[] = [];
    await using server = await start(engine, slow(aborts));

    for (const [i, leave] of WAYS.entries()) {
      await using client = await server.connect();
      await client.send(get());
      await called(server, i + 1);
      leave(client);
      await until(1_000, "the abort", () => aborts.length === i + 1);
    }

    assertAbortErrors(aborts, WAYS.length);
  });

  clause("H25/same", "is one abort, told alike by the request and the context", async (engine) => {
    const seen = deferred<unknown[]>();
    await using server = await start(engine, async (request, context) => {
      let count = 0;
      const aborted = deferred();
      context.signal.addEventListener("abort", () => {
        count++;
        aborted.resolve();
      });
      await aborted.promise;
      seen.resolve([
        count,
        context.signal.aborted,
        request.signal.aborted,
        request.signal.reason === context.signal.reason,
      ]);
      return new Response("late");
    });
    await using client = await server.connect();

    await client.send(get());
    await called(server, 1);
    client.leave();

    assert.deepEqual(await within(2_000, "the abort", seen.promise), [1, true, true, true]);
  });

  clause("H25/first-chunk", "cancels a response body that has given nothing yet", async (engine) => {
    const pulled = deferred();
    const cancelled = deferred<unknown>();
    const aborts: unknown[] = [];
    await using server = await start(engine, (request) => {
      request.signal.addEventListener("abort", () => aborts.push(request.signal.reason));
      const pull = (): Promise<void> => {
        pulled.resolve();
        return new Promise(() => {});
      };
      return new Response(new ReadableStream({ pull, cancel: cancelled.resolve }, { highWaterMark: 0 }));
    });
    await using client = await server.connect();

    await client.send(get());
    await within(2_000, "the first pull", pulled.promise);
    client.leave();

    assertAbortErrors([await within(1_000, "the cancellation", cancelled.promise)], 1);
    assertAbortErrors(aborts, 1);
  });

  clause("H25/mid-stream", "cancels a response body in the middle, by reset too", async (engine) => {
    const bodies: ReturnType<typeof endless>[] = [];
    await using server = await start(engine, () => {
      const body = endless();
      bodies.push(body);
      return new Response(body.stream);
    });

    for (const leave of WAYS) {
      await using client = await server.connect();
      await client.send(get());
      await client.peek(100_000);
      leave(client);
      const body = bodies.at(-1);
      assertAbortErrors([await within(1_000, "the cancellation", body?.cancelled.promise ?? Promise.reject())], 1);
    }
  });

  clause("H25/upload", "rejects the read of its upload with the reason of the signal", async (engine) => {
    const seen = deferred<[unknown, unknown]>();
    await using server = await start(engine, async (request) => {
      const error = await request.text().catch((reason: unknown) => reason);
      seen.resolve([error, request.signal.reason]);
      return new Response("late");
    });
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 10"], "hello"));
    await called(server, 1);
    client.leave();

    const [error, reason] = await within(2_000, "the rejection", seen.promise);
    assert.equal(error, reason);
    assertAbortErrors([error], 1);
  });

  clause("behaviour 1", "leaves a handler that answers later without crash, write or report", async (engine) => {
    const release = deferred();
    const answered = deferred();
    await using server = await start(engine, async () => {
      await release.promise;
      setImmediate(() => answered.resolve());
      return new Response("too late");
    });
    await using client = await server.connect();
    const ended = deferred();

    await client.send(get());
    await called(server, 1);
    client.reset();
    setImmediate(() => ended.resolve());
    await ended.promise;
    release.resolve();
    await answered.promise;

    assert.equal((await probe(server)).status, 200);
    assert.deepEqual(server.reports, []);
  });

  clause("behaviour 4", "makes a streamed body's cancel run once, and nothing is reported", async (engine) => {
    const body = endless(1_000);
    await using server = await start(engine, () => new Response(body.stream));
    await using client = await server.connect();

    await client.send(get());
    await client.peek(50_000);
    client.leave();
    await within(2_000, "the cancellation", body.cancelled.promise);
    const { pulls } = body;
    await throughout(200, "no pull after the cancellation", () => body.pulls === pulls);

    assert.equal(body.cancels.length, 1);
    assert.deepEqual(server.reports, []);
  });

  clause("H27", "gets nothing of a result that comes later, and its body is cancelled", async (engine) => {
    const aborts: unknown[] = [];
    const body = endless();
    const wait = slow(aborts);
    await using server = await start(engine, async (request, context) => {
      await wait(request, context);
      return new Response(body.stream);
    });
    await using client = await server.connect();

    await client.send(get());
    await called(server, 1);
    client.leave();
    await within(2_000, "the cancellation", body.cancelled.promise);

    assert.equal(body.cancels.length, 1);
    assert.deepEqual(server.reports, []);
  });

  clause("H27/errors", "is not told of an error that comes later, and neither is the operator", async (engine) => {
    const aborts: unknown[] = [];
    const wait = slow(aborts);
    const thrown = deferred();
    await using server = await start(engine, async (request, context) => {
      await wait(request, context);
      setImmediate(() => thrown.resolve());
      throw new Error("the client is gone, so this is nobody's fault");
    });
    await using client = await server.connect();

    await client.send(get());
    await called(server, 1);
    client.leave();
    await within(2_000, "the error", thrown.promise);

    assert.deepEqual(server.reports, []);
  });
});

function probe(server: Started): Promise<{ status: number }> {
  return server.ask(get("/__alive"));
}

describe("a client that stays", () => {
  clause("H26", "sees no signal abort, whatever follows a complete answer", async (engine) => {
    let aborts = 0;
    await using server = await start(engine, async (request) => {
      request.signal.addEventListener("abort", () => aborts++);
      const text = await request.text();
      return request.url.endsWith("/stream") ? new Response(chunksOf(["a", "b"])) : new Response(text);
    });
    await using client = await server.connect();

    for (let i = 0; i < 50; i++) {
      await client.send(i % 2 === 0 ? post("/text", "hello") : post("/stream", "hello"));
      await client.response();
    }
    client.leave();

    await throughout(500, "no abort", () => aborts === 0);
  });

  clause("behaviour 3", "sees no abort when the handler cancels or ignores the request body", async (engine) => {
    let aborts = 0;
    await using server = await start(engine, async (request, context) => {
      request.signal.addEventListener("abort", () => aborts++);
      if (context.target === "/cancel") await request.body?.cancel("not wanted");
      return new Response("ok");
    });
    await using client = await server.connect();

    for (const path of ["/cancel", "/ignore", "/cancel"]) {
      await client.send(post(path, "x".repeat(10_000)));
      assert.equal((await client.response()).text, "ok");
    }

    await throughout(300, "no abort", () => aborts === 0);
  });

  clause("H28/fulfilled", "has its exchange completed after the answer, whatever waitUntil holds", async (engine) => {
    const order: string[] = [];
    const release = deferred();
    await using server = await start(engine, (_request, context) => {
      context.waitUntil(release.promise);
      void context.completed.then(() => order.push("completed"));
      order.push("returned");
      return new Response("ok");
    });

    await server.ask(get());
    await until(2_000, "completed", () => order.length === 2);
    release.resolve();

    assert.deepEqual(order, ["returned", "completed"]);
  });

  clause("H28/rejected", "and one that leaves has it rejected with the reason, unhandled or not", async (engine) => {
    const seen = deferred<unknown>();
    await using server = await start(engine, (_request, context) => {
      if (context.target === "/watched") context.completed.catch(seen.resolve);
      else void context.completed;
      return new Response(endless().stream);
    });

    for (const path of ["/unwatched", "/watched"]) {
      await using client = await server.connect();
      await client.send(get(path));
      await client.peek(100_000);
      client.leave();
    }

    assertAbortErrors([await within(2_000, "the rejection", seen.promise)], 1);
  });
});
