// Types of framework-apps.js. The frameworks' own need the DOM library, which this tree is checked without.

import type { FetchHost } from "../../adapters/fetch.ts";

/** What holds the second half of `GET /stream` back. */
export interface Gate {
  readonly opened: Promise<void>;
}

export const FRAMEWORK_APPS: Readonly<Record<string, (gate: Gate) => unknown>>;

export function reactRouterWithMiddleware(): {
  readonly handler: unknown;
  readonly args: (request: Request, host: FetchHost) => readonly unknown[];
};
export function emptyRouter(): { readonly routes: readonly unknown[] };
export function elysiaWithHooks(calls: string[]): { readonly server: unknown };
export function h3WithDetachedWaitUntil(): unknown;
