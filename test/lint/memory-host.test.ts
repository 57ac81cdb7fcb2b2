// Does the host without a wire keep the statements for hosts, and tell what it saw?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runHandler } from "../../src/conformance/handler-run.ts";
import { MemoryHost } from "../../src/conformance/memory-host.ts";
import type { Context } from "../../src/index.ts";

const encoder = new TextEncoder();

/** Chunks from a list, one for each pull. */
function stream(chunks: readonly unknown[], onCancel?: (reason: unknown) => void): Response {
  const rest = [...chunks];
  const body = new ReadableStream({
    pull(controller) {
      if (rest.length === 0) controller.close();
      else controller.enqueue(rest.shift());
    },
    cancel: (reason) => onCancel?.(reason),
  });
  return new Response(body);
}

describe("a host without a wire", () => {
  it("T1: calls with exactly two arguments, and gives the answer back as it would be sent", async () => {
    let count = 0;
    const app = function (request: Request): Response {
      count = arguments.length;
      const headers = new Headers({ "x-url": request.url });
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      return new Response("hello", { status: 201, headers });
    };
    await using host = await MemoryHost.start(app);

    const { outcome, status, fields, body } = await host.call({ target: "//a/../b?x=%20" });

    assert.deepEqual([count, outcome, status, Buffer.from(body).toString()], [2, "completed", 201, "hello"]);
    assert.equal(fields.find(([name]) => name === "x-url")?.[1], "http://memory.example//b?x=%20");
    assert.equal(fields.filter(([name]) => name === "set-cookie").length, 2);
  });

  it("H14, H13: shows a GET no body, and no handler the fields of the connection", async () => {
    const app = async (request: Request) =>
      Response.json([request.body === null, await request.text(), [...request.headers.keys()]]);
    await using host = await MemoryHost.start(app);
    const fields = [["Connection", "close, x-hop"] as const, ["X-Hop", "1"] as const, ["X-Kept", "1"] as const];

    const get = await host.call({ body: "ignored", fields });
    const post = await host.call({ method: "POST", body: "content" });

    assert.deepEqual(JSON.parse(Buffer.from(get.body).toString()), [true, "", ["content-length", "host", "x-kept"]]);
    assert.deepEqual(JSON.parse(Buffer.from(post.body).toString()).slice(0, 2), [false, "content"]);
  });

  it("H35: cancels the stream of a HEAD unread", async () => {
    const cancelled: unknown[] = [];
    await using host = await MemoryHost.start(() => stream([encoder.encode("x")], (reason) => cancelled.push(reason)));

    const { pulls, outcome, body } = await host.call({ method: "HEAD" });

    assert.deepEqual([pulls, outcome, body.byteLength, cancelled.length], [0, "completed", 0, 1]);
  });

  it("H45, H46: makes a failure a 500, unless error() has an answer", async () => {
    const fetch = (): Response => {
      throw new Error("canary");
    };
    await using plain = await MemoryHost.start({ fetch });
    await using own = await MemoryHost.start({ fetch, error: () => new Response("own", { status: 503 }) });

    const [first, second] = [await plain.call(), await own.call()];

    assert.deepEqual([first.status, first.body.byteLength, first.reports.length], [500, 0, 1]);
    assert.deepEqual([second.status, Buffer.from(second.body).toString()], [503, "own"]);
  });

  it("H38, H41: breaks off a stream that lies about its length or gives text", async () => {
    const lying = (length: number): Response => {
      const response = stream([encoder.encode("1234"), encoder.encode("56789")]);
      response.headers.set("content-length", String(length));
      return response;
    };
    await using host = await MemoryHost.start((request: Request) => {
      if (request.url.endsWith("/text")) return stream([encoder.encode("a"), "b"]);
      return lying(request.url.endsWith("/long") ? 5 : 12);
    });

    const long = await host.call({ target: "/long" });
    const short = await host.call({ target: "/short" });
    const text = await host.call({ target: "/text" });

    assert.deepEqual([long.outcome, long.body.byteLength, long.cancelled !== null], ["failed", 5, true]);
    assert.deepEqual([short.outcome, short.body.byteLength], ["failed", 9]);
    assert.deepEqual([text.outcome, text.cancelled !== null], ["failed", true]);
  });

  for (const leaves of ["before-result", "before-body", "mid-body", "during-upload"] as const) {
    it(`H25, H27, H28: a client that leaves (${leaves}) aborts the signal and rejects completed`, async () => {
      let seen: Context | undefined;
      let ended: unknown;
      const app = async (request: Request, context: Context): Promise<Response> => {
        seen = context;
        context.completed.catch((reason: unknown) => {
          ended = reason;
        });
        if (leaves === "during-upload") await request.text();
        if (leaves === "before-result") {
          await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
        }
        return stream([encoder.encode("a"), encoder.encode("b"), encoder.encode("c")]);
      };
      await using host = await MemoryHost.start(app);

      const { outcome, reports } = await host.call({ method: "POST", body: "a body", leaves });

      assert.deepEqual([outcome, reports], ["aborted", []]);
      assert.equal(seen?.signal.aborted, true);
      assert.equal((seen!.signal.reason as Error).name, "AbortError");
      assert.equal(ended, seen!.signal.reason);
    });
  }

  it("H51, H55: waits for waitUntil work before stop()", async () => {
    const events: string[] = [];
    const app = {
      fetch(_request: Request, context: Context) {
        context.waitUntil(new Promise((resolve) => setImmediate(resolve)).then(() => events.push("work")));
        assert.throws(() => context.waitUntil(7 as never), TypeError);
        return new Response(null);
      },
      stop: () => void events.push("stop"),
    };
    const host = await MemoryHost.start(app);

    await host.call();
    await host.stop();
    await host.stop();

    assert.deepEqual(events, ["work", "stop"]);
  });

  it("A8, T4: offers no optional feature unless asked to", async () => {
    const app = (_request: Request, context: Context): Response =>
      Response.json([[...context.supports], typeof context.upgradeWebSocket]);
    await using host = await MemoryHost.start(app);

    assert.equal(Buffer.from((await host.call()).body).toString(), '[[],"undefined"]');
  });

  it("T4: names the features that it was told to", async () => {
    const seen: string[][] = [];
    const app = (_request: Request, context: Context): Response => {
      seen.push([...context.supports]);
      return new Response(null);
    };
    await using host = await MemoryHost.start(app, { supports: ["file"] });
    await host.call();
    await runHandler(app, { supports: ["stream", "file"] });

    assert.deepEqual([seen[0], seen.at(-1)], [["file"], ["stream", "file"]]);
  });
});
