// How are messages of WebSockets sent? By a program of our own, since wrk speaks no such thing.

import { fileURLToPath } from "node:url";
import { outputOfSender } from "./sender.ts";
import { NO_ERRORS, type WrkReport } from "./wrk.ts";

const CLIENT = fileURLToPath(new URL("servers/echo-client.js", import.meta.url));

/** Messages to `origin` and back for `ms`; a request of the report is one of them. @throws Error with what the sender complained of */
export async function sendEchoes(origin: string, ms: number): Promise<WrkReport> {
  const { port } = new URL(origin);
  return echoReport(await outputOfSender([process.execPath, CLIENT, port, String(ms)]));
}

/** What the sender prints at its end: one line of JSON. @throws Error with the output when that is not there */
export function echoReport(output: string): WrkReport {
  const [, messages = "", microseconds = ""] = /^\{"messages":(\d+),"microseconds":(\d+)\}\s*$/u.exec(output) ?? [];
  if (messages === "") throw new Error(`the sender of messages did not report: ${output.slice(-500)}`);
  return { requests: Number(messages), microseconds: Number(microseconds), errors: NO_ERRORS };
}
