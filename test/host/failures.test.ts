// H45: a handler fails. What does the client get, and what is reported?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Context } from "../../src/index.ts";
import { ServerError } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { chunked, get, message, post } from "../support/octets.ts";
import { turn } from "../support/waiting.ts";
import { served } from "./served.ts";
import { thenable } from "./thenable.ts";

const CANARY = "canary-91e4";

type Failing = () => unknown;

/** Each failure, and what has to be reported of it: that very value, or a failure of ours. */
const FAILURES: Readonly<Record<string, readonly [fail: Failing, thrown: unknown]>> = (() => {
  class Refusal extends Error {
    readonly status = 403;
    readonly body = CANARY;
  }
  const cases: Record<string, readonly [Failing, unknown]> = {};
  const values = [
    new Error(CANARY, { cause: new Error(`cause of ${CANARY}`) }),
    new Refusal(CANARY),
    new AggregateError([new Error(CANARY)], CANARY),
    null,
    undefined,
    CANARY,
    404,
    Symbol(CANARY),
    { status: 200, body: CANARY },
    new Response(CANARY, { status: 401 }),
    new DOMException(CANARY, "AbortError"),
  ];
  for (const [i, value] of values.entries()) {
    const thrown = value as Error;
    cases[`/throw/${i}`] = [
      () => {
        throw thrown;
      },
      value,
    ];
    cases[`/reject/${i}`] = [() => Promise.reject(thrown), value];
    cases[`/later/${i}`] = [
      async () => {
        await turn();
        throw thrown;
      },
      value,
    ];
  }
  const used = new Response(CANARY);
  void used.text();
  const results = [undefined, null, 200, CANARY, true, {}, [], () => new Response("x"), Response.error(), used];
  for (const [i, value] of results.entries()) {
    cases[`/return/${i}`] = [() => value, ServerError];
    cases[`/resolve/${i}`] = [async () => value, ServerError];
  }
  return cases;
})();

/** What broken promises can do that native ones cannot. */
const THENABLES: Readonly<Record<string, Failing>> = {
  "/throws": () =>
    thenable(() => {
      throw new Error(CANARY);
    }),
  "/getter-throws": () =>
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
    Object.defineProperty({}, "then", {
      get() {
        throw new Error(CANARY);
      },
    }),
  "/rejects-at-once": () => thenable((_resolve, reject) => reject(new Error(CANARY))),
};

describe("a handler that fails", () => {
  clause(
    "H45/every",
    "is one plain 500 and one report of the very value, on a connection that lives",
    async (engine) => {
      const handler = (_request: Request, context: Context): unknown =>
        context.target === "/fine" ? new Response("fine") : FAILURES[context.target]?.[0]();
      await using server = await served(engine, handler);
      await using client = await server.connect();

      for (const [path, [, thrown]] of Object.entries(FAILURES)) {
        server.reports.length = 0;
        await client.send(get(path));
        const response = await client.response();

        assert.deepEqual([response.status, response.text], [500, "Internal Server Error"], path);
        assert.ok(!response.head.includes(CANARY), path);
        assert.equal(server.reports.length, 1, `${path}: ${server.reports.length} reports`);
        if (thrown === ServerError) assert.ok(server.reports[0] instanceof ServerError, path);
        else assert.equal(server.reports[0], thrown, path);
      }
      await client.send(get("/fine"));
      assert.equal((await client.response()).text, "fine");
      assert.equal(client.receivedText, "");
    },
  );

  clause("H45/thenable", "by a thenable that breaks its promises, is one 500 as well", async (engine) => {
    await using server = await served(engine, (_request: Request, context: Context) => THENABLES[context.target]?.());
    await using client = await server.connect();

    for (const path of Object.keys(THENABLES)) {
      server.reports.length = 0;
      await client.send(get(path));
      const response = await client.response();
      assert.deepEqual([response.status, response.text], [500, "Internal Server Error"], path);
      assert.equal(server.reports.length, 1, path);
    }
  });

  clause("H45/twice", "a thenable that answers several times has answered once", async (engine) => {
    await using server = await served(engine, () =>
      thenable((resolve, reject) => {
        resolve(new Response("first"));
        resolve(new Response("second"));
        reject(new Error(CANARY));
        throw new Error(CANARY);
      }),
    );
    await using client = await server.connect();

    for (let i = 0; i < 2; i++) {
      await client.send(get());
      assert.equal((await client.response()).text, "first");
    }
    assert.equal(client.receivedText, "");
    assert.deepEqual(server.reports, []);
  });

  clause("H45/development", "tells the client nothing in development mode either", async (engine) => {
    const fail = (): never => {
      throw new Error(CANARY);
    };
    await using server = await served(engine, fail, { mode: "development" });

    const response = await server.ask(get());

    assert.deepEqual([response.status, response.text], [500, "Internal Server Error"]);
  });

  clause("H45/head", "is a 500 without content for HEAD", async (engine) => {
    await using server = await served(engine, () => Promise.reject(new Error(CANARY)));
    await using client = await server.connect();

    await client.send(message("HEAD", "/"));
    assert.equal((await client.response({ isHead: true })).status, 500);
    await client.send(get());
    assert.equal((await client.response()).status, 500);
  });

  clause("H45/too-large", "because the body is too large, is a 413", async (engine) => {
    const read = async (request: Request): Promise<Response> => new Response(await request.text());
    await using server = await served(engine, read, { maxBodyBytes: 1000 });
    const large = "x".repeat(2000);

    for (const octets of [post("/", large), message("POST", "/", ["Transfer-Encoding: chunked"], chunked(large))]) {
      await using client = await server.connect();
      await client.send(octets);
      assert.equal((await client.finalResponse()).status, 413);
    }
    assert.equal((await server.ask(post("/", "small"))).text, "small");
  });
});
