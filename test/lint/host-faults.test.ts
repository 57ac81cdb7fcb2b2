// Is a host that breaks the contract caught? A host without a wire is bent in one place for each test.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryContext } from "../../src/conformance/memory-context.ts";
import { memoryRequest, type MemoryRequest } from "../../src/conformance/memory-request.ts";
import type { App, Context, Handler } from "../../src/index.ts";
import { lint, type Violation } from "../../src/lint.ts";
import { until } from "../support/waiting.ts";
import { bytes, collecting, hello, streamOf } from "./findings.ts";

const POST: MemoryRequest = { method: "POST", body: "content" };

/** A Request and its Context as a host makes them, and the end of their exchange. */
function exchange(init: MemoryRequest = {}): { request: Request; context: MemoryContext; abort: () => void } {
  const upload = memoryRequest(init);
  const share = {
    app: {},
    supports: new Set<never>(),
    pending: new Set<Promise<void>>(),
    patienceMs: 1_000,
    enoughBytes: 1,
    report() {},
  };
  const context = new MemoryContext(upload, share);
  return { request: upload.request, context, abort: () => upload.controller.abort() };
}

/** The Context of an exchange with some members told differently. */
function bent(context: Context, members: object): Context {
  return Object.create(context, Object.getOwnPropertyDescriptors(members)) as Context;
}

interface Fault {
  readonly name: string;
  readonly id: string;
  readonly call: (handler: Handler) => unknown;
}

const FAULTS: readonly Fault[] = [
  {
    name: "passes no Context",
    id: "T1",
    call: (handler) => (handler as (request: Request) => unknown)(exchange().request),
  },
  {
    name: "passes a third argument",
    id: "T1",
    call(handler) {
      const { request, context } = exchange();
      return (handler as (...args: unknown[]) => unknown)(request, context, {});
    },
  },
  { name: "speaks of another Request", id: "T1", call: bentCall({ request: new Request("http://memory.example/") }) },
  { name: "names a feature without its member", id: "T4", call: bentCall({ supports: new Set(["websocket"]) }) },
  { name: "has a member without its feature", id: "T4", call: bentCall({ sendInformational() {} }) },
  { name: "speaks another version", id: "T5", call: bentCall({ contract: 2 }) },
  { name: "has another signal than its Request", id: "H25", call: bentCall({ signal: new AbortController().signal }) },
  { name: "starts with a used state", id: "H52", call: bentCall({ state: { user: 7 } }) },
  {
    name: "invents an address",
    id: "H50",
    call: bentCall({ peer: { address: "::ffff:192.0.2.1", port: 1, family: "IPv6" } }),
  },
  { name: "has no raw target", id: "H10", call: bentCall({ target: undefined }) },
  { name: "takes the URL from elsewhere", id: "H8", call: bentCall({ target: "/other" }) },
  {
    name: "shows the connection",
    id: "H13",
    call: requestCall("http://memory.example/", { headers: { "keep-alive": "1" } }),
  },
  {
    name: "dispatches what a Request would change",
    id: "H4",
    call(handler) {
      const { request, context } = exchange();
      return handler(Object.defineProperty(request, "method", { value: "get" }), context);
    },
  },
  { name: "leaves a fragment in the URL", id: "H5", call: requestCall("http://memory.example/#a", {}) },
  {
    name: "takes Host from another request",
    id: "H3",
    call: requestCall("http://memory.example/", { headers: { host: "other.example" } }),
  },
  {
    name: "passes an ambiguous length",
    id: "H1",
    call: requestCall("http://memory.example/", { headers: { "content-length": "5, 6" } }),
  },
  {
    name: "gives one Request to two calls",
    id: "H18",
    call(handler) {
      const { request, context } = exchange();
      handler(request, context);
      return handler(request, bent(context, { state: {} }));
    },
  },
];

function bentCall(members: object): Fault["call"] {
  return (handler) => {
    const { request, context } = exchange();
    return handler(request, bent(context, members));
  };
}

function requestCall(url: string, init: RequestInit): Fault["call"] {
  return (handler) => {
    const { context } = exchange();
    const request = new Request(url, init);
    return handler(request, bent(context, { request, signal: request.signal }));
  };
}

describe("a host that", () => {
  for (const { name, id, call } of FAULTS) {
    it(`${id}: ${name} is caught`, () => {
      const violations: Violation[] = [];

      call(lint(hello, collecting(violations)));

      assert.deepEqual([...new Set(violations.map((violation) => violation.id))], [id]);
      assert.deepEqual([...new Set(violations.map(({ party }) => party))], ["host"]);
    });
  }

  it("H20: ends a broken body cleanly is caught", async () => {
    const violations: Violation[] = [];
    const { request, context } = exchange({ ...POST, fields: [["content-length", "9"]] });
    const reading = lint(async (given: Request) => {
      const body = await given.arrayBuffer();
      return new Response(String(body.byteLength));
    }, collecting(violations));

    await reading(request, context);

    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["H20", "host"]],
    );
  });

  it("H26: aborts after the end is caught", async () => {
    const violations: Violation[] = [];
    const { request, context, abort } = exchange();
    lint(hello, collecting(violations))(request, context);

    MemoryContext.finish(context, null);
    await context.completed;
    abort();

    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["H26", "host"]],
    );
  });

  it("H25: reads on after its client has left is caught", async () => {
    const violations: Violation[] = [];
    const { request, context, abort } = exchange();
    const endless = lint(() => new Response(streamOf(Array(50).fill(bytes("x")))), collecting(violations));
    const response = await endless(request, context);
    await response.body!.getReader().read();

    abort();

    await until(8_000, "the finding", () => violations.length > 0);
    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["H25", "host"]],
    );
  });

  it("H35: reads the body of a HEAD is caught", async () => {
    const violations: Violation[] = [];
    const { request, context } = exchange({ method: "HEAD" });
    const response = await lint(() => new Response(streamOf([bytes("a"), bytes("b")])), collecting(violations))(
      request,
      context,
    );

    const reader = response.body!.getReader();
    while (!(await reader.read()).done);

    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["H35", "host"]],
    );
  });

  it("H46: asks error() twice is caught", async () => {
    const violations: Violation[] = [];
    const { request, context } = exchange();
    const app: App = lint({ fetch: hello, error: () => new Response(null, { status: 503 }) }, collecting(violations));
    await app.fetch(request, context);

    for (let i = 0; i < 2; i++) await app.error?.(new Error("late"), request, context);

    assert.deepEqual(
      violations.map(({ id, party }) => [id, party]),
      [["H46", "host"]],
    );
  });

  it("H54, H55: mixes up the order of a life is caught", async () => {
    const violations: Violation[] = [];
    const app = lint({ fetch: hello, start() {} }, collecting(violations));
    const before = exchange();
    const after = exchange();

    await app.fetch(before.request, before.context);
    await app.start?.({ contract: 1, app: {} });
    await app.stop?.({ reason: "close" });
    await app.fetch(after.request, after.context);
    await app.stop?.({ reason: "close" });

    assert.deepEqual(
      violations.map(({ id }) => id),
      ["H54", "H55", "H54"],
    );
  });
});

describe("a handler that uses what its host offers", () => {
  /** What a linter says of this handler, on a host that can upgrade and inform. */
  async function violationsOfUse(handler: Handler): Promise<string[]> {
    const violations: Violation[] = [];
    const { request, context } = exchange({ fields: [["sec-websocket-protocol", "chat, superchat"]] });
    const offering = bent(context, {
      supports: new Set(["websocket", "informational"]),
      upgradeWebSocket: () => ({
        socket: {},
        response: new Response(null, { status: 426, headers: { upgrade: "websocket" } }),
      }),
      sendInformational() {},
    });

    await lint(handler, collecting(violations))(request, offering);
    return violations.map(({ id, party }) => `${id} ${party}`);
  }

  it("A9: chooses a subprotocol that was not offered is caught, one that was is not", async () => {
    const choosing = (protocol: string): Handler => {
      return (_request, context) => context.upgradeWebSocket!({ protocol }).response;
    };

    assert.deepEqual(await violationsOfUse(choosing("mqtt")), ["A9 handler"]);
    assert.deepEqual(await violationsOfUse(choosing("superchat")), []);
  });

  it("H65: informs with a final status is caught, with 103 it is not", async () => {
    const informing = (status: number): Handler => {
      return (_request, context) => {
        context.sendInformational!(status, { link: "</style.css>; rel=preload" });
        return new Response("x");
      };
    };

    assert.deepEqual(await violationsOfUse(informing(200)), ["H65 handler"]);
    assert.deepEqual(await violationsOfUse(informing(103)), []);
  });
});
