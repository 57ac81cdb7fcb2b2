// H51: work that outlives the response. Who waits for it, and what becomes of its failures?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { App, Context } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { deferred, throughout, turn, until, within } from "../support/waiting.ts";
import { served } from "./served.ts";
import { thenable } from "./thenable.ts";

describe("waitUntil()", () => {
  clause("H51/type", "takes nothing but a thenable: anything else is a TypeError", async (engine) => {
    const values = [undefined, null, 1, "x", {}, [], () => Promise.resolve()];
    const failures: unknown[] = [];
    await using server = await served(engine, (_request: Request, context: Context) => {
      for (const value of values) {
        try {
          context.waitUntil(value as PromiseLike<unknown>);
          failures.push(`${typeof value} was taken`);
        } catch (error) {
          failures.push(error);
        }
      }
      context.waitUntil(thenable((resolve) => resolve(1)));
      context.waitUntil(Promise.resolve());
      return new Response("ok");
    });

    assert.equal((await server.ask(get())).text, "ok");

    assert.equal(failures.length, values.length);
    for (const failure of failures) assert.ok(failure instanceof TypeError, String(failure));
    assert.deepEqual(server.reports, []);
  });

  clause("H51/response", "does not delay the response, nor the next one on the connection", async (engine) => {
    const release = deferred();
    await using server = await served(engine, (_request: Request, context: Context) => {
      context.waitUntil(release.promise);
      return new Response("ok");
    });
    await using client = await server.connect();

    for (let i = 0; i < 2; i++) {
      await client.send(get());
      assert.equal((await client.response()).text, "ok");
    }

    release.resolve();
  });

  clause("H51/close", "keeps close() waiting, and stop() after it", async (engine) => {
    const release = deferred();
    const order: string[] = [];
    const app: App = {
      fetch(_request, context) {
        context.waitUntil(release.promise.then(() => order.push("work")));
        return new Response("ok");
      },
      stop: () => void order.push("stop"),
    };
    await using server = await served(engine, app);
    await server.ask(get());

    const closing = server.server.close({ deadlineMs: 30_000 }).then(() => order.push("closed"));
    await throughout(100, "nothing has ended", () => order.length === 0);
    release.resolve();
    await within(4_000, "close()", closing);

    assert.deepEqual(order, ["work", "stop", "closed"]);
    assert.deepEqual(await server.server.closed, { clean: true });
  });

  clause("H51/more", "may be called by work that it waits for, again and again", async (engine) => {
    const order: string[] = [];
    const release = deferred();
    await using server = await served(engine, (_request: Request, context: Context) => {
      const third = async (): Promise<void> => {
        await turn(5);
        order.push("third");
      };
      const second = async (): Promise<void> => {
        await turn(5);
        context.waitUntil(third());
        order.push("second");
      };
      const first = async (): Promise<void> => {
        await release.promise;
        await context.completed;
        context.waitUntil(second());
        order.push("first");
      };
      context.waitUntil(first());
      return new Response("ok");
    });
    await server.ask(get());

    const closing = server.server.close({ deadlineMs: 10_000 });
    release.resolve();
    await within(5_000, "close()", closing);

    assert.deepEqual(order, ["first", "second", "third"]);
    assert.deepEqual(await server.server.closed, { clean: true });
  });

  clause("H51/deadline", "waits no longer than the deadline, and says which work it left", async (engine) => {
    const stops: unknown[] = [];
    const app: App = {
      fetch(_request, context) {
        context.waitUntil(new Promise(() => {}));
        return new Response("ok");
      },
      stop: (info) => void stops.push(info),
    };
    await using server = await served(engine, app);
    await server.ask(get());

    await within(4_000, "close()", server.server.close({ deadlineMs: 50 }));

    assert.deepEqual(await server.server.closed, { clean: false });
    assert.deepEqual(stops, [{ reason: "close" }]);
    assert.equal(server.reports.length, 1);
    assert.match((server.reports[0] as Error).message, / 0 requests and 1 pieces of waitUntil\(\) work /);
  });

  clause("H51/rejection", "reports what rejects, and answers and goes on as if nothing was", async (engine) => {
    let hooks = 0;
    const app: App = {
      fetch(_request, context) {
        context.waitUntil(Promise.reject(new Error("at once")));
        context.waitUntil(turn(5).then(() => Promise.reject(new Error("later"))));
        context.waitUntil(Promise.reject(undefined as unknown as Error));
        return new Response("ok");
      },
      error: () => void hooks++,
    };
    await using server = await served(engine, app);

    assert.equal((await server.ask(get())).text, "ok");
    await until(8_000, "three reports", () => server.reports.length === 3);

    assert.equal(hooks, 0);
    assert.deepEqual(
      server.reports.map((error) => (error instanceof Error ? error.message : error)),
      ["at once", undefined, "later"],
    );
    await within(4_000, "close()", server.server.close({ deadlineMs: 10_000 }));
    assert.deepEqual(await server.server.closed, { clean: true });
  });

  clause("H51/thenable", "is not held up for ever by a thenable that throws or settles twice", async (engine) => {
    await using server = await served(engine, (_request: Request, context: Context) => {
      context.waitUntil(
        thenable(() => {
          throw new Error("broken");
        }),
      );
      context.waitUntil(
        thenable((resolve, reject) => {
          resolve(1);
          reject(new Error("too late"));
          resolve(2);
        }),
      );
      return new Response("ok");
    });

    assert.equal((await server.ask(get())).text, "ok");
    await within(4_000, "close()", server.server.close({ deadlineMs: 10_000 }));

    assert.deepEqual(await server.server.closed, { clean: true });
    assert.deepEqual(
      server.reports.map((error) => (error as Error).message),
      ["broken"],
    );
  });

  clause("H51/same", "waits for one promise handed over by several requests", async (engine) => {
    const release = deferred();
    await using server = await served(engine, (_request: Request, context: Context) => {
      context.waitUntil(release.promise);
      context.waitUntil(release.promise);
      return new Response("ok");
    });
    for (let i = 0; i < 3; i++) await server.ask(get());

    let isClosed = false;
    const closing = server.server.close({ deadlineMs: 10_000 }).then(() => (isClosed = true));
    await throughout(50, "not closed", () => !isClosed);
    release.resolve();

    await within(4_000, "close()", closing);
  });
});
