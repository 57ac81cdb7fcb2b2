// How does a program send a load? On a core of its own, and all that it prints is its report.

import { spawn } from "node:child_process";

/** The core of the sender; servers have core 0. */
const CORE = "1";

/**
 * Runs `command` to its end, and gives everything that it printed. After `interruptMs` it is told to end, where that is given.
 * Rejects where it cannot be started.
 */
export function outputOfSender(command: readonly string[], interruptMs?: number): Promise<string> {
  const child = spawn("taskset", ["-c", CORE, ...command], { stdio: ["ignore", "pipe", "pipe"] });
  const early = interruptMs === undefined ? undefined : setTimeout(() => child.kill("SIGINT"), interruptMs);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      output += part;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(early);
      resolve(output);
    });
  });
}
