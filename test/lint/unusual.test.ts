// Is a handler that is unusual, and right, left in peace?

import assert from "node:assert/strict";
import { setTimeout as later } from "node:timers/promises";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { MemoryRequest } from "../../src/conformance/memory-host.ts";
import type { App, Context, Handler } from "../../src/index.ts";
import { lint } from "../../src/lint.ts";
import { thenable } from "../host/thenable.ts";
import { bytes, hello, lintHandler, lintMiddleware, type Middleware, streamOf } from "./findings.ts";

interface Case {
  readonly name: string;
  readonly app: Handler | App;
  readonly requests?: readonly MemoryRequest[];
}

const POST: MemoryRequest = { method: "POST", body: "content" };
const nothing = new Response(null, { status: 404 });
const line = bytes("tick\n");

const CASES: readonly Case[] = [
  { name: "returns a thenable", app: () => thenable((resolve) => resolve(new Response("x"))) },
  {
    name: "returns a plain object with the shape of a Response",
    app: () => ({ status: 200, statusText: "", headers: new Headers(), body: null, bodyUsed: false }) as Response,
  },
  { name: "shares a Response without a body", app: () => nothing, requests: [{}, {}] },
  {
    name: "announces the exact length of a text beyond ASCII",
    app: () => new Response("é", { headers: { "content-length": "2" } }),
  },
  {
    name: "announces the exact length of a stream",
    app: () => new Response(streamOf([bytes("12"), bytes("345")]), { headers: { "content-length": "5" } }),
  },
  { name: "gives the same chunk again and again", app: () => new Response(streamOf([line, line, line])) },
  {
    name: "answers HEAD with the length of a body it does not make",
    requests: [{ method: "HEAD" }],
    app: () => new Response(null, { headers: { "content-length": "42" } }),
  },
  {
    name: "answers HEAD with an endless stream",
    requests: [{ method: "HEAD" }],
    app: () => new Response(streamOf(Array(9).fill(line))),
  },
  { name: "asks for the connection to be closed", app: () => new Response("x", { headers: { connection: "Close" } }) },
  {
    name: "sets cookies with commas in their dates",
    app: () =>
      new Response("x", {
        headers: [
          ["set-cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
          ["set-cookie", "b=2"],
        ],
      }),
  },
  {
    name: "sends what it compressed itself",
    app: () => new Response(gzipSync("x"), { headers: { "content-encoding": "gzip" } }),
  },
  {
    name: "streams what it compressed itself",
    app: () => new Response(streamOf([gzipSync("x")]), { headers: { "content-encoding": "gzip" } }),
  },
  {
    name: "sends a 304 with its validators",
    app: () => new Response(null, { status: 304, headers: { etag: '"a"', vary: "accept" } }),
  },
  { name: "resets the content", app: () => new Response(null, { status: 205 }) },
  {
    name: "refuses with all that belongs to it",
    app: () => new Response("x", { status: 405, headers: { allow: "GET" } }),
  },
  { name: "uses a status nobody knows", app: () => new Response("x", { status: 299, statusText: "Fine" }) },
  {
    name: "throws",
    app: () => {
      throw new Error("a fault of its own");
    },
  },
  {
    name: "throws a Response",
    app: () => {
      throw new Response("x", { status: 403 });
    },
  },
  {
    name: "answers for its own failures",
    app: { fetch: () => Promise.reject(new Error("x")), error: () => new Response("sorry", { status: 503 }) },
  },
  { name: "leaves error() without an answer", app: { fetch: () => Promise.reject(new Error("x")), error() {} } },
  { name: "never reads the body", app: hello, requests: [POST] },
  {
    name: "clones the request before it reads it twice",
    requests: [POST],
    app: async (request) => new Response((await request.clone().text()) + (await request.text())),
  },
  {
    name: "reads with a reader",
    requests: [POST],
    app: async (request) => {
      let size = 0;
      const reader = request.body!.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return new Response(String(size));
        size += (value as Uint8Array).byteLength;
      }
    },
  },
  { name: "echoes the body as it comes", requests: [POST], app: (request) => new Response(request.body) },
  {
    name: "reads the empty body of a GET twice",
    app: async (request) => new Response((await request.text()) + (await request.text())),
  },
  {
    name: "cancels the upload",
    requests: [POST],
    app: async (request) => {
      await request.body!.cancel();
      return new Response("enough");
    },
  },
  {
    name: "stops when its stream is cancelled",
    requests: [{ leaves: "mid-body" }],
    app: () => {
      let timer: NodeJS.Timeout | undefined;
      return new Response(
        new ReadableStream({
          start: (controller) => {
            timer = setInterval(() => controller.enqueue(line), 2);
          },
          cancel: () => clearInterval(timer),
        }),
      );
    },
  },
  {
    name: "notices the end by one refused chunk",
    requests: [{ leaves: "mid-body" }],
    app: (request) => {
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(line);
          while (!request.signal.aborted) await later(2);
          try {
            controller.enqueue(line);
          } catch {
            // Once is how a producer learns of it.
          }
        },
      });
      return new Response(body);
    },
  },
  { name: "generates its body", app: () => new Response(ReadableStream.from(generated()) as never) },
  {
    name: "works after the response",
    app: (_request, context) => {
      context.waitUntil(later(2).then(() => context.waitUntil(later(1))));
      return new Response("x");
    },
  },
  { name: "takes no argument", app: () => new Response("x") },
  { name: "says that it is not its own", app: (_request, context) => context.passThrough() },
  {
    name: "leaves things in state",
    app: (_request, context) => {
      context.state["user"] = 7;
      return Response.json(context.state);
    },
  },
  {
    name: "settles when the client leaves",
    requests: [{ leaves: "before-result" }],
    app: (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener("abort", () => resolve(new Response("nobody")));
      }),
  },
];

async function* generated(): AsyncGenerator<Uint8Array> {
  yield line;
  await later(1);
  yield line;
}

describe("a handler that is right", () => {
  for (const { name, app, requests } of CASES) {
    it(`is not accused when it ${name}`, async () => {
      const { violations } = await lintHandler(app, requests);

      assert.deepEqual(violations, []);
    });
  }
});

const MIDDLEWARES: Readonly<Record<string, Middleware>> = {
  "counts octets and keeps the length": (inner) => async (request, context) => {
    const response = await inner(request, context);
    return new Response(response.body!.pipeThrough(new TransformStream()), response);
  },
  "answers itself": () => () => new Response("cached"),
  "answers instead of the handler, and cancels": (inner) => async (request, context) => {
    const response = await inner(request, context);
    await response.body?.cancel();
    return new Response("instead");
  },
  "tries again what has no body": (inner) => async (request, context) => {
    const first = await inner(request, context);
    await first.text();
    return inner(request, context);
  },
  "passes on a Context that inherits": (inner) => (request, context) =>
    inner(request, Object.create(context, { user: { value: 7 } }) as Context),
  "reads what it got and builds it anew": (inner) => async (request, context) => {
    const response = await inner(request, context);
    const headers = new Headers(response.headers);
    for (const name of ["content-length", "etag"]) headers.delete(name);
    return new Response(`${await response.text()}!`, { headers });
  },
  "keeps a copy": (inner) => async (request, context) => {
    const response = await inner(request, context);
    context.waitUntil(response.clone().text());
    return response;
  },
  "asks another app with a Request of its own": (inner) => async (request, context) => {
    const aside = await lint(hello)(new Request("http://internal.example/"), context);
    const response = await inner(request, context);
    response.headers.append("x-aside", await aside.text());
    return response;
  },
};

describe("a middleware that is right", () => {
  for (const [name, middleware] of Object.entries(MIDDLEWARES)) {
    it(`is not accused when it ${name}`, async () => {
      const sized: Handler = () => new Response("hello", { headers: { "content-length": "5", etag: '"v"' } });
      const streaming: Handler = () => new Response(streamOf([bytes("hel"), bytes("lo")]));

      const { violations } = await lintMiddleware(middleware, name.startsWith("counts") ? streaming : sized);

      assert.deepEqual(violations, []);
    });
  }
});
