// A Next project in a folder of its own, built there, and served in several ways. The folder is inside of this repository,
// because Next's compiler takes packages from nowhere outside of the folder that has the lockfile.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../support/ports.ts";
import { until, within } from "../support/waiting.ts";
import { ROOT } from "../package/source-tree.ts";

const START_MS = 60_000;
const BUILD_MS = 240_000;

/** The variables of every program that is started here. No Next of ours reports home. */
const ENVIRONMENT = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", CI: "1", HOST: "127.0.0.1" };

export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** The program `next`. */
  readonly next: string;
}

/** A server that a test has started. */
export interface Started extends AsyncDisposable {
  readonly port: number;
  output(): string;
  /** Tells it to end, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** A copy of `source`, with `files` put into it. */
export async function projectFrom(source: string, files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const folder = await mkdtemp(join(ROOT, "examples/.next-"));
  await cp(source, folder, { recursive: true, filter: (path) => !/(?:^|[/\\])\.next$/.test(path) });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return projectIn(folder);
}

/** The project that is in `folder`, with the Next that it finds there. */
export function projectIn(folder: string): Project {
  const { resolve } = createRequire(join(folder, "package.json"));
  return {
    folder,
    next: join(dirname(resolve("next/package.json")), "dist/bin/next"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** `next build`. */
export async function build({ folder, next }: Project): Promise<void> {
  const options = { cwd: folder, env: { ...ENVIRONMENT, NODE_ENV: "production" }, timeout: BUILD_MS };
  try {
    await promisify(execFile)(process.execPath, [next, "build"], options);
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    assert.fail(`next build failed:\n${stdout}${stderr}`);
  }
}

/** `next start`: what is right by definition. */
export function startNext({ folder, next }: Project): Promise<Started> {
  return started(folder, [next, "start", "-p", "0"], { NODE_ENV: "production" });
}

/** `serve.js` of the project, as its author runs it. */
export function startOurs({ folder }: Project, engine: "uws" | "node", ...flags: string[]): Promise<Started> {
  const mode = flags.includes("--dev") ? "development" : "production";
  const variables = { NODE_ENV: mode, PORT: "0", EASYSERVER_ENGINE: engine, EASYSERVER_LOG: "off" };
  return started(folder, ["serve.js", ...flags], variables);
}

/** The project as an app of the contract, with its only entry being `fetch`, under the linter: it prints what that finds. */
export async function startWatched({ folder }: Project): Promise<Started> {
  await writeFile(join(folder, "watched.mjs"), WATCHED);
  return started(folder, ["watched.mjs"], { NODE_ENV: "production" });
}

const WATCHED = `
  import { serve } from "easyserver";
  import { describeViolation, lint } from "easyserver/lint";
  import { fromNext } from "easyserver/next";

  const app = fromNext({ dir: import.meta.dirname });
  const watched = { fetch: app.fetch.bind(app), start: app.start, stop: app.stop };
  const onViolation = (violation) => console.log("VIOLATION " + describeViolation(violation));
  const server = await serve(lint(watched, { mode: "report", onViolation }), { port: 0, host: "127.0.0.1", log: "off" });
  console.log("The notes are at " + server.url);
`;

/** `easyserver .` in the project's folder. */
export function startCommand({ folder }: Project, ...flags: string[]): Promise<Started> {
  const command = [join(ROOT, "dist/src/cli/main.js"), ".", "--port", "0", "--log", "off", ...flags];
  return started(folder, command, { NODE_ENV: flags.includes("production") ? "production" : "development" });
}

/** The program that `output: "standalone"` makes, adopted by `easyserver/register`. */
export async function startStandalone({ folder }: Project): Promise<Started> {
  const made = join(folder, ".next/standalone", relative(ROOT, folder));
  // What Next leaves to whoever deploys it.
  await cp(join(folder, ".next/static"), join(made, ".next/static"), { recursive: true, preserveTimestamps: true });
  await cp(join(folder, "public"), join(made, "public"), { recursive: true, preserveTimestamps: true });
  // A standalone program takes 0 for the usual port.
  const port = await freePort();
  const variables = { NODE_ENV: "production", PORT: String(port), HOSTNAME: "127.0.0.1" };
  const register = join(ROOT, "dist/adapters/register.js");
  return started(made, ["--import", register, "server.js"], variables);
}

async function started(
  cwd: string,
  parameters: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Started> {
  const child = spawn(process.execPath, parameters, {
    cwd,
    env: { ...ENVIRONMENT, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  const exited = once(child, "exit") as Promise<[number | null]>;
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  const stop = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return (await within(START_MS, "the end", exited))[0];
  };
  try {
    // Both say their address before they are ready, or the other way round.
    const isReady = (): boolean => /ready in|the notes are at|"listening"/iu.test(output) && portIn(output) !== null;
    await until(START_MS, `a start of ${parameters.join(" ")}`, () => isReady() || child.exitCode !== null);
    const port = portIn(output);
    if (port === null || child.exitCode !== null) assert.fail(`it ended with ${child.exitCode}:\n${output}`);
    return { port, output: () => output, stop, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

function portIn(output: string): number | null {
  const found = /http:\/\/[\w.:[\]]*:(\d+)/u.exec(output)?.[1];
  return found === undefined ? null : Number(found);
}
