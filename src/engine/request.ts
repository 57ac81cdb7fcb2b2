// Exchange -> Request: what does a handler get? The one place that chooses between a lazy Request and a genuine one.

import type { Exchange } from "./engine.ts";
import { abortGenuineRequest, createGenuineRequest } from "./request-genuine.ts";
import { isLazyAccepted } from "./request-install.ts";
import { LazyRequest } from "./request-lazy.ts";

export { createGenuineRequest } from "./request-genuine.ts";
export { installFastRequest } from "./request-install.ts";

/**
 * The Request of `exchange`, for the handler. Call it once per exchange: a body has one consumer.
 *
 * It is lazy wherever a lazy one passes for a genuine one (H15), which on Node 24 and later takes `installFastRequest()`,
 * and genuine otherwise. A lazy one reads the exchange for as long as it lives, so the exchange must stay readable.
 *
 * @throws TypeError where it has to be genuine and the platform refuses its URL or one of its fields; a lazy one throws
 * that when the URL is read or the genuine one is needed.
 */
export function createRequest(exchange: Exchange): Request {
  return isLazyAccepted() ? (new LazyRequest(exchange) as unknown as Request) : createGenuineRequest(exchange);
}

/**
 * Aborts the `signal` of a Request made here, for `exchange.onAbort` (H25). Does nothing after a normal end (H26), the
 * second time, or for a Request from elsewhere. What an abort listener throws goes to `report` (H49).
 */
export function abortRequest(request: Request, reason: unknown, report: (error: unknown) => void): void {
  if (LazyRequest.isLazy(request)) LazyRequest.abort(request, reason, report);
  else abortGenuineRequest(request, reason, report);
}
