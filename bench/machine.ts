// Where is this run, and can it run here at all?

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly wrk: string;
  /** Short hash, with `-dirty` when the tree differs from it; `none` outside a repository. */
  readonly commit: string;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What a run wants besides wrk: easyserver itself, and programs from the system's packages. */
export interface Wants {
  readonly ours: boolean;
  readonly nginx?: boolean;
  readonly caddy?: boolean;
}

/** Everything that is missing, each as a sentence that says what to do. */
export function obstacles(wants: Wants): string[] {
  const missing: string[] = [];
  if (process.platform !== "linux")
    missing.push("The bench reads /proc and pins with taskset, so it runs on Linux only.");
  if (cpus().length < 2) missing.push("The bench needs two cores: one for the server, one for the sender.");
  if (!isInstalled("wrk", ["--version"])) {
    missing.push(
      "wrk is not installed. On Debian and Ubuntu: apt-get install wrk. Elsewhere build it from wg/wrk on GitHub.",
    );
  }
  if (!isInstalled("taskset", ["--version"])) missing.push("taskset is not installed. It is part of util-linux.");
  for (const [program, argument] of [
    ["nginx", "-v"],
    ["caddy", "version"],
  ] as const) {
    if (wants[program] === true && !isInstalled(program, [argument])) {
      missing.push(`${program} is not installed. On Debian and Ubuntu: apt-get install ${program}.`);
    }
  }
  if (wants.ours && !existsSync(`${ROOT}dist/src/index.js`)) {
    missing.push("There is no dist to measure. Run `npm run build` first.");
  }
  return missing;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    cpu: processors[0]?.model.trim() ?? "unknown processor",
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    wrk: /wrk \S+/.exec(spawnSync("wrk", ["--version"], { encoding: "utf8" }).stdout)?.[0] ?? "wrk",
    commit: commit(),
  };
}

function commit(): string {
  try {
    const hash = git("rev-parse", "--short", "HEAD");
    return git("status", "--porcelain") === "" ? hash : `${hash}-dirty`;
  } catch {
    return "none";
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

function isInstalled(program: string, args: readonly string[]): boolean {
  return spawnSync(program, [...args], { stdio: "ignore" }).error === undefined;
}
