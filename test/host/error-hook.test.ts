// H46: when is the `error()` of an app asked, and what becomes of its answer?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { App, Handler, ServerError } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import type { EngineName } from "../support/engines.ts";
import { chunked, get, message } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { deferred, throughout, turn, until, within } from "../support/waiting.ts";
import { served } from "./served.ts";

/** An app that always fails with `first`, and asks `error`. */
function failing(error: NonNullable<App["error"]>, fail: Handler = () => Promise.reject(new Error("first"))): App {
  return { fetch: fail, error };
}

const throwing = (): never => {
  throw new Error("first");
};

async function assertAnswer(engine: EngineName, app: App, status: number, reports: number): Promise<void> {
  await using server = await served(engine, app);
  await using client = await server.connect();
  for (let i = 1; i <= 2; i++) {
    await client.send(get());
    assert.equal((await client.response()).status, status);
    assert.equal(server.reports.length, i * reports);
  }
}

describe("the error hook", () => {
  clause("H46/given", "is given the error, the request and the context, on the app", async (engine) => {
    const seen: unknown[][] = [];
    let pair: unknown[] = [];
    class Site implements App {
      fetch(...given: unknown[]): never {
        pair = given;
        throw new Error("first");
      }

      error(...given: unknown[]): Response {
        seen.push([this instanceof Site, ...given]);
        return new Response("sorry", { status: 503 });
      }
    }
    await using server = await served(engine, new Site());

    const response = await server.ask(get());

    assert.deepEqual([response.status, response.text], [503, "sorry"]);
    assert.equal(seen.length, 1);
    assert.deepEqual([seen[0]?.[0], seen[0]?.length], [true, 4]);
    assert.match(String(seen[0]?.[1]), /^Error: first$/);
    assert.equal(seen[0]?.[2], pair[0]);
    assert.equal(seen[0]?.[3], pair[1]);
  });

  clause("H46/async", "may answer later, and what it answers for is reported once", async (engine) => {
    for (const fail of [throwing, undefined]) {
      const app = failing(async () => {
        await turn();
        return new Response("sorry", { status: 502 });
      }, fail);
      await assertAnswer(engine, app, 502, 1);
    }
  });

  clause("H46/nothing", "when it gives nothing or no Response, or fails, the answer is 500", async (engine) => {
    const hooks: readonly [NonNullable<App["error"]>, reports: number][] = [
      [() => undefined, 1],
      [async () => undefined, 1],
      [() => null as unknown as Response, 2],
      [async () => ({}) as Response, 2],
      [() => Response.error(), 2],
      [() => throwing(), 2],
      [() => Promise.reject(new Error("second")), 2],
    ];
    for (const [hook, reports] of hooks) {
      await assertAnswer(engine, failing(hook), 500, reports);
      await assertAnswer(engine, failing(hook, throwing), 500, reports);
    }
  });

  clause("H46/result", "is asked for a bad result too, and for a body that is too large", async (engine) => {
    const codes: unknown[] = [];
    const app: App = {
      fetch: async (request) =>
        request.method === "GET" ? (1 as unknown as Response) : new Response(await request.text()),
      error: (error) => {
        codes.push((error as ServerError).code);
        return new Response("hook", { status: 599 });
      },
    };
    await using server = await served(engine, app, { maxBodyBytes: 4 });

    assert.equal((await server.ask(get())).status, 599);
    assert.equal(
      (await server.ask(message("POST", "/", ["Transfer-Encoding: chunked"], chunked("12345")))).status,
      599,
    );
    assert.deepEqual(codes, ["ERR_RESPONSE_INVALID", "ERR_BODY_TOO_LARGE"]);
  });

  clause("H46/status", "that says nothing leaves the status of the error: 413", async (engine) => {
    const app: App = { fetch: async (request) => new Response(await request.text()), error: () => {} };
    await using server = await served(engine, app, { maxBodyBytes: 4 });

    assert.equal(
      (await server.ask(message("POST", "/", ["Transfer-Encoding: chunked"], chunked("12345")))).status,
      413,
    );
  });

  clause("H46/stream", "may answer with a stream, which is cancelled when the client leaves", async (engine) => {
    for (const fail of [throwing, undefined]) {
      const body = endless();
      const aborted = deferred<unknown>();
      const hook: NonNullable<App["error"]> = (_error, request) => {
        request.signal.addEventListener("abort", () => aborted.resolve(request.signal.reason));
        return new Response(body.stream, { status: 500 });
      };
      await using server = await served(engine, failing(hook, fail));
      await using client = await server.connect();
      await client.send(get());
      await client.peek(100_000);
      client.leave();

      const reason = await within(8_000, "the abort", aborted.promise);
      assert.equal(await within(8_000, "the cancellation", body.cancelled.promise), reason);
      assert.equal(body.cancels.length, 1);
      assert.equal(server.reports.length, 1);
    }
  });
});

describe("the error hook is not asked", () => {
  clause("H46/committed", "once the response has begun", async (engine) => {
    let calls = 0;
    const app: App = {
      fetch: (_request, context) => {
        context.waitUntil(Promise.reject(new Error("background")));
        return new Response(chunksOf(["a", "b"], { error: new Error("late") }));
      },
      error: () => void calls++,
    };
    await using server = await served(engine, app);
    await using client = await server.connect();

    await client.send(get());
    await client.untilClose();
    await until(8_000, "two reports", () => server.reports.length === 2);

    assert.equal(calls, 0);
  });

  clause("H46/aborted", "for a request whose client has left, and nothing is reported", async (engine) => {
    let calls = 0;
    const called = [deferred(), deferred()];
    const ended = [deferred(), deferred()];
    const app: App = {
      async fetch(request, context) {
        const i = context.target === "/bad" ? 1 : 0;
        called[i]?.resolve();
        const aborted = deferred();
        request.signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
        setImmediate(() => ended[i]?.resolve());
        if (i === 1) return undefined as unknown as Response;
        throw new Error("the client has left");
      },
      error: () => void calls++,
    };
    await using server = await served(engine, app);

    for (const [i, path] of ["/throw", "/bad"].entries()) {
      await using client = await server.connect();
      await client.send(get(path));
      await within(8_000, "the handler", called[i]?.promise ?? Promise.reject());
      client.leave();
      await within(8_000, "the end", ended[i]?.promise ?? Promise.reject());
    }

    await throughout(50, "no call", () => calls === 0);
    assert.deepEqual(server.reports, []);
  });

  clause(
    "H46/left",
    "a second time when the client leaves while it runs, and nothing more is reported",
    async (engine) => {
      const body = endless();
      let calls = 0;
      const hooks: Readonly<Record<string, () => Response | undefined>> = {
        "/answer": () => new Response(body.stream),
        "/nothing": () => undefined,
        "/bad": () => ({}) as Response,
        "/throw": () => {
          throw new Error("second");
        },
      };
      const app = failing(async (_error, request, context) => {
        calls++;
        const aborted = deferred();
        request.signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
        return hooks[context.target]?.();
      });
      await using server = await served(engine, app);

      for (const [i, path] of Object.keys(hooks).entries()) {
        await using client = await server.connect();
        await client.send(get(path));
        await until(8_000, "the hook", () => calls === i + 1);
        client.leave();
      }

      await within(8_000, "the cancellation", body.cancelled.promise);
      await throughout(100, "one report each", () => server.reports.length === 4 && calls === 4);
      for (const error of server.reports) assert.equal((error as Error).message, "first");
    },
  );
});
