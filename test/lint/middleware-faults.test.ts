// Is a middleware that breaks the contract caught between two linters, and not taken for the handler?

import assert from "node:assert/strict";
import { setTimeout as later } from "node:timers/promises";
import { describe, it } from "node:test";
import type { MemoryRequest } from "../../src/conformance/memory-host.ts";
import type { Context, Handler } from "../../src/index.ts";
import { until } from "../support/waiting.ts";
import { bytes, hello, lintMiddleware, type Middleware, streamOf } from "./findings.ts";

interface Fault {
  readonly name: string;
  readonly id: string;
  readonly middleware: Middleware;
  readonly handler?: Handler;
  readonly requests?: readonly MemoryRequest[];
}

const POST: MemoryRequest = { method: "POST", body: "content" };
const streaming: Handler = () => new Response(streamOf([bytes("one"), bytes("two")]));
const reading: Handler = async (request) => new Response(await request.text());

/** What the content of `response` says, in capitals. */
async function capitals(response: Response, headers: Headers): Promise<Response> {
  return new Response(`${(await response.text()).toUpperCase()}!`, { headers });
}

const FAULTS: readonly Fault[] = [
  {
    name: "drops the Context",
    id: "M2",
    middleware: (inner) => (request) => (inner as (request: Request) => Response)(request),
  },
  {
    name: "passes a copy of the Context",
    id: "M2",
    middleware: (inner) => (request, context) => inner(request, { ...context } as Context),
  },
  {
    name: "calls the inner handler twice with one body",
    id: "M4",
    handler: () => new Response(null),
    requests: [POST],
    middleware: (inner) => async (request, context) => {
      await inner(request, context);
      return inner(request, context);
    },
  },
  {
    name: "calls the inner handler after it returned",
    id: "M4",
    middleware: (inner) => (request, context) => {
      context.waitUntil(
        later(2)
          .then(() => inner(request, context))
          .catch(() => {}),
      );
      return new Response("stale");
    },
    handler: () => new Response(null),
  },
  {
    name: "reads the body and passes the Request on",
    id: "H15",
    handler: async (request) => new Response(await request.text().catch(() => "gone")),
    requests: [POST],
    middleware: (inner) => async (request, context) => {
      await request.text();
      return inner(request, context);
    },
  },
  {
    name: "drops the inner Response",
    id: "M5",
    handler: streaming,
    middleware: (inner) => async (request, context) => {
      const response = await inner(request, context);
      return new Response(`status ${response.status}`);
    },
  },
  {
    name: "changes the content and keeps its length",
    id: "M6",
    handler: () => new Response("hello", { headers: { "content-length": "5" } }),
    middleware: (inner) => async (request, context) => {
      const response = await inner(request, context);
      return capitals(response, response.headers);
    },
  },
  {
    name: "changes a stream and keeps its ETag",
    id: "M6",
    handler: () => new Response(streamOf([bytes("one")]), { headers: { etag: '"v1"' } }),
    middleware: (inner) => async (request, context) => {
      const response = await inner(request, context);
      const added = new TransformStream({ flush: (controller) => controller.enqueue(bytes("!")) });
      return new Response(response.body!.pipeThrough(added), response);
    },
  },
  {
    name: "forwards a marked Response whose body it has started",
    id: "M8",
    handler: (_request, context) => {
      const response = context.passThrough();
      const marked = new Response("not here", { status: 404 });
      for (const mark of Object.getOwnPropertySymbols(response)) {
        if (mark === Symbol.for("fsgi.pass-through")) Object.defineProperty(marked, mark, { value: true });
      }
      return marked;
    },
    middleware: (inner) => async (request, context) => {
      const response = await inner(request, context);
      await response.text();
      return response;
    },
  },
  {
    name: "returns nothing",
    id: "T1",
    handler: () => new Response(null),
    middleware: (inner) => async (request, context) => {
      await inner(request, context);
      return undefined as never;
    },
  },
  {
    name: "sets a field of the host",
    id: "A2",
    middleware: (inner) => async (request, context) => {
      const response = await inner(request, context);
      response.headers.set("date", "Thu, 01 Jan 1970 00:00:00 GMT");
      return response;
    },
  },
];

describe("a middleware that", () => {
  for (const { name, id, middleware, handler = hello, requests } of FAULTS) {
    it(`${id}: ${name} is caught`, async () => {
      const { violations } = await lintMiddleware(middleware, handler, requests);
      await later(5);

      assert.deepEqual([...new Set(violations.map((violation) => violation.id))], [id]);
      if (id !== "H15") assert.deepEqual([...new Set(violations.map(({ party }) => party))], ["middleware"]);
    });
  }

  it("M3: makes a Request without the signal is caught when the client leaves", async () => {
    const middleware: Middleware = (inner) => (request, context) => inner(new Request(request.url), context);
    const waiting: Handler = (_request, context) =>
      new Promise((resolve) => {
        context.signal.addEventListener("abort", () => resolve(new Response(null)));
      });

    const { violations } = await lintMiddleware(middleware, waiting, [{ leaves: "before-result" }]);

    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["M3", "middleware"]],
    );
  });

  it("M7: does not pass on the cancel is caught", async () => {
    const middleware: Middleware = (inner) => async (request, context) => {
      const reader = (await inner(request, context)).body!.getReader();
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      };
      return new Response(new ReadableStream({ pull }));
    };
    const { violations } = await lintMiddleware(middleware, streaming, [{ leaves: "mid-body" }]);

    await until(8_000, "the finding", () => violations.length > 0);
    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["M7", "middleware"]],
    );
  });

  it("M1: keeps the contract is not accused by either linter", async () => {
    const middleware: Middleware = (inner) => async (request, context) => {
      const response = await inner(new Request(request, { headers: { "x-trace": "1" } }), context);
      response.headers.set("x-seen", "1");
      return response;
    };

    const { violations, exchanges } = await lintMiddleware(middleware, reading, [POST, {}]);

    assert.deepEqual(violations, []);
    assert.deepEqual(
      exchanges.map(({ status, body }) => [status, Buffer.from(body).toString()]),
      [
        [200, "content"],
        [200, ""],
      ],
    );
  });
});
