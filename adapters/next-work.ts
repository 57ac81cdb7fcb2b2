// Work that a Next app goes on with behind its answer, counted by the host.

import { AsyncLocalStorage } from "node:async_hooks";

/** What Next takes from its surroundings, for the request it is at. It calls the function without the object. */
interface RequestContext {
  readonly waitUntil: (work: PromiseLike<unknown>) => void;
}

/** Where Next looks for it. */
const PLACE: unique symbol = Symbol.for("@next/request-context") as never;

const requests = new AsyncLocalStorage<RequestContext>();

/**
 * Publishes `waitUntil` where Next looks for it (SPEC D9), so that a stop waits for what `after()` was given, with the host's
 * deadline. A context that somebody else has published stays.
 */
export function publishWork(): void {
  const place = globalThis as { [PLACE]?: { get(): RequestContext | undefined } };
  place[PLACE] ??= { get: () => requests.getStore() };
}

/** Calls `enter` for a request whose further work goes to `waitUntil`; to Next's own list where the host takes none. */
export function working<Args extends readonly unknown[], Result>(
  waitUntil: RequestContext["waitUntil"] | undefined,
  enter: (...args: Args) => Result,
  ...args: Args
): Result {
  return waitUntil === undefined ? enter(...args) : requests.run({ waitUntil }, enter, ...args);
}
