// T1 to T3, T5: what may be handed to `serve()`, and how is it called?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, serve, ServerError } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { quiet, served } from "./served.ts";
import { thenable } from "./thenable.ts";

const WINTERTC = Symbol.for("wintertc.server.protocol");

/** Apps that answer `hello`, by what a user would call their shape. */
function shapes(): Readonly<Record<string, unknown>> {
  class Site {
    private readonly greeting = "hello";

    fetch(): Response {
      return new Response(this.greeting);
    }
  }
  class Page extends Site {}
  const handler = (): Response => new Response("hello");
  const own = {
    greeting: "hello",
    fetch(this: { greeting: string }) {
      return new Response(this.greeting);
    },
  };
  const routes = (): never => {
    throw new Error("a function with a fetch method is called by that method");
  };
  return {
    "a function": handler,
    "an async function": async () => handler(),
    "an object": own,
    "a frozen object": Object.freeze({ ...own }),
    "an object without a prototype": Object.assign(Object.create(null) as object, own),
    "an instance of a class": new Site(),
    "an instance of a derived class": new Page(),
    "a function with fetch": Object.assign(routes, { fetch: handler }),
    "an object whose fetch is inherited": Object.create(own),
    "default: a function": { default: handler },
    "default: an object": { default: own },
    "default: an instance": { default: new Site(), other: 1 },
    "a compiled CommonJS module": { default: { __esModule: true, default: handler } },
  };
}

describe("what a handler is called with", () => {
  clause("T1", "a handler gets exactly two arguments: a Request and its context", async (engine) => {
    const calls: unknown[][] = [];
    function handler(...given: unknown[]): Response {
      calls.push(given);
      return new Response("ok");
    }
    const forms: readonly unknown[] = [handler, { fetch: handler }, { default: handler }];

    for (const form of forms) {
      await using server = await served(engine, form);
      assert.equal((await server.ask(get())).text, "ok");
    }

    for (const given of calls) {
      assert.equal(given.length, 2);
      assert.ok(given[0] instanceof Request);
      assert.equal((given[1] as Context).request, given[0]);
      assert.equal((given[1] as Context).contract, 1);
    }
    assert.equal(calls.length, forms.length);
  });

  clause("T1/results", "a Response, a promise and any thenable of one are answers", async (engine) => {
    const answers: Readonly<Record<string, () => unknown>> = {
      "/plain": () => new Response("ok"),
      "/promise": () => Promise.resolve(new Response("ok")),
      "/thenable": () => thenable((resolve) => resolve(new Response("ok"))),
      "/later": () => thenable((resolve) => setImmediate(resolve, new Response("ok"))),
    };
    await using server = await served(engine, (_request: Request, context: Context) => answers[context.target]?.());

    for (const path of Object.keys(answers)) assert.equal((await server.ask(get(path))).text, "ok", path);
    assert.deepEqual(server.reports, []);
  });
});

describe("the shapes of an app", () => {
  clause("T2/accepted", "functions, objects and instances with fetch are served, with `this` kept", async (engine) => {
    for (const [name, app] of Object.entries(shapes())) {
      await using server = await served(engine, app);
      assert.equal((await server.ask(get())).text, "hello", name);
    }
  });

  clause("T2/namespace", "the namespace of a module is served by its default, or by its own fetch", async (engine) => {
    const modules = [
      'export default () => new Response("hello"); export const start = 1;',
      'export default { text: "hello", fetch() { return new Response(this.text); } };',
      'export const fetch = () => new Response("hello"); export const stop = () => {};',
    ];

    for (const code of modules) {
      const namespace: unknown = await import(`data:text/javascript,${encodeURIComponent(code)}`);
      await using server = await served(engine, namespace);
      assert.equal((await server.ask(get())).text, "hello", code);
    }
  });

  it("T2: anything else is refused at once, with a sentence that names what was found", () => {
    const fetch = (): Response => new Response("ok");
    const cases: readonly [value: unknown, found: RegExp][] = [
      [42, /found number 42\.$/],
      ["./app.js", /found string "\.\/app\.js"\.$/],
      [true, /found boolean true\.$/],
      [undefined, /found undefined\.$/],
      [10n, /found bigint 10n\.$/],
      [Symbol("app"), /found symbol Symbol\(app\)\.$/],
      [{}, /found an object with no properties\.$/],
      [[], /found an array\.$/],
      [Promise.resolve({ fetch }), /found a promise/],
      [{ handler: fetch, port: 1 }, /found an object with the properties handler, port\.$/],
      [{ fetch: "x" }, /found an object whose fetch is string "x"\.$/],
      [{ default: null }, /^The default export is no app\..*found null\.$/],
      [{ default: undefined }, /^The default export is no app\..*found undefined\.$/],
      [{ default: { port: 1 } }, /^The default export is no app\..*the properties port\.$/],
      [{ default: { fetch, stop: "x" } }, /^The default export is no app\..*"stop" is string "x", not a function\.$/],
      [{ fetch, start: 5 }, /^The app's "start" is number 5, not a function\.$/],
      [{ fetch, error: null }, /^The app's "error" is null, not a function\.$/],
      [{ fetch, contract: 2 }, /version 2 of the contract; this server speaks version 1\.$/],
      [{ fetch, contract: 1n }, /version 1n of the contract; this server speaks version 1\.$/],
    ];

    for (const [value, found] of cases) {
      assert.throws(
        () => serve(value, quiet("node")),
        (error) => {
          assert.ok(error instanceof ServerError, String(error));
          assert.equal(error.code, "ERR_APP_INVALID");
          assert.match(error.message, found);
          return true;
        },
      );
    }
  });

  it("T2: a default export that leads back to itself is refused, in few words", () => {
    const circle: Record<string, unknown> = { name: "circle" };
    circle["default"] = circle;
    const first: Record<string, unknown> = {};
    first["default"] = { default: first };

    for (const app of [circle, first]) {
      assert.throws(
        () => serve(app, quiet("node")),
        (error) => error instanceof ServerError && error.code === "ERR_APP_INVALID" && error.message.length < 400,
      );
    }
  });

  clause("T2/hooks", "optional members are found by presence: one that is undefined is absent", async (engine) => {
    const app = { fetch: () => new Response("ok"), start: undefined, stop: undefined, error: undefined };
    await using server = await served(engine, app);

    assert.equal((await server.ask(get())).text, "ok");
  });
});

describe("an app of the Fetch Server API draft", () => {
  clause("T3", "marked with version 1, it is called with the context alone", async (engine) => {
    const calls: unknown[][] = [];
    const app = {
      [WINTERTC]: 1,
      greeting: "hello",
      fetch(...given: unknown[]): Response {
        calls.push(given);
        const { request } = given[0] as Context;
        return new Response(`${this.greeting} ${request.url}`);
      },
    };

    for (const form of [app, { default: app }]) {
      await using server = await served(engine, form);
      assert.equal((await server.ask(get("/a"))).text, "hello http://a.example/a");
    }

    for (const given of calls) assert.equal(given.length, 1);
    assert.equal(calls.length, 2);
  });

  it("T3: any other version is refused, and named", () => {
    const fetch = (): Response => new Response("ok");
    const cases: readonly [version: unknown, named: string][] = [
      [2, "version 2"],
      [0, "version 0"],
      ["1", 'version "1"'],
      [null, "version null"],
      [undefined, "version undefined"],
      [1n, "version 1n"],
      [Symbol("one"), "version Symbol(one)"],
    ];

    for (const [version, named] of cases) {
      assert.throws(
        () => serve({ [WINTERTC]: version, fetch }, quiet("node")),
        (error) =>
          error instanceof ServerError && error.code === "ERR_APP_INVALID" && error.message.includes(`${named} `),
        named,
      );
    }
    assert.throws(() => serve({ [WINTERTC]: 1 }, quiet("node")), { code: "ERR_APP_INVALID" });
  });
});

describe("what nobody knows", () => {
  clause("T5", "members that are not of the contract are ignored, whatever they are", async (engine) => {
    const app = {
      fetch: (_request: Request, context: Context) =>
        context.target === "/pass"
          ? context.passThrough({ unknown: 1, headers: { "x-a": "1" } } as ResponseInit)
          : new Response("ok", { unknown: 1 } as ResponseInit),
      contract: 1,
      routes: [],
      websocket: { open: 1 },
      get trap(): never {
        throw new Error("a member nobody knows was read");
      },
    };
    await using server = await served(engine, app);

    assert.equal((await server.ask(get())).text, "ok");
    assert.equal((await server.ask(get("/pass"))).field("x-a"), "1");
    await server.server.close({ deadlineMs: 100, unknown: 1 } as { deadlineMs: number });
  });

  clause("T5/start", "start and stop are called on the app, with a contract of version 1", async (engine) => {
    const seen: unknown[] = [];
    class Site {
      fetch(): Response {
        return new Response("ok");
      }

      start(boot: unknown): void {
        seen.push(this instanceof Site, boot);
      }

      stop(info: unknown): void {
        seen.push(this instanceof Site, info);
      }
    }
    const server = await served(engine, new Site());

    await server.server.close();

    assert.deepEqual(seen, [true, { contract: 1, app: {} }, true, { reason: "close" }]);
  });
});
