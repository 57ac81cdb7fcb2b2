// Is the light class the global one exactly while it is installed?

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { GenuineResponse, installFastResponse, LightResponse, replyFrom } from "../../src/engine/response.ts";

const before = Object.getOwnPropertyDescriptor(globalThis, "Response");

describe("installFastResponse", () => {
  const undos: (() => void)[] = [];
  const install = (): (() => void) => {
    const undo = installFastResponse();
    undos.push(undo);
    return undo;
  };

  afterEach(() => {
    for (const undo of undos.splice(0)) undo();
    assert.equal(globalThis.Response, GenuineResponse);
  });

  it("changes nothing because the module was loaded", () => {
    assert.equal(globalThis.Response, GenuineResponse);
    assert.notEqual(GenuineResponse, LightResponse);
  });

  it("puts the light class where the platform's was, with the same attributes, and takes it away again", () => {
    const undo = install();

    assert.equal(Response, LightResponse);
    assert.deepEqual(Object.getOwnPropertyDescriptor(globalThis, "Response"), { ...before, value: LightResponse });

    undo();

    assert.equal(Response, GenuineResponse);
    assert.deepEqual(Object.getOwnPropertyDescriptor(globalThis, "Response"), { ...before, value: GenuineResponse });
  });

  it("stays until the last of several installs is undone, each of them once", () => {
    const [first, second] = [install(), install()];

    first();
    first();
    assert.equal(Response, LightResponse);

    second();
    assert.equal(Response, GenuineResponse);
    second();
    assert.equal(Response, GenuineResponse);
    install();
    assert.equal(Response, LightResponse);
  });

  it("leaves alone what somebody else has put there since", () => {
    const undo = install();
    class Other extends GenuineResponse {}
    globalThis.Response = Other;

    undo();

    assert.equal(globalThis.Response, Other);
    globalThis.Response = GenuineResponse;
  });

  it("keeps instanceof true for Responses made before, during and after", () => {
    const early = new Response("a");
    const undo = install();
    const light = new Response("b");

    assert.ok(early instanceof Response && light instanceof Response);
    undo();
    assert.ok(early instanceof Response && light instanceof Response);
    assert.equal(replyFrom(light, "GET").body, "b");
  });

  it("T6: has the result of fetch as an instance, and accepts it as a reply", async () => {
    install();
    const upstream = createServer((_request, response) => response.end("from upstream"));
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const { port } = upstream.address() as AddressInfo;

    const fetched = await fetch(`http://127.0.0.1:${port}/`);
    const copy = new Response(fetched.body, fetched);
    upstream.close();

    assert.ok(fetched instanceof Response);
    assert.equal(replyFrom(copy, "GET").status, 200);
  });
});
