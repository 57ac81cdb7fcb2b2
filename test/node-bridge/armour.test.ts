// Does a response for a listener nobody knows carry all that it needs? Whatever hangs on a prototype may be taken from it.

import assert from "node:assert/strict";
import { IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import { describe, it } from "node:test";

import { outgoingMethods } from "../../adapters/node/outgoing.ts";
import { fieldMethods } from "../../adapters/node/outgoing-fields.ts";
import { bridged } from "./bridged.ts";

describe("an armoured pair", () => {
  it("has every method that sends as its own, and keeps fields in Node's store", async () => {
    const missing: string[] = [];
    const listener: RequestListener = (_request, response) => {
      for (const key of Object.keys(outgoingMethods)) {
        const isField = key in fieldMethods || key === "setHeaders";
        if (!isField && !Object.hasOwn(response, key)) missing.push(key);
      }
      response.end();
    };
    await using server = await bridged("armoured", listener);

    assert.equal((await fetch(`http://127.0.0.1:${server.port}/`)).status, 200);
    assert.deepEqual(missing, []);
  });

  it("answers after both objects were given other prototypes, and has a socket there", async () => {
    const listener: RequestListener = (request, response) => {
      Object.setPrototypeOf(request, Object.create(IncomingMessage.prototype, { isOther: { value: true } }) as object);
      Object.setPrototypeOf(response, Object.create(ServerResponse.prototype, { isOther: { value: true } }) as object);
      response.setHeader("x-peer", request.socket.remoteAddress ?? "");
      response.setHeader("x-same", String(request.socket === response.socket && request.socket === request.connection));
      response.write("one ");
      response.end("two");
    };
    await using server = await bridged("armoured", listener);
    const response = await fetch(`http://127.0.0.1:${server.port}/`);

    assert.equal(await response.text(), "one two");
    assert.equal(response.headers.get("x-peer"), "127.0.0.1");
    assert.equal(response.headers.get("x-same"), "true");
  });
});
