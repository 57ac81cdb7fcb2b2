// How are messages of WebSockets sent? By a program of our own, since wrk speaks no such thing.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WrkReport } from "./wrk.ts";

/** The core of the sender; servers have core 0. */
const CORE = "1";
const CLIENT = fileURLToPath(new URL("servers/echo-client.js", import.meta.url));

/** Messages to `origin` and back for `ms`; a request of the report is one of them. @throws Error with what the sender complained of */
export function sendEchoes(origin: string, ms: number): Promise<WrkReport> {
  const { port } = new URL(origin);
  const child = spawn("taskset", ["-c", CORE, process.execPath, CLIENT, port, String(ms)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => (output += part));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      try {
        resolve(echoReport(output));
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

/** What the sender prints at its end: one line of JSON. @throws Error with the output when that is not there */
export function echoReport(output: string): WrkReport {
  const [, messages = "", microseconds = ""] = /^\{"messages":(\d+),"microseconds":(\d+)\}\s*$/u.exec(output) ?? [];
  if (messages === "") throw new Error(`the sender of messages did not report: ${output.slice(-500)}`);
  const errors = { connect: 0, read: 0, write: 0, status: 0, timeout: 0 };
  return { requests: Number(messages), microseconds: Number(microseconds), errors };
}
