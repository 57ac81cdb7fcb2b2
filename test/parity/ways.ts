// In which ways is a probe served? On node:http, which is right by definition, and through the bridge.

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fromExpress } from "../../adapters/express.ts";
import { adopt, fromNode } from "../../adapters/node.ts";
import { type App, type Handler, serve } from "../../src/index.ts";
import { lint, type Violation } from "../../src/lint.ts";
import { collecting } from "../lint/findings.ts";
import { type EngineName, UWS_OBSTACLE } from "../support/engines.ts";
import type { Probe } from "./probe.ts";
import type { Depth } from "./recorder.ts";

export interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

export interface Way {
  readonly name: string;
  /** Why events of request and of response are compared each for themselves, and not in which order they were mixed. */
  readonly loose?: string;
  readonly depth: Depth;
  serve(listener: RequestListener, kind: Probe["kind"]): Promise<Running>;
}

export const ON_NODE_HTTP: Way = { name: "node:http", depth: "whole", serve: servedByNode };

const ANSWERED_LATER = "'finish' comes when the host has taken the Response, which is after the call.";

const ALL_WAYS: readonly Way[] = [
  { name: "uws", depth: "whole", serve: (listener, kind) => served(handlerOf(listener, kind), "uws") },
  { name: "uws, untouched", depth: "light", serve: (listener, kind) => served(handlerOf(listener, kind), "uws") },
  { name: "uws, armoured", depth: "whole", serve: (listener) => served(armoured(listener), "uws") },
  { name: "uws, adopted", depth: "whole", serve: servedByAdopted },
  { name: "node", depth: "whole", serve: (listener, kind) => served(handlerOf(listener, kind), "node") },
  {
    name: "fetch",
    loose: ANSWERED_LATER,
    depth: "whole",
    serve: (listener, kind) => servedToStrangers(handlerOf(listener, kind), kind),
  },
  {
    name: "fetch, armoured",
    loose: ANSWERED_LATER,
    depth: "whole",
    serve: (listener, kind) => servedToStrangers(armoured(listener), kind),
  },
];

export const WAYS: readonly Way[] = ALL_WAYS.filter(({ name }) => UWS_OBSTACLE === null || name === "node");

function handlerOf(listener: RequestListener, kind: Probe["kind"]): App {
  return kind === "express" ? fromExpress(listener) : fromNode(listener);
}

/** A function of which the bridge knows nothing: it may re-parent what it is given. */
function armoured(listener: RequestListener): App {
  return fromNode((request, response) => listener(request, response));
}

/** What is left of an adapter's app in a host that only knows the contract: no symbols. */
function strangers(app: App): App {
  const members = Object.entries(app) as [keyof App, unknown][];
  const bound = members.map(([name, member]) => [name, typeof member === "function" ? member.bind(app) : member]);
  return Object.fromEntries(bound) as unknown as App;
}

async function served(app: App | Handler, engine: EngineName): Promise<Running> {
  const server = await serve(app, { host: "127.0.0.1", port: 0, log: "off", engine, handleSignals: false });
  return { port: server.port, stop: () => server.close({ deadlineMs: 0 }) };
}

/**
 * The linter watches: what the adapter makes of an app has to keep the contract. Not of Express here, whose pages about
 * errors show a stack, and in it the linter's async context.
 */
async function servedToStrangers(app: App, kind: Probe["kind"]): Promise<Running> {
  if (kind === "express") return served(strangers(app), "uws");
  const violations: Violation[] = [];
  const running = await served(lint(strangers(app), collecting(violations)), "uws");
  return {
    port: running.port,
    async stop() {
      await running.stop();
      assert.deepEqual(
        violations.filter(({ level }) => level === "must"),
        [],
      );
    },
  };
}

async function servedByAdopted(listener: RequestListener): Promise<Running> {
  return listening(adopt(createServer(listener)));
}

async function servedByNode(listener: RequestListener): Promise<Running> {
  return listening(createServer(listener));
}

async function listening(server: ReturnType<typeof createServer>): Promise<Running> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
