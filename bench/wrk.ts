// How is a load sent, and what does the sender report? wrk with a script that prints its sums as one line.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadRequest } from "./load.ts";
import { outputOfSender } from "./sender.ts";

const CONNECTIONS = "64";

export interface WrkReport {
  /** Requests that were answered. */
  readonly requests: number;
  readonly microseconds: number;
  /** In wrk's words: connect, read, write, timeout, and `status` for answers of 400 and above. */
  readonly errors: Readonly<Record<"connect" | "read" | "write" | "status" | "timeout", number>>;
}

const MARK = "bench-report";
const ERROR_NAMES = ["connect", "read", "write", "status", "timeout"] as const;

/** The errors of a sender that complains in words instead. */
export const NO_ERRORS: WrkReport["errors"] = { connect: 0, read: 0, write: 0, status: 0, timeout: 0 };

/**
 * The Lua script that makes wrk send `requests` in turn and report. A single one stays fixed; of several, all are formatted
 * before the first is sent.
 */
export function wrkScript(requests: readonly LoadRequest[]): string {
  const [first] = requests;
  const sums = ["requests", "duration", ...ERROR_NAMES.map((name) => `errors.${name}`)];
  const lines = [
    ...(requests.length === 1 && first !== undefined ? fixedRequest(first) : requestsInTurn(requests)),
    "function done(summary)",
    `  io.write("${MARK}", ${sums.map((sum) => `" ", string.format("%d", summary.${sum})`).join(", ")}, "\\n")`,
    "end",
  ];
  return `${lines.join("\n")}\n`;
}

function fixedRequest({ method, target, fields, body }: LoadRequest): string[] {
  const lines = [`wrk.method = ${luaText(method)}`, `wrk.path = ${luaText(target)}`];
  for (const [name, value] of Object.entries(fields)) lines.push(`wrk.headers[${luaText(name)}] = ${luaText(value)}`);
  if (body !== null) lines.push(`wrk.body = ${luaText(body)}`);
  return lines;
}

function requestsInTurn(requests: readonly LoadRequest[]): string[] {
  // wrk has set wrk.headers.Host when it calls init; wrk.format does not add it to a table of our own.
  const formatted = requests.map(({ method, target, fields, body }) => {
    const pairs = Object.entries(fields).map(([name, value]) => `[${luaText(name)}] = ${luaText(value)}`);
    const headers = `{ ${["Host = wrk.headers.Host", ...pairs].join(", ")} }`;
    const parts = [luaText(method), luaText(target), headers, body === null ? "nil" : luaText(body)];
    return `  ready[#ready + 1] = wrk.format(${parts.join(", ")})`;
  });
  return [
    "local ready = {}",
    "local turn = 0",
    "function init()",
    ...formatted,
    "end",
    "function request()",
    "  turn = turn % #ready + 1",
    "  return ready[turn]",
    "end",
  ];
}

/** Finds the sums in what wrk printed. @throws SyntaxError with the output when they are not there. */
export function parseWrkReport(output: string): WrkReport {
  const line = output.split("\n").find((candidate) => candidate.startsWith(`${MARK} `));
  const sums = line?.trim().split(" ").slice(1).map(Number) ?? [];
  const [requests, microseconds, connect, read, write, status, timeout] = sums;
  if (sums.length !== 7 || sums.some(Number.isNaN)) throw new SyntaxError(`wrk did not report its sums:\n${output}`);
  const errors = { connect, read, write, status, timeout } as WrkReport["errors"];
  return { requests: requests as number, microseconds: microseconds as number, errors };
}

/** Why a report cannot be used, or `null`: anything but right answers makes a figure void. */
export function faultOf(report: WrkReport): string | null {
  const faults = ERROR_NAMES.filter((name) => report.errors[name] > 0).map((name) => `${report.errors[name]} ${name}`);
  if (faults.length > 0) return `wrk counted errors: ${faults.join(", ")}`;
  return report.requests === 0 ? "wrk counted no answer" : null;
}

/** Sends `requests` in turn to `origin` for `ms`. Whole seconds are timed by wrk itself; anything else ends it early. */
export async function sendLoad(origin: string, requests: readonly LoadRequest[], ms: number): Promise<WrkReport> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const script = join(folder, "load.lua");
    writeFileSync(script, wrkScript(requests));
    return parseWrkReport(await runWrk(origin, script, ms));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runWrk(origin: string, script: string, ms: number): Promise<string> {
  const command = ["wrk", "-t1", `-c${CONNECTIONS}`, `-d${Math.ceil(ms / 1000)}s`, "-s", script, origin];
  // wrk ends cleanly, report included, at the first SIGINT.
  return outputOfSender(command, ms % 1000 === 0 ? undefined : ms);
}

function luaText(text: string): string {
  if (!/^[\x20-\x7e\n]*$/.test(text)) throw new RangeError(`A load is ASCII only: ${JSON.stringify(text)}.`);
  return JSON.stringify(text);
}
