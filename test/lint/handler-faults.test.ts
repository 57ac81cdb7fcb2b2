// Is a handler that breaks the contract caught, with the id of the statement?

import assert from "node:assert/strict";
import { setTimeout as later } from "node:timers/promises";
import { describe, it } from "node:test";
import type { MemoryRequest } from "../../src/conformance/memory-host.ts";
import type { Handler } from "../../src/index.ts";
import { until } from "../support/waiting.ts";
import { bytes, lintHandler, streamOf } from "./findings.ts";

interface Fault {
  readonly name: string;
  readonly id: string;
  readonly handler: Handler;
  readonly requests?: readonly MemoryRequest[];
}

const POST: MemoryRequest = { method: "POST", body: "content" };
const shared = new Response("shared");
const unit = new Uint8Array(8);

const withFields = (status: number, ...fields: [string, string][]): Response =>
  new Response(status === 204 || status === 304 ? null : "x", { status, headers: fields });

/** The body of a Response of another make: no platform checks its header. */
const foreign = (parts: object): Response =>
  ({ status: 200, statusText: "", headers: new Headers(), body: null, bodyUsed: false, ...parts }) as Response;

const FAULTS: readonly Fault[] = [
  { name: "returns undefined", id: "T1", handler: () => undefined as never },
  { name: "returns a string", id: "T1", handler: async () => "hello" as never },
  { name: "returns Response.error()", id: "H29", handler: () => Response.error() },
  {
    name: "reads the body twice",
    id: "H15",
    requests: [POST],
    handler: async (request) => {
      await request.text();
      return Response.json(await request.text().catch(() => null));
    },
  },
  { name: "returns one Response for two requests", id: "A1", requests: [{}, {}], handler: () => shared },
  {
    name: "returns a Response it has read itself",
    id: "A1",
    handler: async () => {
      const response = new Response("x");
      await response.text();
      return response;
    },
  },
  { name: "announces too much for a text", id: "A2", handler: () => withFields(200, ["content-length", "7"]) },
  {
    name: "announces too little for a stream",
    id: "A2",
    handler: () => new Response(streamOf([bytes("123"), bytes("456")]), { headers: { "content-length": "5" } }),
  },
  {
    name: "announces a length that is no number",
    id: "A2",
    handler: () => withFields(200, ["content-length", "+1"]),
  },
  { name: "sets Date", id: "A2", handler: () => withFields(200, ["date", "Thu, 01 Jan 1970 00:00:00 GMT"]) },
  { name: "sets Transfer-Encoding", id: "A2", handler: () => withFields(200, ["transfer-encoding", "chunked"]) },
  { name: "keeps the connection alive itself", id: "A2", handler: () => withFields(200, ["connection", "keep-alive"]) },
  { name: "puts a content-type on a 204", id: "A3", handler: () => withFields(204, ["content-type", "text/plain"]) },
  {
    name: "joins two cookies",
    id: "A4",
    handler: () => withFields(200, ["set-cookie", "a=1; Path=/, b=2; Path=/"]),
  },
  {
    name: "lets a header smuggle a line",
    id: "H30",
    handler: () => {
      const lines = [["x-a", "1\r\nx-b: 2"]];
      return foreign({
        headers: {
          [Symbol.iterator]: () => lines[Symbol.iterator](),
          getSetCookie: () => [],
          has: () => false,
          get: () => null,
        },
      });
    },
  },
  { name: "streams text", id: "A5", handler: () => new Response(streamOf([bytes("a"), "text"])) },
  { name: "streams an empty chunk", id: "A5", handler: () => new Response(streamOf([bytes("a"), new Uint8Array()])) },
  {
    name: "fills one buffer again and again",
    id: "A5",
    handler: () => {
      let count = 0;
      const pull = (controller: ReadableStreamDefaultController): void => {
        count += 1;
        if (count > 5) return controller.close();
        return controller.enqueue(unit.fill(count));
      };
      return new Response(new ReadableStream({ pull }));
    },
  },
  {
    name: "relays what says gzip and is none",
    id: "A6",
    handler: () => new Response(streamOf([bytes("decoded")]), { headers: { "content-encoding": "gzip" } }),
  },
  { name: "refuses a method without Allow", id: "A10", handler: () => withFields(405) },
  { name: "asks for credentials without WWW-Authenticate", id: "A10", handler: () => withFields(401) },
  { name: "asks for an upgrade without Upgrade", id: "A10", handler: () => withFields(426) },
  {
    name: "gives waitUntil() a function",
    id: "H51",
    handler: (_request, context) => {
      try {
        context.waitUntil((() => Promise.resolve()) as never);
      } catch {
        // Refused, and caught here: the linter has seen it.
      }
      return new Response("x");
    },
  },
];

describe("a handler that", () => {
  for (const { name, id, handler, requests } of FAULTS) {
    it(`${id}: ${name} is caught`, async () => {
      const { violations } = await lintHandler(handler, requests);

      assert.deepEqual([...new Set(violations.map((violation) => violation.id))], [id]);
      assert.deepEqual([...new Set(violations.map(({ party }) => party))], ["handler"]);
    });
  }

  it("A5: forgets to stop in cancel() is caught", async () => {
    const { violations } = await lintHandler(
      () => new Response(streamOf([bytes("a"), bytes("b")], () => new Promise(() => {}))),
      [{ leaves: "mid-body" }],
    );

    await until(8_000, "the finding", () => violations.length > 0);
    assert.deepEqual(
      violations.map(({ id }) => id),
      ["A5"],
    );
  });

  it("A5: goes on producing after the cancel is caught", async () => {
    let timer: NodeJS.Timeout | undefined;
    const body = (): ReadableStream =>
      new ReadableStream({
        start(controller) {
          timer = setInterval(() => {
            try {
              controller.enqueue(bytes("tick"));
            } catch {
              // The producer does not ask why.
            }
          }, 2);
        },
      });
    const { violations } = await lintHandler(() => new Response(body()), [{ leaves: "mid-body" }]);

    await until(8_000, "the finding", () => violations.length > 0);
    clearInterval(timer);

    assert.deepEqual(
      violations.map(({ id, message }) => [id, message]),
      [["A5", "A producer goes on after its stream was cancelled."]],
    );
  });

  it("H51: calls waitUntil() after the end is caught", async () => {
    const calls: Promise<void>[] = [];
    const { violations } = await lintHandler((_request, context) => {
      calls.push(context.completed.then(() => later(1)).then(() => context.waitUntil(Promise.resolve())));
      return new Response("x");
    });

    await Promise.all(calls);
    assert.deepEqual(
      violations.map(({ id }) => id),
      ["H51"],
    );
  });

  it("A7: works on when nobody waits is told, as advice", async () => {
    const { violations } = await lintHandler(() => later(1_500, new Response("x")), [{ leaves: "before-result" }]);

    await until(8_000, "the finding", () => violations.length > 0);
    assert.deepEqual(
      violations.map(({ id, level }) => [id, level]),
      [["A7", "should"]],
    );
  });
});
