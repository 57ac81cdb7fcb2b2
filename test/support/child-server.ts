// A server in a process of its own: what kills it is seen as its death, and what it costs can be measured from outside.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ServeOptions } from "../../src/index.ts";
import { packed } from "./built.ts";
import type { EngineName } from "./engines.ts";
import { isListening } from "./ports.ts";
import { Program } from "./program.ts";
import { RawClient } from "./raw-client.ts";
import { deferred, within } from "./waiting.ts";

const MAIN = new URL("child-main.ts", import.meta.url);
const APPS = new URL("../hazards/", import.meta.url);

/** Starting compiles the sources anew, on a machine that is busy with other tests. */
const START_MS = 60_000;

const STOP_MS = 10_000;

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export interface ChildOptions {
  /** A module of this folder's sibling `hazards` whose export `handler` is served. */
  readonly app?: string;
  readonly serve?: Pick<
    ServeOptions,
    "port" | "maxBodyBytes" | "shutdownMs" | "handlerMs" | "writeStallMs" | "bodyIdleMs"
  >;
  /** Limit of open files. */
  readonly openFiles?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What the server says of itself. */
export interface Stats {
  /** Messages of what it reported, in order. */
  readonly reports: readonly string[];
  /** Targets that reached the handler since the last question. */
  readonly targets: readonly string[];
}

export class ChildServer implements AsyncDisposable {
  readonly engine: EngineName;
  readonly pid: number;
  /** Fulfils when the process is gone. */
  readonly exited: Promise<Exit>;
  /** 0 when it did not start: `failure` then says why. */
  port = 0;
  failure: string | null = null;
  exit: Exit | null = null;
  /** What it wrote to stderr. */
  errors = "";
  private readonly process: ChildProcess;
  private probe: RawClient | null = null;

  private constructor(engine: EngineName, child: ChildProcess) {
    this.engine = engine;
    this.process = child;
    this.pid = child.pid ?? 0;
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
  }

  /** Fulfils when it listens, or when it said why it does not. */
  static async start(engine: EngineName, options: ChildOptions = {}): Promise<ChildServer> {
    const [main, app] = packed(MAIN, new URL(options.app ?? "app.ts", APPS));
    const settings = JSON.stringify({ app: app.href, serve: { engine, ...options.serve } });
    const child = spawnNode([fileURLToPath(main), settings], options.openFiles);
    const server = new ChildServer(engine, child);
    const said = deferred<string>();
    createInterface({ input: child.stdout! }).once("line", said.resolve);
    const line = await new Program("the server", child).whenReady(START_MS, said.promise);
    const news = JSON.parse(line) as Partial<ChildServer>;
    server.port = news.port ?? 0;
    server.failure = news.failure ?? null;
    return server;
  }

  connect(options?: { isPaused?: boolean }): Promise<RawClient> {
    return RawClient.connect(this.port, options);
  }

  /** Whether nobody listens on its port any more. */
  isRefusing(): boolean {
    return !isListening(this.port);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** One good request on a new connection is answered, and nothing was written to stderr. */
  async assertServes(): Promise<void> {
    assert.equal(this.exit, null, this.condition);
    await using client = await this.connect();
    await client.send("GET /__alive HTTP/1.1\r\nHost: a.example\r\n\r\n");
    assert.equal((await client.response({ withinMs: STOP_MS })).text, "alive");
    assert.equal(this.errors, "", "stderr");
  }

  /**
   * Fulfils when the server has taken what was in its sockets at the time of the call: a loop that polls all of them
   * answers this question after what came before it.
   */
  async barrier(): Promise<void> {
    assert.equal(this.exit, null, this.condition);
    if (this.probe?.isOpen !== true) this.probe = await this.connect();
    await this.probe.send("GET /__alive HTTP/1.1\r\nHost: a.example\r\n\r\n");
    await this.probe.response({ withinMs: STOP_MS });
  }

  async stats(): Promise<Stats> {
    await using client = await this.connect();
    await client.send("GET /__stats HTTP/1.1\r\nHost: a.example\r\n\r\n");
    return JSON.parse((await client.response({ withinMs: STOP_MS })).text) as Stats;
  }

  get residentBytes(): number {
    return this.memory("VmRSS");
  }

  /** The most it ever used. */
  get peakBytes(): number {
    return this.memory("VmHWM");
  }

  get processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "latin1").split(" ");
    return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
  }

  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** One line about how it is, for the messages of tests. */
  get condition(): string {
    const state = this.exit === null ? "runs" : `died: ${JSON.stringify(this.exit)}`;
    return `the server ${state} ${this.errors}`.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.probe?.leave();
    this.process.kill("SIGKILL");
    await within(STOP_MS, "the end of the server", this.exited);
  }

  private memory(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "latin1");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  }
}

function spawnNode(parameters: string[], openFiles: number | undefined): ChildProcess {
  // The child ends when its standard input does: it does not outlive the test that started it.
  const stdio = ["pipe", "pipe", "pipe"] as const;
  const env = { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" };
  if (openFiles === undefined) return spawn(process.execPath, parameters, { stdio: [...stdio], env });
  const script = `ulimit -n ${openFiles}; exec "$0" "$@"`;
  return spawn("bash", ["-c", script, process.execPath, ...parameters], { stdio: [...stdio], env });
}
