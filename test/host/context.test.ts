// T4, T6, H52, D7: what does the context offer, and what passes for a Response?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { createContext, runInContext } from "node:vm";
import type { Context, Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { chunksOf } from "../support/streams.ts";
import { until } from "../support/waiting.ts";
import { served } from "./served.ts";

const PASS_THROUGH = Symbol.for("fsgi.pass-through");

describe("the context", () => {
  clause("T4", "names what it supports in a Set, and reading anything else gives undefined", async (engine) => {
    let seen: unknown[] = [];
    await using server = await served(engine, (_request: Request, context: Context) => {
      const members = context as unknown as Record<PropertyKey, unknown>;
      const names = ["sendInformational", "file", "informational", "trailers", "upgrade", "then", Symbol.for("x")];
      seen = [context.supports instanceof Set, ...names.map((name) => members[name])];
      return new Response([...context.supports].join());
    });

    const { text } = await server.ask(get());

    assert.deepEqual(seen, [true, ...Array.from({ length: 7 }, () => undefined)]);
    assert.deepEqual(text.split(",").sort(), ["file", "pass-through", "stream", "websocket"]);
  });

  clause("T4/own", "what one request does to that Set, no other sees", async (engine) => {
    await using server = await served(engine, (_request: Request, { supports }: Context) => {
      const answer = new Response([...supports].sort().join());
      const names = supports as Set<string>;
      for (const change of [() => names.add("trailers"), () => names.delete("stream"), () => names.clear()]) {
        try {
          change();
        } catch {
          // A Set that refuses to be changed is as good.
        }
      }
      return answer;
    });

    for (let i = 0; i < 3; i++) assert.equal((await server.ask(get())).text, "file,pass-through,stream,websocket");
  });

  clause("H52", "has an empty state for each request, and the app's own object for all", async (engine) => {
    const boots: unknown[] = [];
    const contexts: Context[] = [];
    const app = {
      start(boot: { app: Record<PropertyKey, unknown> }) {
        boot.app["database"] = { id: 7 };
        boots.push(boot.app);
      },
      fetch(_request: Request, context: Context) {
        contexts.push(context);
        const before = Reflect.ownKeys(context.state).length;
        context.state["user"] = context.target;
        return Response.json([before, context.state["user"], context.app["database"]]);
      },
    };
    await using server = await served(engine, app);
    await using client = await server.connect();

    for (const path of ["/a", "/b", "/c"]) {
      await client.send(get(path));
      assert.deepEqual(JSON.parse((await client.response()).text), [0, path, { id: 7 }]);
    }

    assert.equal(new Set(contexts).size, 3);
    assert.equal(new Set(contexts.map((context) => context.state)).size, 3);
    for (const context of contexts) {
      assert.equal(context.app, boots[0]);
      assert.equal(context.state, context.state);
    }
  });

  clause("M2/inherited", "may be inherited from: state and end stay those of the exchange", async (engine) => {
    const ends: string[] = [];
    await using server = await served(engine, (_request: Request, context: Context) => {
      const derived = Object.create(context) as Context;
      derived.completed.then(
        () => ends.push("completed"),
        () => ends.push("failed"),
      );
      derived.state["user"] = 7;
      return Response.json([context.state["user"], derived.state === context.state, derived.target]);
    });

    const { text } = await server.ask(get("/a"));

    assert.deepEqual(JSON.parse(text), [7, true, "/a"]);
    await until(8_000, "the end", () => ends.length === 1);
    assert.deepEqual(ends, ["completed"]);
  });

  clause("H52/none", "has one empty app object where there is no start()", async (engine) => {
    const apps = new Set<unknown>();
    await using server = await served(engine, (_request: Request, context: Context) => {
      apps.add(context.app);
      return Response.json(context.app);
    });

    for (let i = 0; i < 2; i++) assert.equal((await server.ask(get())).text, "{}");
    assert.equal(apps.size, 1);
  });
});

/** Headers of no platform: what T6 asks for and nothing else. */
const FOREIGN_CODE = `
  class Lines {
    *[Symbol.iterator]() { yield ["content-type", "text/x"]; yield ["set-cookie", "a=1, b=2"]; }
    getSetCookie() { return ["a=1", "b=2"]; }
  }
  class Answer {
    get status() { return 203; }
    get statusText() { return ""; }
    get headers() { return new Lines(); }
    get body() { return body(); }
    get bodyUsed() { return false; }
  }
  handler = (request) => request.url.endsWith("/later") ? Promise.resolve(new Answer()) : new Answer();
`;

describe("what passes for a Response", () => {
  clause("T6/plain", "a plain object with the shape of one is sent", async (engine) => {
    const plain = (body: unknown): unknown => ({
      status: 201,
      headers: new Headers({ "x-a": "1", "content-type": "text/x" }),
      body,
    });
    await using server = await served(engine, (_request: Request, context: Context) =>
      plain(context.target === "/empty" ? null : chunksOf(["he", "llo"])),
    );

    const full = await server.ask(get());
    const empty = await server.ask(get("/empty"));

    assert.deepEqual([full.status, full.field("x-a"), full.text], [201, "1", "hello"]);
    assert.deepEqual([empty.status, empty.field("x-a"), empty.text], [201, "1", ""]);
    assert.deepEqual(server.reports, []);
  });

  clause("T6/realm", "a Response of another realm is sent, at once or by a promise of that realm", async (engine) => {
    const realm = createContext({ body: () => chunksOf(["far"]), handler: null as Handler | null });
    runInContext(FOREIGN_CODE, realm);
    const { handler } = realm as { handler: Handler };
    assert.ok(!(handler(new Request("http://a/later"), {} as Context) instanceof Promise), "it is of another realm");
    await using server = await served(engine, handler);

    for (const path of ["/", "/later"]) {
      const response = await server.ask(get(path));
      assert.deepEqual([response.status, response.text, response.field("content-type")], [203, "far", "text/x"]);
      assert.deepEqual(response.all("set-cookie"), ["a=1", "b=2"]);
    }
    assert.deepEqual(server.reports, []);
  });

  clause("T6/checked", "what it holds is checked all the same", async (engine) => {
    const entry = ["x-a", "1\r\nx-injected: 1"];
    const headers = { [Symbol.iterator]: () => [entry].values(), getSetCookie: () => [] };
    await using server = await served(engine, () => ({ status: 200, headers, body: null }));

    const response = await server.ask(get());

    assert.equal(response.status, 500);
    assert.equal(response.field("x-injected"), null);
    assert.equal(server.reports.length, 1);
  });
});

describe("passThrough()", () => {
  clause("D7", "is a 404 like any other for the client", async (engine) => {
    await using server = await served(engine, (_request: Request, context: Context) =>
      context.passThrough({ headers: { "x-from": "inner" } }),
    );

    const response = await server.ask(get());

    assert.deepEqual([response.status, response.text, response.field("x-from")], [404, "", "inner"]);
    assert.deepEqual(server.reports, []);
  });

  clause("D7/tag", "carries a tag by which an outer handler goes on", async (engine) => {
    const inner: Handler = (_request, context) =>
      context.target === "/mine" ? new Response("inner") : context.passThrough();
    const notFound = new Response("not mine", { status: 404 });
    const tags: unknown[] = [];
    await using server = await served(engine, async (request: Request, context: Context) => {
      const answer = await inner(request, context);
      tags.push(Reflect.get(answer, PASS_THROUGH), answer instanceof Response, answer.status);
      return Reflect.get(answer, PASS_THROUGH) === true ? new Response("outer") : answer;
    });

    assert.equal((await server.ask(get("/mine"))).text, "inner");
    assert.equal((await server.ask(get("/other"))).text, "outer");
    assert.deepEqual(tags, [undefined, true, 200, true, true, 404]);
    assert.equal(Reflect.get(notFound, PASS_THROUGH), undefined);
  });

  clause("D7/copy", "loses its tag in a copy, which is then a plain 404", async (engine) => {
    let tag: unknown = "unset";
    await using server = await served(engine, (_request: Request, context: Context) => {
      const answer = context.passThrough();
      const copy = new Response(answer.body, answer);
      tag = Reflect.get(copy, PASS_THROUGH);
      return copy;
    });

    assert.equal((await server.ask(get())).status, 404);
    assert.equal(tag, undefined);
  });
});
