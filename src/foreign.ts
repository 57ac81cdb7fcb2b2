// Is this an app of a framework that speaks `(req, res)`? Such an app is adapted on the way in, so that nobody has to.

import type { Server } from "node:http";
import type { App } from "./contract.ts";

/** Kinds that are recognised, in the order in which they are looked for. */
export type ForeignKind = "express" | "koa" | "fastify" | "server";

/** A compiled CommonJS module is the default of its namespace, and the app the default of that. */
const DEFAULTS = 2;

export interface Foreign {
  readonly kind: ForeignKind;
  readonly app: object;
}

/**
 * What `value` is, or `null` when it is nothing of the sort. Never by `fn.length` (an Express app takes three), and by
 * presence before value: in some routers every missing property reads as a function. Whatever has a `fetch` is no case for
 * an adapter, and a bare function is a fetch handler.
 */
export function foreignApp(value: unknown): Foreign | null {
  let found = value;
  for (let depth = 0; ; depth++) {
    if (!isObject(found) || "fetch" in found) return null;
    const kind = kindOf(found);
    if (kind !== null) return { kind, app: found };
    if (depth === DEFAULTS || typeof found === "function" || !("default" in found)) return null;
    found = found["default"];
  }
}

/** Loads the adapter for it: here and nowhere else the server reaches for one (docs/decisions/032-recognised-apps.md). */
export async function adaptForeign({ kind, app }: Foreign): Promise<App> {
  if (kind === "express" && "request" in app) {
    const { fromExpress } = await import("../adapters/express.ts");
    return fromExpress(app);
  }
  const { fromNode } = await import("../adapters/node.ts");
  if (kind !== "server") return fromNode(app);
  const server = app as Server;
  // One listener is called as it is: an Express app among them keeps its speed.
  const [listener, ...more] = server.listeners("request");
  if (listener !== undefined && more.length === 0) return fromNode(listener);
  return fromNode((request, response) => server.emit("request", request, response));
}

function kindOf(value: Readonly<Record<string, unknown>>): ForeignKind | null {
  if (typeof value === "function") {
    // connect's apps, which have a stack and no settings, go the way of any listener.
    if (has(value, "handle") && (has(value, "set") || "stack" in value)) return "express";
    return null;
  }
  if (has(value, "callback") && has(value, "use") && "middleware" in value) return "koa";
  if (has(value, "routing") && has(value, "ready")) return "fastify";
  return has(value, "listen") && has(value, "emit") && has(value, "setTimeout") && "requestTimeout" in value
    ? "server"
    : null;
}

function has(value: Readonly<Record<string, unknown>>, name: string): boolean {
  return name in value && typeof value[name] === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
