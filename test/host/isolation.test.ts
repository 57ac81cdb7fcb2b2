// H9, H10, H18: can a stranger's fields, or another request, change what a handler sees of its own?

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe } from "node:test";
import type { Context } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { deferred, within } from "../support/waiting.ts";
import { served } from "./served.ts";

const FORGED = [
  "X-Forwarded-For: 203.0.113.9",
  "X-Forwarded-For: 203.0.113.9, 198.51.100.1",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: evil.example",
  "X-Forwarded-Port: 443",
  "X-Forwarded-Prefix: /evil",
  "X-Forwarded-Server: evil.example",
  "X-Real-IP: 203.0.113.9",
  "X-Client-IP: 203.0.113.9",
  "True-Client-IP: 203.0.113.9",
  "CF-Connecting-IP: 203.0.113.9",
  "X-Forwarded-Ssl: on",
  "Front-End-Https: on",
  "X-Original-URL: /evil",
  "X-Rewrite-URL: /evil",
  "X-HTTP-Method-Override: DELETE",
  'Forwarded: for=203.0.113.9;proto=https;host="evil.example";by=203.0.113.1',
];

describe("a stranger's fields", () => {
  clause("H9/each", "no forwarding field changes the URL, the method or an address", async (engine) => {
    const handler = (request: Request, { remote, peer, local, tls, target }: Context): Response =>
      Response.json([request.url, request.method, target, remote?.address, peer?.address, local?.address, tls]);
    await using server = await served(engine, handler);
    const truth = ["http://a.example/a", "GET", "/a", "127.0.0.1", "127.0.0.1", "127.0.0.1", null];

    for (const lines of [...FORGED.map((line) => [line]), FORGED.filter((line) => !line.includes(", "))]) {
      const response = await server.ask(get("/a", lines));
      assert.deepEqual(JSON.parse(response.text), truth, lines.join("; "));
    }
  });

  clause("H9/visible", "they reach the handler as what they are: fields", async (engine) => {
    await using server = await served(
      engine,
      (request: Request) => new Response(request.headers.get("x-forwarded-proto")),
    );

    assert.equal((await server.ask(get("/", ["X-Forwarded-Proto: https"]))).text, "https");
  });

  clause("H10/raw", "the target is told as it was sent, before and after an await", async (engine) => {
    await using server = await served(engine, async (request: Request, context: Context) => {
      const first = context.target;
      void request.url;
      await new Promise(setImmediate);
      return Response.json([first, context.target]);
    });

    for (const target of ["/a/%2e%2e/b?x=%20", "/a//b/./../c", "/%41%2F?", "/?a?b&&=", "/~'()*!$,;:@"]) {
      assert.deepEqual(JSON.parse((await server.ask(get(target))).text), [target, target]);
    }
  });
});

function hello(path: string, host: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Id: ${host}\r\n\r\n`;
}

/** What a handler sees of its own request, now. */
function facts(request: Request, context: Context): string {
  return [request.url, request.headers.get("host"), request.headers.get("x-id"), context.target].join(" ");
}

describe("requests at the same time", () => {
  clause("H18/parallel", "each sees its own Host, URL and fields, whatever the order they end in", async (engine) => {
    const count = 24;
    const waiting: (() => void)[] = [];
    const all = deferred();
    await using server = await served(engine, async (request: Request, context: Context) => {
      const lazily = request.clone();
      const go = deferred();
      waiting.push(go.resolve);
      if (waiting.length === count) all.resolve();
      await go.promise;
      const first = facts(request, context);
      await new Promise(setImmediate);
      return new Response([first, facts(request, context), facts(lazily, context)].join("\n"));
    });

    const answers = Array.from({ length: count }, async (_, i) => {
      await using client = await server.connect();
      await client.send(hello(`/${i}`, `h${i}.example`));
      return (await client.response()).text;
    });
    await within(5_000, "all handlers", all.promise);
    for (const [i, go] of waiting.entries()) if (i % 2 === 1) go();
    for (const go of waiting.toReversed()) go();

    for (const [i, text] of (await Promise.all(answers)).entries()) {
      const own = `http://h${i}.example/${i} h${i}.example h${i}.example /${i}`;
      assert.equal(text, [own, own, own].join("\n"));
    }
  });

  clause("H18/turns", "on one connection an earlier request keeps its own after a later one came", async (engine) => {
    const kept: [Request, Context][] = [];
    await using server = await served(engine, (request: Request, context: Context) => {
      kept.push([request, context]);
      return new Response("ok");
    });
    await using client = await server.connect();

    for (let i = 0; i < 6; i++) {
      await client.send(hello(`/${i}`, `h${i}.example`));
      await client.response();
    }

    for (const [i, [request, context]] of kept.entries()) {
      assert.equal(facts(request, context), `http://h${i}.example/${i} h${i}.example h${i}.example /${i}`);
    }
    assert.equal(new Set(kept.flat()).size, 12);
  });

  clause("H18/run", "a value of AsyncLocalStorage.run is seen by its own request alone", async (engine) => {
    const storage = new AsyncLocalStorage<string>();
    const strangers: unknown[] = [];
    await using server = await served(engine, (_request: Request, context: Context) => {
      strangers.push(storage.getStore());
      return storage.run(context.target, async () => {
        await new Promise(setImmediate);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return new Response(storage.getStore());
      });
    });

    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => (await server.ask(get(`/${i}`))).text),
    );

    assert.deepEqual(
      answers,
      answers.map((_, i) => `/${i}`),
    );
    assert.deepEqual(new Set(strangers), new Set([undefined]));
  });

  clause("H18/enter", "a value of AsyncLocalStorage.enterWith ends with its request", async (engine) => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await using server = await served(engine, (_request: Request, context: Context) => {
      seen.push(storage.getStore());
      storage.enterWith(context.target);
      if (context.target.endsWith("throw")) throw new Error("after enterWith");
      if (context.target.endsWith("sync")) return new Response(storage.getStore());
      return new Promise((resolve) => {
        setImmediate(() => resolve(new Response(storage.getStore())));
      });
    });
    const paths = ["/1/sync", "/2/later", "/3/throw", "/4/later", "/5/sync"];

    await using client = await server.connect();
    for (const path of paths) {
      await client.send(get(path));
      const { text, status } = await client.response();
      if (status === 200) assert.equal(text, path);
      await server.ask(get(path));
    }

    assert.equal(seen.length, 10);
    assert.deepEqual(new Set(seen), new Set([undefined]));
  });
});
