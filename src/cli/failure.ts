// How does a failed start look, and which exit code does it get?

import { type ErrorCode, ServerError } from "../errors.ts";

/** Exit codes of the command (ops D10). */
export const EXIT = { ok: 0, failure: 1, failedStart: 1, usage: 2, unclean: 3 } as const;

const HINTS: Partial<Record<ErrorCode, string>> = {
  ERR_OPTIONS_INVALID: "easyserver --help lists every option.",
  ERR_ADDRESS_INVALID: "--host takes a name or address of this machine, such as localhost, 0.0.0.0 or ::1.",
  ERR_ENGINE_UNAVAILABLE: "--engine auto takes the best engine that runs here.",
  ERR_STATIC_ROOT: "--static takes a folder that exists, relative to the working directory.",
};

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(["ERR_OPTIONS_INVALID", "ERR_STATIC_ROOT"]);

/** What to exit with after `error` stopped the start. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ServerError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failedStart;
}

/**
 * What to print about `error`: a sentence, and a hint where there is one. Stacks appear where the app's own code failed,
 * and everywhere with `debug`.
 */
export function describeFailure(error: unknown, debug: boolean): string {
  if (!(error instanceof ServerError)) return `easyserver: the app failed to start.\n${stackOf(error)}\n`;
  const hint = HINTS[error.code];
  const parts = [`easyserver: ${error.message}`];
  if (hint !== undefined) parts.push(`hint: ${hint}`);
  if (error.code === "ERR_APP_LOAD" && error.cause !== undefined) parts.push(stackOf(error.cause));
  else if (debug) parts.push(stackOf(error));
  return `${parts.join("\n")}\n`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}
