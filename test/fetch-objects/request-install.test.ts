import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createRequest, installFastRequest } from "../../src/engine/request.ts";
import { exchangeOf } from "./request-pair.ts";

const NEEDS_INSTALL = Number.parseInt(process.versions.node, 10) >= 24;
const POST = { method: "POST", chunks: ["Hel", "lo"] };

const requestBefore = Object.getOwnPropertyDescriptor(globalThis, "Request");
const fetchBefore = Object.getOwnPropertyDescriptor(globalThis, "fetch");

describe("installFastRequest", () => {
  it("leaves the globals alone where a lazy Request passes without it", { skip: NEEDS_INSTALL }, () => {
    const undo = installFastRequest();

    assert.deepEqual(globals(), [requestBefore, fetchBefore]);
    undo();
    assert.deepEqual(globals(), [requestBefore, fetchBefore]);
  });

  it("keeps the attributes of the globals and restores them", { skip: !NEEDS_INSTALL }, () => {
    const undo = installFastRequest();
    const [request, fetch] = globals();
    const constructor = Request.prototype.constructor;
    undo();

    assert.notEqual(request?.value, requestBefore?.value);
    assert.equal(constructor, request?.value);
    assert.equal(Request.prototype.constructor, Request);
    assert.deepEqual({ ...request, value: 0 }, { ...requestBefore, value: 0 });
    assert.deepEqual({ ...fetch, value: 0 }, { ...fetchBefore, value: 0 });
    assert.deepEqual(globals(), [requestBefore, fetchBefore]);
  });

  it("counts: the last undo restores, and one undo counts once", { skip: !NEEDS_INSTALL }, () => {
    const first = installFastRequest();
    const installed = globalThis.Request;
    const second = installFastRequest();

    first();
    first();
    const between = globalThis.Request;
    second();

    assert.equal(between, installed);
    assert.deepEqual(globals(), [requestBefore, fetchBefore]);
  });

  it("leaves a global alone that somebody replaced since", { skip: !NEEDS_INSTALL }, () => {
    const undo = installFastRequest();
    class Theirs extends Request {}
    globalThis.Request = Theirs;

    undo();
    const after = globalThis.Request;
    Object.defineProperty(globalThis, "Request", requestBefore!);

    assert.equal(after, Theirs);
    assert.deepEqual(globals(), [requestBefore, fetchBefore]);
  });

  it("lets instanceof hold in both directions, whenever an object was made", () => {
    const genuine = new Request("http://site.example/");
    const Before = globalThis.Request;
    const undo = installFastRequest();
    const lazy = createRequest(exchangeOf());
    const during = new Request("http://site.example/");

    const holds = [genuine, lazy, during].every((request) => request instanceof Request && request instanceof Before);
    undo();

    assert.ok(holds);
    assert.ok(lazy instanceof Request && during instanceof Request);
  });

  it("keeps the Request in front a class like the one behind", () => {
    const undo = installFastRequest();
    const { name, length } = Request;
    const errors = [() => new Request(...([] as unknown as [string])), () => (Request as unknown as () => void)()];

    for (const call of errors) assert.throws(call, TypeError);
    undo();

    assert.deepEqual([name, length], [Request.name, Request.length]);
  });
});

describe("H15: a Request where nothing is installed", () => {
  it("works wherever a Request does", async () => {
    const make = (): Request => createRequest(exchangeOf({ ...POST, fields: ["x-a", "1"] }));

    assert.ok(make() instanceof Request);
    assert.equal(await new Request(make()).text(), "Hello");
    assert.equal(await new Request("http://other.example/", make()).text(), "Hello");
    assert.equal(await Request.prototype.clone.call(make()).text(), "Hello");
    assert.equal(make().headers.get("X-A"), "1");
    await assert.rejects(
      fetch(new Request(make(), { signal: AbortSignal.abort("stop") })),
      (error) => error === "stop",
    );
  });

  it("is genuine exactly where a lazy one would not pass", () => {
    const isGenuine = isBranded(createRequest(exchangeOf()).headers);
    const undo = installFastRequest();
    const isGenuineInstalled = isBranded(createRequest(exchangeOf()).headers);
    undo();

    assert.equal(isGenuine, NEEDS_INSTALL);
    assert.equal(isGenuineInstalled, false);
  });
});

function globals(): (PropertyDescriptor | undefined)[] {
  return ["Request", "fetch"].map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
}

function isBranded(headers: Headers): boolean {
  try {
    Headers.prototype.has.call(headers, "x");
    return true;
  } catch {
    return false;
  }
}
