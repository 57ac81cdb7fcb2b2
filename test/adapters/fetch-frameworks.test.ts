// Do the real frameworks run unchanged? Each over a real socket, on both engines.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { fromFetch } from "../../adapters/fetch.ts";
import { serve, type Server } from "../../src/index.ts";
import { lint, type Violation } from "../../src/lint.ts";
import { collecting } from "../lint/findings.ts";
import { unknownFaults } from "../lint/known-faults.ts";
import { FRAMEWORK_APPS } from "./framework-apps.js";

const ENGINES = ["uws", "node"] as const;

/** Holds the second half of a stream back. */
class Gate {
  readonly opened: Promise<void>;
  open: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(5_000) });

for (const engine of ENGINES) {
  for (const [name, makeApp] of Object.entries(FRAMEWORK_APPS)) {
    describe(`${name} on the ${engine} engine`, () => {
      const state: { server?: Server; gate: Gate; violations: Violation[] } = { gate: new Gate(), violations: [] };
      const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
        fetch(new URL(path, state.server?.url), { ...soon(), ...init });

      beforeEach(async () => {
        Object.assign(state, { gate: new Gate(), violations: [] });
        const app = lint(fromFetch(makeApp(state.gate)), collecting(state.violations));
        state.server = await serve(app, { engine, host: "127.0.0.1", port: 0, log: "off", handleSignals: false });
        assert.equal(state.server.engine.name, engine);
      });
      afterEach(async () => {
        state.gate.open();
        await state.server?.close();
        assert.deepEqual(unknownFaults(name, state.violations), []);
      });

      it("finds the route and its parameter", async () => {
        const response = await ask("/hello/Ada?x=1");

        assert.equal(response.status, 200);
        assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
        assert.deepEqual(await response.json(), { hello: "Ada" });
      });

      it("reads a JSON body", async () => {
        const sent = { text: "é".repeat(20_000), list: [1, 2, 3] };
        const headers = { "content-type": "application/json" };

        const response = await ask("/echo", { method: "POST", headers, body: JSON.stringify(sent) });

        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), sent);
      });

      it("streams: the first half arrives before the second exists", async () => {
        const response = await ask("/stream");
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();

        const first = await reader?.read();
        state.gate.open();
        const second = await reader?.read();

        assert.deepEqual([first?.value, second?.value], ["first ", "second"]);
        assert.equal((await reader?.read())?.done, true);
      });

      it("tells the client's address in the framework's own way", async () => {
        assert.equal(await (await ask("/address")).text(), "127.0.0.1");
      });

      it("H31: two cookies stay two lines", async () => {
        const response = await ask("/cookies");

        assert.equal(response.status, 204);
        assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
      });

      it("answers a throwing handler with 500, without its message, and goes on", async () => {
        const response = await ask("/fail");

        assert.equal(response.status, 500);
        assert.doesNotMatch(await response.text(), /canary/);
        assert.equal((await ask("/hello/again")).status, 200);
      });

      it("answers an unknown path with 404", async () => {
        const response = await ask("/nowhere");
        await response.arrayBuffer();

        assert.equal(response.status, 404);
      });
    });
  }
}
