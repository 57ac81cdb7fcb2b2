// A server of several processes, as its operator starts it, and clients that count what they get.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { folder, listening, type Running, start } from "../cli/command.ts";
import type { EngineName } from "../support/engines.ts";
import { until } from "../support/waiting.ts";

/** Says which process answers, and does what a fault would. */
export const APP = `
const version = "v1";
export default async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/die") process.exit(7);
  if (pathname === "/compute") for (;;);
  if (pathname === "/endless") {
    console.log("endless");
    await new Promise(() => {});
  }
  if (pathname === "/slow") {
    console.log("slow");
    await new Promise((resolve) => process.once("SIGTERM", resolve));
  }
  return new Response(\`\${process.pid} \${version}\`);
};`;

export interface Several extends AsyncDisposable {
  readonly command: Running;
  readonly cwd: string;
  readonly url: string;
}

/** Starts two workers for an app, on a free port. */
export async function startSeveral(
  parameters: readonly string[] = [],
  files: Readonly<Record<string, string>> = { "app.mjs": APP },
  usual: readonly string[] = ["--host", "127.0.0.1", "--port", "0", "--workers", "2", "--log", "off"],
): Promise<Several> {
  const cwd = folder(files);
  const command = start(["app.mjs", ...usual, ...parameters], { cwd });
  const url = await listening(command);
  return { command, cwd, url, [Symbol.asyncDispose]: () => command[Symbol.asyncDispose]() };
}

/** What a connection of its own is answered, and who answers. */
export async function ask(url: string): Promise<{ readonly pid: number; readonly version: string }> {
  const [pid = "", version = ""] = (await answerOf(url, new Agent())).split(" ");
  assert.ok(Number(pid) > 0, `a process's answer: ${pid}`);
  return { pid: Number(pid), version };
}

/** A kept connection that is closed before anything of the answer came is no failure: clients ask again then (RFC 9112 section 9.3.1). */
function answerOf(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve(text)).on("error", reject);
    });
    request.on("error", (error) => (request.reusedSocket ? resolve(answerOf(url, new Agent())) : reject(error)));
  });
}

/** The processes that answer, once there are so many of them. */
export async function servingPids(url: string, count: number): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  const deadline = performance.now() + 20_000;
  while (pids.size < count) {
    assert.ok(performance.now() < deadline, `${count} processes that answer, and not only ${pids.size}`);
    pids.add((await ask(url)).pid);
  }
  return pids;
}

/** Waits until nobody is taken any more. */
export async function refuses(url: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const failure = await ask(url).then(() => "", codeOf);
    if (failure === "ECONNREFUSED") return;
    assert.ok(performance.now() < deadline, "the port is still open");
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Requests without a pause, on new connections and on kept ones, until it is told to stop. */
export class Clients {
  answered = 0;
  readonly failures: string[] = [];
  #isStopped = false;
  readonly #ends: Promise<void>[] = [];

  constructor(url: string) {
    const kept = new Agent({ keepAlive: true });
    for (let client = 0; client < 4; client++) this.#ends.push(this.#run(url, new Agent()), this.#run(url, kept));
    void Promise.all(this.#ends).then(() => kept.destroy());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#ends);
  }

  async #run(url: string, agent: Agent): Promise<void> {
    while (!this.#isStopped) {
      try {
        await answerOf(url, agent);
        this.answered++;
      } catch (error) {
        this.failures.push(codeOf(error));
      }
    }
  }
}

/** What clients got while every worker was replaced, and what they are answered afterwards. */
export interface Reloaded {
  readonly answered: number;
  readonly failures: readonly string[];
  readonly version: string;
}

/** Replaces the app, and with it the workers, under load. */
export async function reloadUnderLoad(engine: EngineName): Promise<Reloaded> {
  await using server = await startSeveral(["--engine", engine]);
  const before = await servingPids(server.url, 2);
  writeFileSync(join(server.cwd, "app.mjs"), APP.replace("v1", "v2"));
  const clients = new Clients(server.url);
  server.command.child.kill("SIGHUP");
  await until(20_000, "the reload", () => server.command.stderr().includes("reloaded: 2 workers"));
  await until(20_000, "the end of the old workers", () => ![...before].some(isRunning));
  await clients.stop();
  await servingPids(server.url, 2);
  const { answered, failures } = clients;
  return { answered, failures, version: (await ask(server.url)).version };
}
