// An example as its user runs it: a process of its own, at the address that it prints.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Program } from "./program.ts";
import { within } from "./waiting.ts";

const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 60_000;

export interface Started extends AsyncDisposable {
  readonly port: number;
  /** What it has printed so far. */
  output(): string;
  stop(): Promise<number | null>;
}

/** Runs Node with these arguments, in the root of the repository unless `cwd` says otherwise, with `variables` beside the usual. */
export async function startExample(
  parameters: readonly string[],
  cwd: string = ROOT,
  variables: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const usual = { PORT: "0", HOST: "127.0.0.1", NODE_ENV: "production", SESSION_SECRET: "test" };
  const env = { ...process.env, ...usual, ...variables };
  const child = spawn(process.execPath, parameters, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const printed = { text: "" };
  const program = new Program(parameters.join(" "), child);
  const port = await program.whenReady(START_MS, addressOf(child, printed));
  const stop = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return (await within(START_MS, "the end", exited))[0];
  };
  return { port, stop, output: () => printed.text, [Symbol.asyncDispose]: () => program.end() };
}

/** The port in the first address that it prints. */
function addressOf(child: ChildProcess, printed: { text: string }): Promise<number> {
  return new Promise((resolve) => {
    const read = (chunk: Buffer): void => {
      printed.text += chunk.toString();
      const port = /http:\/\/[\w.:[\]]*:(\d+)/u.exec(printed.text)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
  });
}
