// Is a failure one that time can heal? Pure.

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

/** Whether people have to do something before another attempt makes sense. */
export function isPastHelp(error: unknown): boolean {
  const problem = problemOf(error);
  return problem !== null && LASTING.has(problem.type);
}
