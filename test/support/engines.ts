// A real server per test, on each engine, that counts what reaches its handler and proves at the end that it still serves.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { it } from "node:test";
import { type App, type Handler, serve, type ServeOptions } from "../../src/index.ts";
import { type Octets, RawClient } from "./raw-client.ts";
import type { RawResponse } from "./raw-response.ts";

export type EngineName = "uws" | "node";

/** Why there are no tests of the engine uws: no build of it is installed for this Node. CI has one, or fails. */
export const UWS_OBSTACLE: string | null = uwsObstacle();

export const ENGINES: readonly EngineName[] = UWS_OBSTACLE === null ? ["uws", "node"] : ["node"];

if (UWS_OBSTACLE !== null) it("on the engine uws", { skip: UWS_OBSTACLE }, () => {});

/** A path that the handler under test never sees. */
const ALIVE = "/__alive";

export interface Started extends AsyncDisposable {
  readonly port: number;
  /** Targets the handler was called with, in order. */
  readonly targets: string[];
  /** What the server reported, and to nobody else. */
  readonly reports: unknown[];
  connect(options?: { isPaused?: boolean }): Promise<RawClient>;
  /** One request on a connection of its own. */
  ask(octets: Octets, options?: { isHead?: boolean }): Promise<RawResponse>;
  close(): Promise<void>;
}

/** Serves `app` on a free port of 127.0.0.1. Disposing it asks once more on a new connection, then stops. */
export async function start(engine: EngineName, app: Handler | App, options: ServeOptions = {}): Promise<Started> {
  const targets: string[] = [];
  const reports: unknown[] = [];
  const { fetch: handler, ...hooks } = typeof app === "function" ? { fetch: app } : app;
  const counted: Handler = (request, context) => {
    if (context.target === ALIVE) return new Response("alive");
    targets.push(context.target);
    return handler(request, context);
  };
  const server = await serve(
    { ...hooks, fetch: counted },
    {
      engine,
      host: "127.0.0.1",
      port: 0,
      log: "off",
      handleSignals: false,
      logger: collector(reports),
      ...options,
    },
  );
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await server.close({ deadlineMs: 100 });
  };
  return {
    port: server.port,
    targets,
    reports,
    connect: (how) => RawClient.connect(server.port, how),
    ask: async (octets, how) => {
      await using client = await RawClient.connect(server.port);
      await client.send(octets);
      return await client.finalResponse(how);
    },
    close,
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      try {
        await assertAlive(server.port);
      } finally {
        await close();
      }
    },
  };
}

/** Looks and does not load: the first who loads the addon decides about the length of heads. */
function uwsObstacle(): string | null {
  if (process.env["CI"] !== undefined) return null;
  const { resolve } = createRequire(import.meta.url);
  const [major = ""] = process.versions.node.split(".");
  const platform = `@uwsjs/${process.platform}-${process.arch}-${major}`;
  const isInstalled = ["uWebSockets.js", platform, `${platform}-compat`].some((name) => {
    try {
      return resolve(name) !== "";
    } catch {
      return false;
    }
  });
  return isInstalled ? null : `no build of uWebSockets.js for Node ${major} is installed`;
}

async function assertAlive(port: number): Promise<void> {
  await using client = await RawClient.connect(port);
  await client.send(`GET ${ALIVE} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
  const response = await client.response();
  assert.equal(response.text, "alive", "the server serves the next connection");
}

function collector(reports: unknown[]): NonNullable<ServeOptions["logger"]> {
  const collect = (entry: unknown): void => {
    reports.push(typeof entry === "object" && entry !== null && "err" in entry ? entry.err : entry);
  };
  const logger: NonNullable<ServeOptions["logger"]> = {
    info: () => {},
    warn: () => {},
    error: collect,
    child: () => logger,
  };
  return logger;
}
