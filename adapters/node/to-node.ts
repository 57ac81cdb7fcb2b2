// A contract app as what node:http, Express and connect call: a `(req, res, next)` listener.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { App, Handler } from "../../src/index.ts";
import { nodeListenerHost } from "../../src/internal.ts";
import type { ToNodeOptions } from "./options.ts";
import { originOf, remember } from "./round-trip.ts";

/** How long `close()` waits for requests in flight, unless told otherwise. */
const CLOSE_DEADLINE_MS = 30_000;

/** A listener for `http.createServer()`, and a middleware for Express, connect and polka. */
export interface NodeListener {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Waits for requests in flight, then runs the app's `stop()`. What is left after `deadlineMs` (30,000) is cut. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/**
 * Turns a contract app (a function `(request, context) => Response`, or an object with `fetch`) into a Node listener, with
 * the guards, streaming and backpressure of the node engine.
 *
 * As a middleware it passes on to `next` what the app calls not its own (`context.passThrough()`), and `next(error)` gets
 * what the app throws, unless the app has an `error()` of its own. It sees `req.url` as the framework left it: without the
 * mount path. The app's `start()` runs before its first request. The listener that `fromNode()` was given comes back as
 * it was.
 *
 * @throws ServerError `ERR_APP_INVALID`, `ERR_OPTIONS_INVALID`.
 */
export function toNode(app: Handler | App, options: ToNodeOptions = {}): NodeListener {
  const origin = originOf(app);
  if (typeof origin === "function") return origin as NodeListener;
  const host = nodeListenerHost(app, options);
  const listener = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void =>
    host.accept(request, response, next);
  const close: NodeListener["close"] = async ({ deadlineMs = CLOSE_DEADLINE_MS } = {}) => {
    await host.close(deadlineMs);
  };
  const result = Object.assign(listener, { close });
  remember(result, app);
  return result;
}
