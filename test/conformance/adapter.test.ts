// Does a Node app see and do the same through our adapter as on node:http, and would the kit notice if not?

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { fromNode } from "../../adapters/node.ts";
import { type AdapterOptions, judgeAdapter, type Report } from "../../src/conformance.ts";
import { type App, serve, type ServeOptions } from "../../src/index.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { deferred } from "../support/waiting.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Enough for a host on this machine, also while other tests run. */
const PATIENCE_MS = 5_000;

const logger: NonNullable<ServeOptions["logger"]> = {
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => logger,
};

function hostOf(engine: EngineName): AdapterOptions["host"] {
  const settings = { engine, host: "127.0.0.1", port: 0, log: "off", handleSignals: false, logger } as const;
  return async (app) => {
    const server = await serve(app, settings);
    return { url: server.url, close: () => server.close({ deadlineMs: 100 }) };
  };
}

function differing({ cases }: Report): string[] {
  return cases.filter(({ outcome }) => outcome !== "pass").map(({ id, detail }) => `${id}: ${detail}`);
}

describe("fromNode()", { concurrency: 2 }, () => {
  for (const engine of ENGINES) {
    it(`makes no difference to a Node app on the ${engine} engine`, async () => {
      const adapt = (listener: Listener): App => fromNode(listener);

      const report = await judgeAdapter(adapt, { host: hostOf(engine), name: engine, patienceMs: PATIENCE_MS });

      assert.deepEqual(differing(report), []);
      assert.equal(report.conforms, true);
    });
  }
});

/** An adapter whose author forgot most of Node: fields in objects, no events, no errors, bodies as text. */
function hasty(listener: Listener): App {
  return {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      let text = "";
      const headers: Record<string, string> = {};
      const { promise, resolve } = deferred();
      const response = {
        statusCode: 200,
        headersSent: false,
        on: () => response,
        once: () => response,
        setHeader(name: string, value: unknown) {
          headers[name] = String(value);
          return response;
        },
        write(part: string) {
          text += part;
          return true;
        },
        end(part = "") {
          text += part;
          resolve();
        },
      };
      const given = { url: pathname, method: request.method, headers: {}, rawHeaders: [], socket: {}, on: () => given };
      try {
        listener(given as unknown as IncomingMessage, response as unknown as ServerResponse);
      } catch {
        resolve();
      }
      await Promise.race([promise, new Promise((late) => setTimeout(late, 300))]);
      return new Response(text === "" ? null : text, { status: response.statusCode, headers });
    },
  };
}

describe("the twin run", () => {
  it("names what a hasty adapter gets wrong, by statement", async () => {
    const report = await judgeAdapter(hasty, { host: hostOf("node"), patienceMs: 1_000 });

    const failed = new Set(report.cases.filter(({ outcome }) => outcome === "fail").map(({ id }) => id));
    assert.equal(report.conforms, false);
    for (const id of [
      "D2/target",
      "D2/headers",
      "D2/body",
      "D3/pipe",
      "D4/reason",
      "D4/arrays",
      "D5/cut",
      "D6/pending",
    ]) {
      assert.ok(failed.has(id), id);
    }
    assert.ok(!failed.has("D4/empty"), "an empty answer is the same");
  });

  it("holds a list of deviations to its word", async () => {
    const adapt = (listener: Listener): App => fromNode(listener);
    const deviations = [{ id: "D4/reason", reason: "it passes, in truth" }];

    const report = await judgeAdapter(adapt, { host: hostOf("node"), deviations, patienceMs: PATIENCE_MS });

    assert.equal(report.conforms, false);
    assert.equal(report.cases.find(({ id }) => id === "D4/reason")?.outcome, "unexpected-pass");
  });
});
