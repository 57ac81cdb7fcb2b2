// The hosts that the kit is run on: each a process of its own that serves the fixture and says on stdout where.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Program } from "./program.ts";
import { deferred, within } from "./waiting.ts";

/** Sources are compiled anew, on a machine that is busy with other tests. */
const START_MS = 60_000;
const STOP_MS = 10_000;

export interface JudgedHost {
  /** As in lists of deviations. */
  readonly name: string;
  readonly title: string;
  readonly isOurs: boolean;
  /** The list of deviations, relative to the root of the repository. */
  readonly deviations: string;
  readonly command: readonly string[];
}

export interface RunningHost extends AsyncDisposable {
  readonly url: string;
  /** Name and version of the host, as it says. */
  readonly about: string;
  /** What it wrote to stderr. */
  errors(): string;
}

const PEERS = "bench/peers/node_modules";
const TSX = [process.execPath, "--import", "tsx"];

function ours(name: string, title: string, ...rest: string[]): JudgedHost {
  return { name, title, isOurs: true, deviations: "deviations.json", command: [...TSX, script("ours"), ...rest] };
}

function foreign(name: string, title: string, ...program: string[]): JudgedHost {
  const deviations = `test/conformance/hosts/${name}.deviations.json`;
  return { name, title, isOurs: false, deviations, command: [...program, script(name)] };
}

export const HOSTS: readonly JudgedHost[] = [
  ours("uws", "easyserver, uws engine", "uws"),
  ours("node", "easyserver, node engine", "node"),
  ours("to-node", "toNode() on node:http", "to-node"),
  foreign("bun", "Bun.serve", root(`${PEERS}/@oven/bun-linux-x64/bin/bun`), "run"),
  foreign("deno", "Deno.serve", root(`${PEERS}/@deno/linux-x64-glibc/deno`), "run", "--no-check", "--allow-all"),
  foreign("srvx", "srvx on Node", ...TSX),
];

/** Whose parser srvx takes: the list of its deviations was made on it. */
const NODE_OF_SRVX = "20";

/** Why the list about `host` says nothing here, or `null`. */
export function otherwise({ name }: JudgedHost): string | null {
  const [major] = process.versions.node.split(".");
  return name === "srvx" && major !== NODE_OF_SRVX ? `the list about srvx was made on Node ${NODE_OF_SRVX}` : null;
}

/** Why `host` cannot run on this machine, or `null`. */
export function obstacle({ title, command }: JudgedHost): string | null {
  const [program = ""] = command;
  return existsSync(program) ? null : `${title} has no build for this platform (${program} is missing)`;
}

function root(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

function script(name: string): string {
  return root(`test/conformance/hosts/${name}.ts`);
}

/** Starts `host`. It ends when it is disposed of, and with this process. */
export async function startHost({ title, command }: JudgedHost): Promise<RunningHost> {
  const [program = "", ...rest] = command;
  const env = { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "", NO_COLOR: "1" };
  const child: ChildProcess = spawn(program, rest, { cwd: root(""), env, stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-10_000);
  });
  const said = deferred<{ url: string; about: string }>();
  createInterface({ input: child.stdout! }).on("line", (line) => {
    if (line.startsWith("{")) said.resolve(JSON.parse(line) as { url: string; about: string });
  });
  const running = new Program(title, child);
  const news = await running.whenReady(START_MS, said.promise);
  return {
    ...news,
    errors: () => errors,
    async [Symbol.asyncDispose]() {
      // It ends with its input, and takes the files that it made along.
      child.stdin?.end();
      await within(STOP_MS, `the end of ${title}`, running.exited).catch(() => running.end());
    },
  };
}
