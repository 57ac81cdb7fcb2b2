// H25, H26, H28: how does a handler learn that its exchange is over, and how it ended?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { App, Context } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { get, post } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { deferred, throughout, turn, until, within } from "../support/waiting.ts";
import { served } from "./served.ts";

const ANSWERS: Readonly<Record<string, () => Response | Promise<Response>>> = {
  "/text": () => new Response("text"),
  "/empty": () => new Response(null, { status: 204 }),
  "/bytes": () => new Response(new Uint8Array(300_000)),
  "/stream": () => new Response(chunksOf(["a", "b"])),
  "/later": async () => {
    await turn();
    return new Response("later");
  },
  "/error": () => Promise.reject(new Error("first")),
  "/throw": () => {
    throw new Error("first");
  },
};

describe("completed", () => {
  clause("H28/fulfils", "fulfils with nothing after every kind of answer, a 500 included", async (engine) => {
    const contexts: Context[] = [];
    await using server = await served(engine, (_request: Request, context: Context) => {
      contexts.push(context);
      return ANSWERS[context.target]?.();
    });
    await using client = await server.connect();

    for (const path of Object.keys(ANSWERS)) {
      await client.send(get(path));
      await client.response();
      const completed = contexts.at(-1)?.completed ?? Promise.reject(new Error("no call"));
      assert.equal(await within(8_000, `${path} completed`, completed), undefined);
    }
  });

  clause(
    "H28/pending",
    "is pending until the last chunk, and one promise however often it is asked for",
    async (engine) => {
      const last = deferred();
      let context: Context | undefined;
      let state = "pending";
      const stream = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode("first"));
          await last.promise;
          controller.close();
        },
      });
      await using server = await served(engine, (_request: Request, given: Context) => {
        context = given;
        void given.completed.then(() => (state = "fulfilled"));
        return new Response(stream);
      });
      await using client = await server.connect();

      await client.send(get());
      await until(8_000, "the first chunk", () => client.receivedText.includes("first"));
      await throughout(50, "pending", () => state === "pending");
      last.resolve();
      await client.response();
      await within(8_000, "completed", context?.completed ?? Promise.reject(new Error("no call")));

      assert.equal(context?.completed, context?.completed);
      assert.equal(state, "fulfilled");
    },
  );

  clause(
    "H28/rejects",
    "rejects with the reason of the signal when the client leaves, asked early or late",
    async (engine) => {
      const contexts: Context[] = [];
      const early: unknown[] = [];
      await using server = await served(engine, (_request: Request, context: Context) => {
        contexts.push(context);
        if (context.target === "/early") context.completed.catch((error: unknown) => early.push(error));
        return new Response(endless().stream);
      });

      for (const path of ["/early", "/late"]) {
        await using client = await server.connect();
        await client.send(get(path));
        await client.peek(100_000);
        client.leave();
        const { signal, completed } = contexts.at(-1) as Context;
        await until(8_000, "the abort", () => signal.aborted);
        await assert.rejects(completed, (error) => error === signal.reason);
      }

      assert.equal(early[0], contexts[0]?.signal.reason);
      assert.deepEqual(server.reports, []);
    },
  );

  clause("H28/broken", "rejects with the cause when the stream of the answer fails", async (engine) => {
    const cause = new Error("the source broke");
    let context: Context | undefined;
    await using server = await served(engine, (_request: Request, given: Context) => {
      context = given;
      return new Response(chunksOf(["a"], { error: cause }));
    });
    await using client = await server.connect();

    await client.send(get());
    await client.untilClose();

    await assert.rejects(context?.completed ?? Promise.resolve(), (error) => error === cause);
    assert.deepEqual(server.reports, [cause]);
  });

  clause("H28/hook", "is settled for requests that error() answered", async (engine) => {
    let context: Context | undefined;
    const app: App = {
      fetch: () => Promise.reject(new Error("first")),
      error(_error, _request, given) {
        context = given;
        return new Response("sorry", { status: 500 });
      },
    };
    await using server = await served(engine, app);

    await server.ask(get());

    await within(8_000, "completed", context?.completed ?? Promise.reject(new Error("no call")));
  });
});

describe("the signal", () => {
  clause("H25/one", "is one object, of the request and of the context", async (engine) => {
    const same: boolean[] = [];
    await using server = await served(engine, async (request: Request, context: Context) => {
      same.push(request.signal === context.signal, context.request === request);
      await turn();
      same.push(request.signal === context.signal, context.signal.aborted);
      return new Response("ok");
    });

    await server.ask(get());

    assert.deepEqual(same, [true, true, true, false]);
  });

  clause("H25/large", "aborts when the client leaves in the middle of what was returned at once", async (engine) => {
    const size = 32 * 1024 * 1024;
    for (const large of [new Uint8Array(size), "x".repeat(size)]) {
      let context: Context | undefined;
      await using server = await served(engine, (_request: Request, given: Context) => {
        context = given;
        void given.signal;
        return new Response(large);
      });
      await using client = await server.connect();

      await client.send(get());
      await client.peek(1_000);
      client.pause();
      await throughout(50, "no abort", () => context?.signal.aborted === false);
      client.leave();

      await until(8_000, `the abort of a ${typeof large}`, () => context?.signal.aborted === true);
      assert.match(String(context?.signal.reason), /^AbortError: /);
      await assert.rejects(context?.completed ?? Promise.resolve(), (error) => error === context?.signal.reason);
    }
  });

  clause(
    "H26/after",
    "of a completed exchange never aborts: not by leaving, resetting or the end of the server",
    async (engine) => {
      const signals: AbortSignal[] = [];
      let aborts = 0;
      const server = await served(engine, async (request: Request, context: Context) => {
        signals.push(context.signal);
        context.signal.addEventListener("abort", () => aborts++);
        await request.text();
        return ANSWERS[context.target]?.();
      });
      await using leaving = await server.connect();
      await using resetting = await server.connect();
      await using staying = await server.connect();
      const clients = [leaving, resetting, staying];

      for (const path of Object.keys(ANSWERS)) {
        for (const client of clients) {
          await client.send(path === "/later" ? post(path, "hello") : get(path));
          await client.response();
        }
      }
      leaving.leave();
      resetting.reset();
      await throughout(50, "no abort", () => aborts === 0);
      await server.server.close({ deadlineMs: 100 });

      await throughout(100, "no abort", () => aborts === 0);
      assert.equal(signals.length, clients.length * Object.keys(ANSWERS).length);
      assert.ok(signals.every((signal) => !signal.aborted));
    },
  );

  clause("H26/late", "first asked for after the end is one that has not aborted", async (engine) => {
    const kept: [Request, Context][] = [];
    await using server = await served(engine, (request: Request, context: Context) => {
      kept.push([request, context]);
      return new Response("ok");
    });
    await using client = await server.connect();
    await client.send(get());
    await client.response();
    client.reset();
    await client.closed();

    const [request, context] = kept[0] as [Request, Context];
    await context.completed;

    assert.equal(context.signal.aborted, false);
    assert.equal(request.signal, context.signal);
  });
});
