// How is a server started on its own core, and how is it ended? One process for each server and load.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { argumentsFor, type ServerSpec } from "./servers.ts";

/** The core of all servers; the sender has core 1. */
const CORE = "0";
/** A server that has not announced itself by then never will. */
const START_MS = 15_000;

export interface ServerProcess {
  readonly pid: number;
  readonly origin: string;
  /** What the server says it is. */
  readonly version: string;
  stop(): Promise<void>;
}

/** A process on the servers' core, with its output in pipes. It ends with the bench, however that ends. */
export interface PinnedProcess {
  readonly child: ChildProcess;
  /** Kills it and waits until it is gone. */
  readonly stop: () => Promise<void>;
}

const running = new Set<ChildProcess>();

/** Where servers put what they write: they are ended before they can remove it. */
let folder = "";

/** Starts `server` for `load` on `node`, if it is a program for Node, and waits until it listens. @throws Error with its output when it does not. */
export async function startServer(server: ServerSpec, load: string, node?: string): Promise<ServerProcess> {
  const { child, stop } = spawnPinned(argumentsFor(server, load, node));
  try {
    const { port, version } = await announcement(child, server.title, load);
    const scheme = server.group === "https" ? "https" : "http";
    return { pid: child.pid as number, origin: `${scheme}://127.0.0.1:${port}`, version, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts `command` on the servers' core. */
export function spawnPinned(command: readonly string[]): PinnedProcess {
  endWithUs();
  const child = spawn("taskset", ["-c", CORE, ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "production", NO_COLOR: "1", TMPDIR: folder },
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  void ended.then(() => running.delete(child));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  return { child, stop };
}

let isEnding = false;

/** No server may outlive the bench, however that ends. */
function endWithUs(): void {
  if (isEnding) return;
  isEnding = true;
  folder = mkdtempSync(join(tmpdir(), "bench-servers-"));
  process.once("exit", () => {
    for (const child of running) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
}

interface Announcement {
  readonly port: number;
  readonly version: string;
}

function announcement(child: ChildProcess, title: string, load: string): Promise<Announcement> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${title} ${what} for "${load}". ${said.join("\n")}`.trim()));
    const timer = setTimeout(() => fail(`did not listen within ${START_MS} ms`), START_MS);
    child.once("error", (error) => fail(`could not be started (${error.message})`));
    child.once("close", () => fail("ended before it listened"));
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
      // A server that complains all day must not fill our memory.
      if (said.length < 50) said.push(part);
    });
    createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> }).on("line", (line) => {
      const found = parseAnnouncement(line);
      if (found === null) {
        if (said.length < 50) said.push(line);
        return;
      }
      clearTimeout(timer);
      resolve(found);
    });
    child.once("close", () => clearTimeout(timer));
  });
}

/** The line by which a bench server says that it listens, or `null` for any other line. */
export function parseAnnouncement(line: string): Announcement | null {
  if (!line.startsWith('{"ready":true,')) return null;
  return JSON.parse(line) as Announcement;
}
