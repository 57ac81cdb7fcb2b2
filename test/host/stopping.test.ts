// H55: how does a server stop, in which order, and what happens at the deadline?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { App, StopInfo } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { isListening } from "../support/ports.ts";
import { endless } from "../support/streams.ts";
import { deferred, throughout, until, within } from "../support/waiting.ts";
import { served } from "./served.ts";

describe("close()", () => {
  clause("H55/order", "first requests, then waitUntil work, then stop(), then the end", async (engine) => {
    const order: string[] = [];
    const called = deferred();
    const request = deferred();
    const work = deferred();
    const stop = deferred();
    const app: App = {
      async fetch(_request, context) {
        context.waitUntil(work.promise.then(() => order.push("work")));
        called.resolve();
        await request.promise;
        order.push("answer");
        return new Response("ok");
      },
      async stop() {
        order.push("stop");
        await stop.promise;
        order.push("stopped");
      },
    };
    const server = await served(engine, app);
    await using client = await server.connect();
    await client.send(get());
    await within(8_000, "the handler", called.promise);

    const closing = server.server.close({ deadlineMs: 30_000 }).then(() => order.push("closed"));
    await until(8_000, "refusal", () => !isListening(server.port));
    assert.equal(order.length, 0);
    request.resolve();
    const response = await client.response();
    assert.equal(response.field("connection")?.toLowerCase(), "close");
    await throughout(30, "no stop while work is under way", () => order.join() === "answer");
    work.resolve();
    await until(8_000, "stop()", () => order.includes("stop"));
    await throughout(30, "no end before stop() has ended", () => !order.includes("closed"));
    stop.resolve();
    await within(4_000, "close()", closing);

    assert.deepEqual(order, ["answer", "work", "stop", "stopped", "closed"]);
    assert.deepEqual(await server.server.closed, { clean: true });
    assert.deepEqual(server.reports, []);
  });

  clause("H55/all", "lets every request in flight finish, streams and uploads too", async (engine) => {
    const release = deferred();
    let calls = 0;
    const server = await served(engine, async (request: Request) => {
      calls++;
      if (request.method === "POST") return new Response(await request.text());
      const parts = ["one ", "two"].map((text) => new TextEncoder().encode(text));
      return new Response(
        new ReadableStream({
          async pull(controller) {
            const part = parts.shift();
            if (part === undefined) {
              controller.close();
              return;
            }
            controller.enqueue(part);
            await release.promise;
          },
        }),
      );
    });
    await using upload = await server.connect();
    await using stream = await server.connect();
    await upload.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nhello");
    await stream.send(get());
    await until(8_000, "both requests", () => calls === 2 && stream.receivedText.includes("one"));

    const closing = server.server.close({ deadlineMs: 30_000 });
    await until(8_000, "refusal", () => !isListening(server.port));
    await upload.send("world");
    release.resolve();

    assert.equal((await upload.response()).text, "helloworld");
    assert.equal((await stream.response()).text, "one two");
    await within(4_000, "close()", closing);
    assert.deepEqual(await server.server.closed, { clean: true });
  });

  clause("H55/once", "is one stop, however often and in whatever way it is asked for", async (engine) => {
    const stops: StopInfo[] = [];
    const app: App = { fetch: () => new Response("ok"), stop: (info) => void stops.push(info) };
    const { server, ...rest } = await served(engine, app);
    await rest.ask(get());

    await Promise.all([server.close(), server.close({ deadlineMs: 0 }), server[Symbol.asyncDispose](), server.close()]);
    await server.close();
    await server[Symbol.asyncDispose]();

    assert.deepEqual(stops, [{ reason: "close" }]);
    assert.deepEqual(await server.closed, { clean: true });
  });

  clause("H55/dispose", "runs at the end of an `await using` block", async (engine) => {
    let hasStopped = false;
    let port = 0;
    {
      const started = await served(engine, { fetch: () => new Response("ok"), stop: () => void (hasStopped = true) });
      await using server = started.server;
      port = server.port;
      assert.equal((await started.ask(get())).text, "ok");
    }

    assert.equal(hasStopped, true);
    await until(8_000, "refusal", () => !isListening(port));
  });

  clause("H55/stop-fails", "resolves when stop() fails, which is reported", async (engine) => {
    for (const fail of [() => Promise.reject(new Error("stop")), () => void JSON.parse("{")]) {
      const server = await served(engine, { fetch: () => new Response("ok"), stop: fail });

      await within(4_000, "close()", server.server.close());

      assert.equal(server.reports.length, 1);
      assert.deepEqual(await server.server.closed, { clean: true });
    }
  });

  clause("H55/static", "works without an app", async (engine) => {
    const server = await served(engine, null);
    assert.equal((await server.ask(get())).status, 404);

    await within(4_000, "close()", server.server.close());

    assert.deepEqual(await server.server.closed, { clean: true });
  });
});

describe("at the deadline", () => {
  clause(
    "H55/cut",
    "what is left is cut and reported once, stop() runs once, and the end is not clean",
    async (engine) => {
      const stops: unknown[] = [];
      const signals: AbortSignal[] = [];
      const contexts: Promise<unknown>[] = [];
      const body = endless(1_000);
      const app: App = {
        fetch(request, context) {
          signals.push(request.signal);
          contexts.push(context.completed.catch(() => "rejected"));
          return context.target === "/stream" ? new Response(body.stream) : new Promise(() => {});
        },
        stop: (info) => void stops.push([info.reason, signals.every((signal) => signal.aborted)]),
      };
      const server = await served(engine, app);
      await using hanging = await server.connect();
      await using streaming = await server.connect();
      await hanging.send(get());
      await streaming.send(get("/stream"));
      await streaming.peek(10_000);
      await until(8_000, "both requests", () => signals.length === 2);
      for (const signal of signals) signal.addEventListener("abort", () => {});

      const reading = streaming.closed();
      await within(4_000, "close()", server.server.close({ deadlineMs: 50 }));

      assert.deepEqual(await server.server.closed, { clean: false });
      assert.deepEqual(stops, [["close", true]]);
      assert.deepEqual(await Promise.all(contexts), ["rejected", "rejected"]);
      await within(8_000, "the cancellation", body.cancelled.promise);
      await hanging.closed();
      await reading;
      assert.equal(hanging.receivedBytes, 0);
      assert.ok(!streaming.receivedText.endsWith("0\r\n\r\n"), "the stream seems to have ended well");
      assert.equal(server.reports.length, 1);
      assert.match((server.reports[0] as Error).message, / 2 requests and 0 pieces /);
    },
  );

  clause("H55/reason", "the signals abort with a TimeoutError or AbortError", async (engine) => {
    const reason = deferred<unknown>();
    const called = deferred();
    const server = await served(engine, (request: Request) => {
      request.signal.addEventListener("abort", () => reason.resolve(request.signal.reason));
      called.resolve();
      return new Promise(() => {});
    });
    await using client = await server.connect();
    await client.send(get());
    await within(8_000, "the handler", called.promise);

    await server.server.close({ deadlineMs: 10 });

    const { name } = (await within(8_000, "the abort", reason.promise)) as DOMException;
    assert.ok(["TimeoutError", "AbortError"].includes(name), `the reason is a ${name}`);
  });

  clause("H55/zero", "of no time at all, what is in flight is cut at once", async (engine) => {
    const called = deferred();
    const server = await served(engine, () => {
      called.resolve();
      return new Promise(() => {});
    });
    await using client = await server.connect();
    await client.send(get());
    await within(8_000, "the handler", called.promise);

    await within(4_000, "close()", server.server.close({ deadlineMs: 0 }));

    await client.closed();
    assert.deepEqual(await server.server.closed, { clean: false });
  });
});
