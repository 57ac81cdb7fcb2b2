// One `(req, res)` app on node:http and through every way of the bridge.

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

import { fromExpress } from "../../adapters/express.ts";
import { fromNode } from "../../adapters/node.ts";
import type { App, ServeOptions } from "../../src/index.ts";
import { serve } from "../../src/index.ts";
import { lint, type Violation } from "../../src/lint.ts";
import { loggerTo } from "../host/served.ts";
import { collecting } from "../lint/findings.ts";
import { isExpressApp } from "../../adapters/node/splice.ts";

/** `genuine` is node:http itself; the others differ in the objects, and in what carries the bytes. */
export type Way = "genuine" | "fast" | "armoured" | "fetch" | "node";

export const WAYS: readonly Way[] = ["genuine", "fast", "armoured", "fetch", "node"];

/** The ways on which the objects are ours. */
export const OURS: readonly Way[] = ["fast", "armoured", "fetch"];

export interface Bridged extends AsyncDisposable {
  readonly port: number;
  /** What the server reported. */
  readonly reports: unknown[];
}

/** Serves `listener`. What is an app like any other is watched by the linter, and the end rejects with what it found. */
export async function bridged(way: Way, listener: object, options: ServeOptions = {}): Promise<Bridged> {
  if (way === "genuine") return genuine(listener as RequestListener);
  const reports: unknown[] = [];
  const violations: Violation[] = [];
  const server = await serve(adapted(way, listener, violations), {
    engine: way === "node" ? "node" : "uws",
    host: "127.0.0.1",
    port: 0,
    log: "off",
    handleSignals: false,
    logger: loggerTo(reports),
    ...options,
  });
  return {
    port: server.port,
    reports,
    async [Symbol.asyncDispose]() {
      await server.close({ deadlineMs: 100 });
      assert.deepEqual(
        violations.filter(({ level }) => level === "must"),
        [],
      );
    },
  };
}

function adapted(way: Way, listener: object, violations: Violation[]): App {
  if (way === "armoured") {
    return fromNode((request, response) => (listener as RequestListener)(request, response), { objects: "unknown" });
  }
  const app = isExpressApp(listener) ? fromExpress(listener) : fromNode(listener, { objects: "plain" });
  // Without its native entry it is an app as any host sees it.
  return way === "fetch" ? lint({ fetch: app.fetch.bind(app) }, collecting(violations)) : app;
}

async function genuine(listener: RequestListener): Promise<Bridged> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    reports: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
