// Is a failure one that time can heal? Pure.

import { ServerError } from "../errors.ts";
import { problemOf } from "./acme/problem.ts";

// Settings, records and clocks: trying again at once gives the same answer, and counts.
const LASTING = new Set([
  "badCSR",
  "badSignatureAlgorithm",
  "caa",
  "externalAccountRequired",
  "invalidContact",
  "invalidProfile",
  "rejectedIdentifier",
  "settings",
  "unsupportedContact",
  "unsupportedIdentifier",
  "userActionRequired",
]);

/** A failure in one word, for counting (ops B60). */
export function problemType(error: unknown): string {
  const isOfStore = error instanceof ServerError && error.code === "ERR_STORE";
  return isOfStore ? "store" : (problemOf(error)?.type ?? "other");
}

/** Whether people have to do something before another attempt makes sense. */
export function isPastHelp(error: unknown): boolean {
  const problem = problemOf(error);
  return problem !== null && LASTING.has(problem.type);
}
