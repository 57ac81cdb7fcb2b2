// What frameworks themselves do wrong, and the host puts right where it can: so exactly that a new fault beside it is seen.

import type { Violation } from "../../src/lint.ts";

/** Where the fault is seen: by the battery without a wire, or by the questions over sockets. */
export type Place = "battery" | "engine";

interface KnownFault {
  readonly id: string;
  readonly message: string;
  /** Method and path, each of which has to show the fault in every one of `places`. */
  readonly requests: readonly string[];
  readonly places: readonly Place[];
}

const BOTH: readonly Place[] = ["battery", "engine"];
const LENGTH_OF_204 = { id: "A3", message: "A 204 has content-length, but no content." } as const;
const NO_ALLOW = { id: "A10", message: "A 405 has no allow." } as const;

function headMissed(status: number, ...paths: readonly string[]): KnownFault {
  const requests = paths.map((path) => `HEAD ${path}`);
  return { id: "A3", message: `GET was answered ${status}, HEAD 404.`, requests, places: ["battery"] };
}

const KNOWN: Readonly<Record<string, readonly KnownFault[]>> = {
  // h3 2.0 announces a length of 0 for a 204, Elysia 1.4 only for HEAD.
  h3: [{ ...LENGTH_OF_204, requests: ["GET /cookies", "HEAD /cookies"], places: BOTH }],
  Elysia: [{ ...LENGTH_OF_204, requests: ["HEAD /cookies"], places: BOTH }],
  // React Router 7 refuses a method without saying which it takes.
  "React Router": [
    { ...NO_ALLOW, requests: ["POST /"], places: ["engine"] },
    {
      ...NO_ALLOW,
      requests: ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"].map((method) => `${method} /hello/Ada`),
      places: ["battery"],
    },
  ],
  // itty-router 6 does not take HEAD for a GET.
  "itty-router": [
    headMissed(200, "/hello/Ada?x=1", "/stream", "/address"),
    headMissed(204, "/cookies"),
    headMissed(500, "/fail"),
  ],
};

/** What of the findings in an app made with `framework` is news: a fault of another statement, message or path. */
export function unknownFaults(framework: string, violations: readonly Violation[]): Violation[] {
  const known = KNOWN[framework] ?? [];
  return violations
    .filter(({ level }) => level === "must")
    .filter((found) => !known.some((fault) => isSeenIn(fault, found)));
}

/** Listed faults that are not there any more: to be taken off the list. */
export function mendedFaults(framework: string, place: Place, violations: readonly Violation[]): string[] {
  return (KNOWN[framework] ?? [])
    .filter(({ places }) => places.includes(place))
    .flatMap(({ requests, ...fault }) => requests.map((request) => ({ ...fault, requests: [request] })))
    .filter((fault) => !violations.some((found) => isSeenIn(fault, found)))
    .map(({ id, requests: [request] }) => `${framework}: ${id}, ${request}`);
}

function isSeenIn({ id, message, requests }: KnownFault, found: Violation): boolean {
  return found.id === id && found.message === message && requests.includes(found.request ?? "");
}
