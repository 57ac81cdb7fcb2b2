// The command as a user runs it: a process of its own, in a folder of its own.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { IS_BUILT, LOADER } from "../support/built.ts";
import { newFolder } from "../support/folders.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/waiting.ts";

const MAIN = new URL(IS_BUILT ? "../../dist/src/cli/main.js" : "../../src/cli/main.ts", import.meta.url);
const COMMAND: readonly string[] = [...LOADER, fileURLToPath(MAIN)];

/** A new folder with these files, by relative path; a package of its own, whatever lies above it. */
export function folder(files: Readonly<Record<string, string>>): string {
  const directory = newFolder("cli");
  for (const [name, content] of Object.entries({ "package.json": "{}", ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

/** What a command that ended left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** `easyserver` with these arguments, for whoever starts it otherwise. */
export function commandLine(parameters: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...COMMAND, ...parameters];
}

interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's arguments instead of the sources' own. */
  readonly node?: readonly string[];
}

/** Starts `easyserver` with these arguments and none of this process's variables but PATH. */
export function start(parameters: readonly string[], place: Place = {}): Running {
  const child = spawn(process.execPath, [...(place.node ?? COMMAND), ...parameters], {
    cwd: place.cwd ?? tmpdir(),
    env: { PATH: process.env["PATH"] ?? "", ...place.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const program = new Program("the command", child);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(() => ({ code: child.exitCode, stdout, stderr }));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async [Symbol.asyncDispose]() {
      await program.end();
      await ended;
    },
  };
}

/** Runs a command that ends by itself. */
export async function run(parameters: readonly string[], place: Place = {}): Promise<Ended> {
  await using command = start(parameters, place);
  return await command.ended;
}

/** Waits until the command says where it listens. */
export async function listening(command: Running): Promise<string> {
  const url = (): string | undefined => /http:\/\/[\w.:[\]]+:\d+/.exec(command.stdout())?.[0];
  await until(60_000, `an address on stdout; stderr: ${command.stderr()}`, () => {
    if (command.child.exitCode !== null) throw new Error(`exit ${command.child.exitCode}: ${command.stderr()}`);
    return url() !== undefined;
  });
  return url() ?? "";
}
