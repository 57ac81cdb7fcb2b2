// H54: what happens between `serve()` and the first connection, and what is left when that fails?

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe } from "node:test";
import { type App, type Boot, serve, ServerError } from "../../src/index.ts";
import { fromNode } from "../../adapters/node.ts";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { accepts, freePort } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { deferred, turn, within } from "../support/waiting.ts";
import { loggerTo, quiet, served } from "./served.ts";

const PlatformResponse = globalThis.Response;
const PlatformRequest = globalThis.Request;
const platformFetch = globalThis.fetch;

function assertGlobalsRestored(): void {
  assert.equal(globalThis.Response, PlatformResponse);
  assert.equal(globalThis.Request, PlatformRequest);
  assert.equal(globalThis.fetch, platformFetch);
}

/** An app that counts its hooks. */
function counted(hooks: Omit<App, "fetch"> = {}): { app: App; calls: string[] } {
  const calls: string[] = [];
  const app: App = {
    fetch: () => new Response("ok"),
    start(boot) {
      calls.push("start");
      return hooks.start?.(boot);
    },
    stop(info) {
      calls.push(`stop ${info.reason}`);
      return hooks.stop?.(info);
    },
  };
  return { app, calls };
}

describe("start()", () => {
  clause("H54/before", "has finished before the port is open", async (engine) => {
    const port = await freePort();
    const release = deferred();
    const started = deferred<Boot>();
    const { app, calls } = counted({
      async start(boot) {
        started.resolve(boot);
        await release.promise;
      },
    });
    const serving = served(engine, app, { port });
    const boot = await within(8_000, "start()", started.promise);

    for (let i = 0; i < 20; i++) assert.equal(await accepts(port), false);
    release.resolve();
    await using server = await serving;

    assert.equal((await server.ask(get())).text, "ok");
    assert.deepEqual(boot, { contract: 1, app: {} });
    assert.deepEqual(calls, ["start"]);
  });

  clause(
    "H54/rejects",
    "that fails is why serve() rejects: nothing listens, and stop() is not called",
    async (engine) => {
      const cause = new Error("the database is away");
      const failures: readonly NonNullable<App["start"]>[] = [
        () => Promise.reject(cause),
        () => {
          throw cause;
        },
        async (boot) => {
          boot.app["half"] = true;
          await turn(5);
          throw cause;
        },
      ];
      for (const start of failures) {
        const port = await freePort();
        const { app, calls } = counted({ start });

        await assert.rejects(serve(app, quiet(engine, { port })), (error) => error === cause);

        assert.deepEqual(calls, ["start"]);
        assert.equal(await accepts(port), false);
        assertGlobalsRestored();
      }
    },
  );

  clause("H54/anything", "may reject with anything at all", async (engine) => {
    for (const cause of [undefined, null, "text", 0]) {
      const { app, calls } = counted({ start: () => Promise.reject(cause as unknown as Error) });
      const outcome = await serve(app, quiet(engine)).then(
        () => ["served"],
        (error: unknown) => ["rejected", error],
      );

      assert.deepEqual(outcome, ["rejected", cause]);
      assert.deepEqual(calls, ["start"]);
    }
    assertGlobalsRestored();
  });

  clause("H54/again", "that failed once may succeed the next time, on the same port", async (engine) => {
    const port = await freePort();
    let attempts = 0;
    const { app } = counted({ start: () => (++attempts === 1 ? Promise.reject(new Error("not yet")) : undefined) });

    await assert.rejects(serve(app, quiet(engine, { port })), /not yet/);
    await using server = await served(engine, app, { port });

    assert.equal((await server.ask(get())).text, "ok");
  });
});

describe("listening that fails", () => {
  clause("H54/stop", "calls stop() once, says why, and leaves the other server alone", async (engine) => {
    await using first = await served(engine, () => new Response("first"));
    const { app, calls } = counted();

    const failure = await serve(app, quiet(engine, { port: first.port })).catch((error: unknown) => error);

    assert.ok(failure instanceof ServerError, String(failure));
    assert.equal(failure.code, "ERR_ADDRESS_IN_USE");
    assert.deepEqual(calls, ["start", "stop start-failed"]);
    assert.equal((await first.ask(get())).text, "first");
  });

  clause("H54/waits", "waits for stop(), and reports one that fails without hiding the cause", async (engine) => {
    await using first = await served(engine, () => new Response("first"));
    const reports: unknown[] = [];
    let hasStopped = false;
    const { app } = counted({
      async stop() {
        await turn(20);
        hasStopped = true;
        throw new Error("stop failed");
      },
    });

    await assert.rejects(serve(app, quiet(engine, { port: first.port, logger: loggerTo(reports) })), {
      code: "ERR_ADDRESS_IN_USE",
    });

    assert.ok(hasStopped);
    assert.equal(reports.length, 1);
    assert.equal((reports[0] as Error).message, "stop failed");
  });
});

describe("the globals", () => {
  clause(
    "H54/globals",
    "are the platform's again after a server has ended, and after one that never began",
    async (engine) => {
      const { app } = counted();
      const server = await served(engine, app);
      assert.notEqual(globalThis.Response, PlatformResponse);

      await assert.rejects(serve(app, quiet(engine, { port: server.port })));
      assert.notEqual(globalThis.Response, PlatformResponse);
      assert.equal((await server.ask(get())).text, "ok");
      await server.server.close();

      assertGlobalsRestored();
      await assert.rejects(serve(app, quiet(engine, { host: "192.0.2.1" })));
      assertGlobalsRestored();
    },
  );

  clause("H54/shared", "stay replaced until the last of several servers has ended", async (engine) => {
    const first = await served(engine, () => new Response("first"));
    const second = await served(engine, () => new Response("second"));

    await first.server.close();
    await first.server.close();
    assert.notEqual(globalThis.Response, PlatformResponse);
    assert.equal((await second.ask(get())).text, "second");
    await second.server.close();

    assertGlobalsRestored();
  });

  clause("H54/opt-out", "are left alone when asked to be", async (engine) => {
    await using server = await served(engine, () => new Response("ok"), { fastResponse: false });

    assertGlobalsRestored();
    assert.equal((await server.ask(get())).text, "ok");
  });

  clause("H54/native", "are left alone for an app that makes no Response", async (engine) => {
    const listener = (_request: IncomingMessage, response: ServerResponse): void => void response.end("ok");
    await using server = await served(engine, fromNode(listener, { objects: "plain" }));

    assertGlobalsRestored();
    assert.equal((await server.ask(get())).text, "ok");
  });

  clause(
    "H54/cut",
    "are the platform's after a server that had to cut a request, which may still answer",
    async (engine) => {
      const called = deferred();
      const release = deferred();
      const answered = deferred();
      const server = await served(engine, async () => {
        called.resolve();
        await release.promise;
        setImmediate(() => answered.resolve());
        return new Response("late");
      });
      await using client = await RawClient.connect(server.port);
      await client.send(get());
      await within(8_000, "the handler", called.promise);

      await server.server.close({ deadlineMs: 10 });
      assertGlobalsRestored();
      release.resolve();
      await answered.promise;

      assert.equal(server.reports.length, 1);
      assert.match((server.reports[0] as Error).message, /1 requests/);
    },
  );
});
