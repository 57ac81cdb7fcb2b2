// How is a module loaded that may be an app, or a program that opens a port by itself? Whatever it opens is served instead.

import cluster from "node:cluster";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { ServerError } from "../errors.ts";
import { captureProgram } from "../foreign.ts";
import type { App } from "../index.ts";
import { environment } from "../options.ts";
import { loadModule } from "./load-module.ts";

type Exports = Readonly<Record<string, unknown>>;

/** What loading came to: exports that were taken for an app, or the server that the program told to listen. */
export type Loaded = { readonly exports: Exports } | { readonly program: App };

export interface Loading {
  readonly file: string;
  readonly shownAs: string;
  /** Is there an app among the exports? One that has a `fetch` goes before the server of the same program. */
  readonly accepts: (exports: Exports) => "fetch" | "other" | null;
  /** Fulfils when nothing is left that could open a port. */
  readonly drained: () => Promise<unknown>;
}

/** A program that connects to its database first takes a while; whoever waits is told for what. */
const HINT_MS = 10_000;

/** What a program does at its end by itself may take that long. */
const FAREWELL_MS = 10_000;

/** The listener by which the server itself stops. */
const OURS = 1;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Waits until the module exports an app, or tells an http.Server to listen. @throws ServerError as `loadModule` does. */
export async function loadProgram({ file, shownAs, accepts, drained }: Loading): Promise<Loaded> {
  const captured = new Captured();
  actAsMain(file);
  await captureProgram({
    port: Number(environment()["PORT"] ?? "") || null,
    found: (app) => captured.settle(app),
    left: (port) => {
      const place = port === null || port === 0 ? "elsewhere" : `on port ${port}`;
      process.stderr.write(`easyserver: the program also listens ${place}, by itself; that is not what is served.\n`);
    },
  });
  const loading = loadModule(file, shownAs);
  // A module that awaits its own `listen()` is not loaded before its port is open, which it never is by itself.
  const exports = await Promise.race([loading, captured.app.then(turn)]);
  if (exports === null) loading.catch(crash);
  else {
    const kind = accepts(exports);
    await turn();
    if (kind === "fetch" || (kind === "other" && captured.found === null)) return { exports };
  }
  const program = (await captured.found) ?? (await waited(captured.app, drained, shownAs));
  return program === null ? { exports: exports ?? {} } : { program: patient(program) };
}

/**
 * Many open their port only in the file that Node was started with, which they know by `process.argv[1]`, or by `require.main`,
 * which is what `process.mainModule` is while a module is compiled. Arguments after the file are ours, and none of the program's.
 */
function actAsMain(file: string): void {
  const main = realpathSync(file);
  // A program that forks itself starts this command once more: that is kept before the arguments are the program's.
  if (cluster.isPrimary) cluster.setupPrimary();
  process.argv.splice(1, process.argv.length, main);
  const { cache } = createRequire(main);
  Object.defineProperty(process, "mainModule", { configurable: true, enumerable: true, get: () => cache[main] });
}

class Captured {
  found: Promise<App> | null = null;
  readonly app: Promise<App>;
  settle!: (app: Promise<App>) => void;

  constructor() {
    this.app = new Promise((resolve) => {
      this.settle = (app) => {
        this.found = app;
        resolve(app);
      };
    });
  }
}

/** After what the module does in the turn in which it is loaded. */
function turn(): Promise<null> {
  return new Promise((resolve) => {
    setImmediate(resolve, null);
  });
}

/** As a module that fails ends a process of Node's own. */
function crash(error: unknown): void {
  process.nextTick(() => {
    throw error instanceof ServerError && error.cause instanceof Error ? error.cause : error;
  });
}

async function waited(captured: Promise<App>, drained: Loading["drained"], shownAs: string): Promise<App | null> {
  const hint = setTimeout(() => {
    process.stderr.write(
      `easyserver: "${shownAs}" exports no app; still waiting for it to call listen() of an http server.\n`,
    );
  }, HINT_MS);
  hint.unref();
  try {
    return await Promise.race([captured, drained().then(() => null)]);
  } finally {
    clearTimeout(hint);
  }
}

/** Node has nothing left to do: neither a port nor anything that could lead to one. */
export function whenDrained(): Promise<unknown> {
  return new Promise((resolve) => {
    process.once("beforeExit", resolve);
  });
}

/**
 * A program that listens for signals has an end of its own (shutdown hooks, a pool to close): it gets the time for it when its
 * server has stopped, and ends the process by whatever means it does that.
 */
function patient(program: App): App {
  return {
    ...program,
    async stop(info) {
      await program.stop?.(info);
      // Its own listener may have been the first to end the server, so that the reason is no signal.
      if (!SIGNALS.some((name) => process.listenerCount(name) > OURS)) return;
      for (const name of SIGNALS) process.prependOnceListener(name, () => process.exit(0));
      await new Promise<void>((resolve) => {
        void whenDrained().then(() => resolve());
        setTimeout(resolve, FAREWELL_MS).unref();
      });
    },
  };
}
