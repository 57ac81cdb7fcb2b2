// Is this an app of a framework that speaks `(req, res)`? Such an app is adapted on the way in, so that nobody has to.

import type { Server } from "node:http";
import type { NestApp } from "../adapters/nest.ts";
import type { FromNextOptions, NextServer } from "../adapters/next.ts";
import type { ServerBuild } from "../adapters/react-router.ts";
import type { App } from "./contract.ts";
import { ServerError } from "./errors.ts";

/** Kinds that are recognised, in the order in which they are looked for. */
export type ForeignKind = "nest" | "next" | "express" | "koa" | "fastify" | "server";

/** What a user can say that an app is. */
export type NamedKind = "express" | "nest" | "next" | "fetch" | "node";

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
  if (kind === "nest") {
    const { fromNest } = await import("../adapters/nest.ts");
    return fromNest(app as NestApp);
  }
  if (kind === "next") {
    const { fromNext } = await import("../adapters/next.ts");
    return fromNext(app as NextServer);
  }
  if (kind === "server") {
    const { appFromServer } = await import("../adapters/node/server-app.ts");
    return appFromServer(app as Server, undefined);
  }
  const { fromNode } = await import("../adapters/node.ts");
  return fromNode(app);
}

/** `value` as the kind of app that its user says it is. @throws ServerError `ERR_APP_INVALID` where it cannot be. */
export async function adaptNamed(kind: Exclude<NamedKind, "fetch">, value: object): Promise<object> {
  const foreign = foreignApp(value);
  if (kind === "express") return (await import("../adapters/express.ts")).fromExpress(foreign?.app ?? value);
  if (kind === "node" && foreign === null) return (await import("../adapters/node.ts")).fromNode(value);
  if (kind === "node" || foreign?.kind === kind) return adaptForeign(foreign as Foreign);
  throw new ServerError("ERR_APP_INVALID", `--as ${kind} was given, but what the module exports is no such app.`);
}

/** A Next project, which is not called by way of a module. @throws ServerError as the adapter does */
export async function adaptNextProject(options: FromNextOptions): Promise<App> {
  const { fromNext } = await import("../adapters/next.ts");
  return fromNext(options);
}

/** By what `react-router-serve` and `remix-serve` read of it. */
export function isServerBuild(exports: object): exports is ServerBuild {
  const names = ["entry", "routes", "assets", "publicPath", "assetsBuildDirectory"];
  return !("fetch" in exports) && names.every((name) => name in exports);
}

/** A server build of React Router or Remix that was loaded from `file`. @throws ServerError as the adapter does */
export async function adaptServerBuild(build: ServerBuild, file: string): Promise<App> {
  const { fromServerBuild } = await import("../adapters/react-router.ts");
  return fromServerBuild(build, file);
}

/** What is known of a program, and who is told of its servers. */
export interface ProgramCapture {
  /** The port that it was told to open, in its environment. */
  readonly port: number | null;
  readonly found: (app: Promise<App>) => void;
  /** It opens another port by itself. */
  readonly left: (port: number | null) => void;
}

/**
 * Lets the program that is loaded next call `listen()` without opening a port: the server goes to `found`, as an app that
 * `serve()` takes.
 */
export async function captureProgram({ port, found, left }: ProgramCapture): Promise<void> {
  const { captureServer } = await import("../adapters/node/captured-server.ts");
  captureServer({ port, left, found: (server) => found(adaptForeign({ kind: "server", app: server })) });
}

function kindOf(value: Readonly<Record<string, unknown>>): ForeignKind | null {
  if (has(value, "getHttpAdapter") && has(value, "getHttpServer")) return "nest";
  if (has(value, "getRequestHandler") && has(value, "prepare")) return "next";
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
