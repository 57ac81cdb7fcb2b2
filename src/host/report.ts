// Where do failures go, and what becomes of them when that fails too (H49)?

import type { Logger } from "../log/logger.ts";

const MESSAGE = "a request failed";

/** What a listener of node:http calls first, on what it takes for its response, and what Express adds. */
const RESPONSE_CALL = /\.(?:writeHead|setHeader|end|write|send|json|status) is not a function$/u;

const LISTENER_HINT = `${MESSAGE}: is it a (req, res) listener? It is served by --as node, or by fromNode() of easyserver/node`;

/** A listener looks like a handler, and shows what it is only when it is called. */
function messageFor(error: unknown): string {
  return error instanceof TypeError && RESPONSE_CALL.test(error.message) ? LISTENER_HINT : MESSAGE;
}

/**
 * A function that tells `logger` of failures and never throws.
 *
 * What a logger of the user's does not take, at once or by a promise that rejects, goes to the one that `fallback` gives,
 * together with why: it is neither lost nor able to end the process.
 */
export function createReport(logger: Logger, fallback: () => Logger): (error: unknown) => void {
  let last: Logger | null = null;
  const tellFallback = (error: unknown, failure: unknown): void => {
    last ??= fallback();
    last.error({ err: failure }, "the logger failed");
    last.error({ err: error }, messageFor(error));
  };
  return (error) => {
    try {
      const result: unknown = logger.error({ err: error }, messageFor(error));
      if (result instanceof Promise) result.catch((failure: unknown) => tellFallback(error, failure));
    } catch (failure) {
      tellFallback(error, failure);
    }
  };
}
