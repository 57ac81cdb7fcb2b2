// H25 to H28 as far as they are seen in the process: what does a handler learn of a client that leaves? The rest is the kit's.

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { start, type Started } from "../support/engines.ts";
import { get, post } from "../support/octets.ts";
import { endless } from "../support/streams.ts";
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

async function called(server: Started, count: number): Promise<void> {
  await until(8_000, "the handler", () => server.targets.length === count);
}

describe("a client that leaves", () => {
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
    await within(8_000, "the cancellation", body.cancelled.promise);
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
    await within(8_000, "the cancellation", body.cancelled.promise);

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
    await within(8_000, "the error", thrown.promise);

    assert.deepEqual(server.reports, []);
  });
});

function probe(server: Started): Promise<{ status: number }> {
  return server.ask(get("/__alive"));
}

describe("a client that stays", () => {
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
});
