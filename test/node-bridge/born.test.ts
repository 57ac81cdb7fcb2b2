// The node engine gives an Express app Node's own objects, born with the app's prototypes where that is quicker.

import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";

import express from "express";

import { RawClient } from "../support/raw-client.ts";
import { bridged } from "./bridged.ts";

const GAINS = Number.parseInt(process.versions.node, 10) < 24;

describe("An Express app on the node engine", () => {
  it("gets requests and responses of its own kind, before it has touched them", async () => {
    const app = express();
    const seen: unknown[] = [];
    const { handle } = app as unknown as { handle: (...args: never[]) => unknown };
    Object.assign(app, {
      handle(request: object, response: object, ...rest: never[]): unknown {
        seen.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
        assert.ok(request instanceof IncomingMessage && response instanceof ServerResponse);
        return Reflect.apply(handle, app, [request, response, ...rest] as never[]);
      },
    });
    app.get("/", (request, response) => void response.json([request.listenerCount("error"), request.constructor.name]));
    await using server = await bridged("node", app);

    const answer: unknown = await (await fetch(`http://127.0.0.1:${server.port}/`)).json();

    assert.deepEqual(answer, [0, "IncomingMessage"]);
    const own = GAINS ? [app.request, app.response] : [IncomingMessage.prototype, ServerResponse.prototype];
    assert.ok(seen[0] === own[0] && seen[1] === own[1]);
  });

  it("has no part in answers that are not its own, whatever it has made of its responses", async () => {
    const app = express();
    const { response } = app as unknown as { response: ServerResponse };
    response.writeHead = (): never => {
      throw new Error("This is about answers of the app.");
    };
    await using server = await bridged("node", app);

    await using client = await RawClient.connect(server.port);

    await client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");

    assert.equal((await client.response()).status, 400);
    assert.deepEqual(server.reports, []);
  });
});
