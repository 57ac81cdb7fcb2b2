// Where do failures go, and what becomes of them when that fails too (H49)?

import type { Logger } from "../log/logger.ts";

const MESSAGE = "a request failed";

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
    last.error({ err: error }, MESSAGE);
  };
  return (error) => {
    try {
      const result: unknown = logger.error({ err: error }, MESSAGE);
      if (result instanceof Promise) result.catch((failure: unknown) => tellFallback(error, failure));
    } catch (failure) {
      tellFallback(error, failure);
    }
  };
}
