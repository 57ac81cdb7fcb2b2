// A contract app behind somebody else's node:http server, alone and as a middleware.

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";

import express from "express";

import { fromNode, toNode } from "../../adapters/node.ts";
import { type Context, ServerError } from "../../src/index.ts";
import { loggerTo } from "../host/served.ts";
import { RawClient } from "../support/raw-client.ts";
import { endless } from "../support/streams.ts";
import { deferred, within } from "../support/waiting.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

async function listening(listener: RequestListener): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

describe("toNode", () => {
  it("answers with what the handler returns", async () => {
    await using server = await listening(
      toNode((request) => new Response(`you asked for ${request.url}`, { status: 201, headers: { "x-a": "1" } })),
    );
    await using client = await RawClient.connect(server.port);

    await client.send(GET);
    const response = await client.response();

    assert.equal(response.status, 201);
    assert.equal(response.text, "you asked for http://a.example/");
    assert.equal(response.field("x-a"), "1");
  });

  it("streams a body through, both ways, on one connection", async () => {
    await using server = await listening(toNode((request) => new Response(request.body)));
    await using client = await RawClient.connect(server.port);

    await client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\n\r\nabc");
    await client.send("def");
    const first = await client.response();
    await client.send(GET);
    const second = await client.response();

    assert.equal(first.text, "abcdef");
    assert.equal(second.status, 200);
  });

  it("refuses what the head rules refuse, before the handler", async () => {
    let calls = 0;
    const count = (): Response => {
      calls++;
      return new Response();
    };
    await using server = await listening(toNode(count));
    await using client = await RawClient.connect(server.port);

    await client.send("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");

    assert.equal((await client.response()).status, 400);
    assert.equal(calls, 0);
  });

  it("answers 413 for a body over the limit", async () => {
    const app = toNode(async (request) => new Response(await request.text()), { maxBodyBytes: 10 });
    await using server = await listening(app);
    await using client = await RawClient.connect(server.port);

    await client.send(
      "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n",
    );

    assert.equal((await client.response()).status, 413);
  });

  it("cancels the response and aborts the signal when the client leaves", async () => {
    const body = endless();
    const aborted = deferred();
    await using server = await listening(
      toNode((request) => {
        request.signal.addEventListener("abort", () => aborted.resolve());
        return new Response(body.stream);
      }),
    );
    const client = await RawClient.connect(server.port);

    await client.send(GET);
    await client.peek(10);
    client.leave();

    await within(5_000, "the abort", aborted.promise);
    await within(5_000, "the cancel", body.cancelled.promise);
  });

  it("answers 500 for a handler that throws, and says so to the logger", async () => {
    const reports: unknown[] = [];
    const failure = new Error("broken");
    await using server = await listening(
      toNode(
        () => {
          throw failure;
        },
        { logger: loggerTo(reports) },
      ),
    );
    await using client = await RawClient.connect(server.port);

    await client.send(GET);

    assert.equal((await client.response()).status, 500);
    assert.deepEqual(reports, [failure]);
  });

  it("runs start() before the first request and stop() after the last one", async () => {
    const steps: string[] = [];
    const answer = deferred<Response>();
    const listener = toNode({
      start: ({ app }) => {
        steps.push("start");
        app["ready"] = true;
      },
      fetch: (_request: Request, context: Context) => {
        steps.push(`fetch ${String(context.app["ready"])}`);
        return answer.promise;
      },
      stop: ({ reason }) => {
        steps.push(`stop ${reason}`);
      },
    });
    await using server = await listening(listener);
    await using client = await RawClient.connect(server.port);

    await client.send(GET);
    while (steps.length < 2) await new Promise(setImmediate);
    const closed = listener.close();
    answer.resolve(new Response("late"));
    assert.equal((await client.response()).text, "late");
    await closed;

    assert.deepEqual(steps, ["start", "fetch true", "stop close"]);
  });

  it("refuses what is no app", () => {
    assert.throws(
      () => toNode({} as never),
      (error) => error instanceof ServerError && error.code === "ERR_APP_INVALID",
    );
  });
});

describe("toNode and fromNode", () => {
  it("D1: give back what they were given", () => {
    const handler = (): Response => new Response();
    const listener = (): void => {};

    assert.equal(toNode(fromNode(listener)), listener);
    assert.equal(fromNode(toNode(handler)), handler);
  });

  it("refuse what is neither", () => {
    const isRefusal = (error: unknown): boolean => error instanceof ServerError && error.code === "ERR_APP_INVALID";

    assert.throws(() => fromNode({}), isRefusal);
    assert.throws(() => fromNode(() => {}, { express: {} }), isRefusal);
  });
});

describe("toNode as a middleware of Express", () => {
  it("sees the path below its mount, and the fields that were set before it are sent", async () => {
    const app = express();
    app.use((_request, response, next) => {
      response.setHeader("x-before", "1");
      next();
    });
    app.use(
      "/api",
      toNode((request) => new Response(new URL(request.url).pathname)),
    );
    await using server = await listening(app as RequestListener);
    await using client = await RawClient.connect(server.port);

    await client.send("GET /api/things HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const response = await client.response();

    assert.equal(response.text, "/things");
    assert.equal(response.field("x-before"), "1");
  });

  it("D7: hands on what the app calls not its own", async () => {
    const app = express();
    app.use(toNode((_request, context) => context.passThrough()));
    app.post("/", express.text(), (request, response) => {
      response.send(`the next one got ${String(request.body)}`);
    });
    await using server = await listening(app as RequestListener);
    await using client = await RawClient.connect(server.port);

    await client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");

    assert.equal((await client.response()).text, "the next one got hi");
  });

  it("D5: gives next() the error that its app throws", async () => {
    const app = express();
    app.use(
      toNode(() => {
        throw new Error("from the app");
      }),
    );
    app.use(((error: Error, _request, response, _next) => {
      response.status(503).send(error.message);
    }) as express.ErrorRequestHandler);
    await using server = await listening(app as RequestListener);
    await using client = await RawClient.connect(server.port);

    await client.send(GET);
    const response = await client.response();

    assert.equal(response.status, 503);
    assert.equal(response.text, "from the app");
  });
});
