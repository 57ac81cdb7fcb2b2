// Which exported shapes does fromFetch() take, and what does each find beside the Request?

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type FetchHost, fromFetch } from "../../adapters/fetch.ts";
import type { App, Context } from "../../src/index.ts";
import { lint } from "../../src/lint.ts";
import { contextOf } from "./context-of.ts";
import { elysiaWithHooks, emptyRouter, h3WithDetachedWaitUntil, reactRouterWithMiddleware } from "./framework-apps.js";

/** Asks an adapter's app under the linter, which throws what it does wrong. */
function ask(app: App, overrides: Partial<Context> = {}): Promise<Response> {
  const request = new Request("http://a.example/here?x=1");
  const { fetch } = lint(app, { side: "handler", level: "must" });
  return Promise.resolve(fetch(request, contextOf(request, overrides)));
}

async function textOf(app: App, overrides: Partial<Context> = {}): Promise<string> {
  return (await ask(app, overrides)).text();
}

describe("fromFetch() on what runtimes' apps export", () => {
  it("calls a bare function, whatever its length", async () => {
    const variadic = fromFetch((...rest: unknown[]) => new Response(String(rest.length)));
    const withDefault = fromFetch((request: Request, host: FetchHost | null = null) =>
      Response.json([request.url, host?.target]),
    );

    assert.equal(await textOf(variadic), "3");
    assert.deepEqual(await (await ask(withDefault)).json(), ["http://a.example/here?x=1", "/here?x=1"]);
  });

  it("T2: calls fetch as a method of its object", async () => {
    const worker = {
      greeting: "hi",
      fetch(): Response {
        return new Response(this.greeting);
      },
    };

    assert.equal(await textOf(fromFetch(worker)), "hi");
  });

  it("T2: takes the default export of a module, also of CommonJS compiled from ESM", async () => {
    const worker = { fetch: () => new Response("worker") };

    assert.equal(await textOf(fromFetch({ __esModule: true, default: worker })), "worker");
    assert.equal(await textOf(fromFetch({ default: { default: worker } })), "worker");
    assert.equal(await textOf(fromFetch(await import("./module-app.ts"))), "module");
  });

  it("gives a Cloudflare Worker a ctx that keeps shutdown waiting, and env in second place", async () => {
    const waited: unknown[] = [];
    const work = Promise.resolve("logged");
    const worker = {
      fetch(_request: Request, env: object, ctx: FetchHost): Response {
        ctx.passThroughOnException();
        ctx.waitUntil(work);
        return new Response(String("SOME_BINDING" in env));
      },
    };

    assert.equal(await textOf(fromFetch(worker), { waitUntil: (promise) => void waited.push(promise) }), "false");
    assert.deepEqual(waited, [work]);
  });

  it("gives a Deno handler the address and completion of its info", async () => {
    const handler = (_request: Request, info: FetchHost): Response =>
      Response.json([info.remoteAddr, info.completed instanceof Promise]);

    assert.deepEqual(await (await ask(fromFetch(handler))).json(), [
      { transport: "tcp", hostname: "203.0.113.7", port: 4711 },
      true,
    ]);
  });

  it("gives a Bun handler a server with requestIP() and an upgrade() that declines", async () => {
    const app = {
      fetch(request: Request, server: FetchHost): Response {
        if (server.upgrade()) throw new Error("there is no socket");
        return Response.json(server.requestIP(request));
      },
    };

    assert.deepEqual(await (await ask(fromFetch(app))).json(), {
      address: "203.0.113.7",
      port: 4711,
      family: "IPv4",
    });
  });

  it("gives an app written for @hono/node-server the socket's address", async () => {
    const app = { fetch: (_request: Request, env: FetchHost) => Response.json(env.incoming.socket) };

    assert.deepEqual(await (await ask(fromFetch(app))).json(), {
      remoteAddress: "203.0.113.7",
      remotePort: 4711,
      remoteFamily: "IPv4",
      encrypted: false,
    });
  });

  it("invents no address when the client came through a Unix socket or is unknown", async () => {
    const app = fromFetch((_request: Request, host: FetchHost) =>
      Response.json([host.remoteAddr, host.requestIP(), host.incoming.socket]),
    );
    const unix = { address: "/run/app.sock", port: 0, family: "unix" } as const;

    assert.deepEqual(await (await ask(app, { remote: unix })).json(), [
      { transport: "unix", path: "/run/app.sock" },
      null,
      { encrypted: false },
    ]);
    assert.deepEqual(await (await ask(app, { remote: null })).json(), [null, null, { encrypted: false }]);
  });

  it("prefers the fetch method of a function, as graphql-yoga has it, and passes one context", async () => {
    const yoga = Object.assign(() => assert.fail("called as a Node listener"), {
      fetch: (_request: Request, ...contexts: unknown[]) => new Response(String(contexts.length)),
    });

    assert.equal(await textOf(fromFetch(yoga)), "1");
  });

  it("gives SvelteKit's server getClientAddress, detached from its options, and a platform", async () => {
    interface RespondOptions {
      readonly getClientAddress: () => string;
      readonly platform: FetchHost;
    }
    const server = {
      respond(_request: Request, { getClientAddress, platform }: RespondOptions): Response {
        return Response.json([getClientAddress(), platform.target]);
      },
    };

    assert.deepEqual(await (await ask(fromFetch(server))).json(), ["203.0.113.7", "/here?x=1"]);
    await assert.rejects(async () => ask(fromFetch(server), { remote: null }), /client address is not known/);
  });

  it("T3: calls an app with the mark of the Fetch Server API with one object that has the request", async () => {
    const marked = {
      [Symbol.for("wintertc.server.protocol")]: 1,
      fetch: (...rest: [{ request: Request }]) => Response.json([rest.length, rest[0].request.url]),
    };

    assert.deepEqual(await (await ask(fromFetch(marked))).json(), [1, "http://a.example/here?x=1"]);
    assert.throws(() => fromFetch({ ...marked, [Symbol.for("wintertc.server.protocol")]: 2 }), /version 2/);
  });
});

describe("fromFetch() and its options", () => {
  it("passes what args returns, for bindings", async () => {
    const worker = { fetch: (_request: Request, env: { key: string }) => new Response(env.key) };

    assert.equal(await textOf(fromFetch(worker, { args: () => [{ key: "secret" }] })), "secret");
  });

  it("runs React Router with middleware on, where the context must be a RouterContextProvider", async () => {
    const { handler, args } = reactRouterWithMiddleware();

    const app = fromFetch(handler, { args });

    assert.equal(await textOf(app), "203.0.113.7");
  });
});

describe("fromFetch() and the contract", () => {
  it("D1: gives an app of the contract back as it is, and so its own result", () => {
    const app: App = { contract: 1, fetch: () => new Response() };
    const adapted = fromFetch(() => new Response());

    assert.equal(fromFetch(app), app);
    assert.equal(fromFetch(adapted), adapted);
  });

  it("keeps start, stop and error of the object form, as methods of the object", async () => {
    const calls: unknown[] = [];
    class Mine {
      readonly name = "mine";
      fetch(): Response {
        return new Response();
      }
      start(boot: unknown): void {
        calls.push([this.name, "start", boot]);
      }
      stop(info: unknown): void {
        calls.push([this.name, "stop", info]);
      }
      error(cause: unknown): Response {
        return new Response(`${this.name} ${String(cause)}`);
      }
    }
    const app = fromFetch(new Mine());
    const request = new Request("http://a.example/");
    const boot = { contract: 1, app: {} } as const;

    await app.start?.(boot);
    const answer = await app.error?.("oops", request, contextOf(request));
    await app.stop?.({ reason: "close" });

    assert.deepEqual(calls, [
      ["mine", "start", boot],
      ["mine", "stop", { reason: "close" }],
    ]);
    assert.equal(await answer?.text(), "mine oops");
  });

  it("H54: has no life that the app did not declare, also when every property of it reads as a function", () => {
    const router = emptyRouter();
    const routes = router.routes.length;

    const app = fromFetch(router);

    assert.deepEqual(Object.keys(app).toSorted(), ["contract", "fetch"]);
    assert.equal(router.routes.length, routes);
  });

  it("M2: shows every member of the Context it was given, state and app by identity", async () => {
    const request = new Request("http://a.example/here");
    const context = contextOf(request, { native: { engine: "own" } });
    let seen: Context | undefined;
    const app = fromFetch((_request: Request, host: FetchHost) => {
      seen = host;
      return host.passThrough();
    });

    const response = await app.fetch(request, context);

    assert.equal(response.status, 404);
    for (const key of Object.keys(context) as (keyof Context)[]) {
      if (typeof context[key] !== "function") assert.equal(seen?.[key], context[key], key);
    }
  });

  it("runs Elysia's onStart and onStop hooks with the server's life", async () => {
    const calls: string[] = [];
    const elysia = elysiaWithHooks(calls);
    const app = fromFetch(elysia);

    await app.start?.({ contract: 1, app: {} });
    assert.equal(await textOf(app), "ok");
    await app.stop?.({ reason: "close" });

    assert.deepEqual(calls, ["start", "stop"]);
    assert.equal(elysia.server, null);
    assert.equal("error" in app, false);
  });

  it("gives h3's proxied requests a waitUntil that still works detached from its Request", async () => {
    const waited: unknown[] = [];
    const h3 = h3WithDetachedWaitUntil();

    assert.equal(await textOf(fromFetch(h3), { waitUntil: (work) => void waited.push(work) }), "node");
    assert.equal(waited.length, 1);
  });
});
