// When only the platform's own Request will do: one is made from an exchange, and its abort is wired.

import type { ReadableStream } from "node:stream/web";

import type { Exchange } from "./engine.ts";
import { requestUrl } from "../http/request-url.ts";
import { bodyOf, bodyStream } from "./request-body.ts";
import { LazyHeaders } from "./request-headers.ts";
import { NativeRequest } from "./request-native.ts";
import { abortContained, contain } from "./request-signal.ts";

/** What aborts a genuine Request that was handed out as it is; gone with the request. */
const abortsOf = new WeakMap<object, (reason: unknown, report: (error: unknown) => void) => void>();

/** The parts of a Request that an exchange alone does not settle. */
export interface RequestParts {
  readonly url: string;
  readonly headers: Headers | [string, string][];
  readonly signal: AbortSignal;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** A genuine Request with the method of `exchange`. @throws TypeError for a field the platform refuses. */
export function nativeRequest(exchange: Exchange, parts: RequestParts): Request {
  const { url, headers, signal, body } = parts;
  const init: RequestInit = { method: exchange.method, headers, signal };
  return new NativeRequest(url, body === null ? init : { ...init, body, duplex: "half" });
}

/**
 * A Request of the platform's own class for `exchange`: what a handler gets where a light one could not pass everywhere.
 *
 * @throws TypeError when the exchange has no URL, or a field the platform refuses.
 */
export function createGenuineRequest(exchange: Exchange): Request {
  const source = bodyOf(exchange);
  const controller = exchangeController(exchange);
  const request = nativeRequest(exchange, {
    url: requestUrl(exchange.scheme, exchange.authority, exchange.target),
    headers: LazyHeaders.init(new LazyHeaders(exchange.fields)),
    signal: controller.signal,
    body: source === null ? null : bodyStream(source),
  });
  // The platform gives it a signal of its own, which follows ours.
  contain(request.signal);
  abortsOf.set(request, (reason, report) => abortController(controller, exchange, reason, report));
  return request;
}

/** Aborts a Request made by `createGenuineRequest`; nothing happens to any other. */
export function abortGenuineRequest(request: object, reason: unknown, report: (error: unknown) => void): void {
  abortsOf.get(request)?.(reason, report);
}

/** A controller in the state of the exchange: aborted already when it is (H25). */
export function exchangeController(exchange: Exchange): AbortController {
  const controller = new AbortController();
  contain(controller.signal);
  if (exchange.abortReason !== undefined) controller.abort(exchange.abortReason);
  return controller;
}

/** Aborts, unless the exchange came to a normal end (H26). */
export function abortController(
  controller: AbortController,
  exchange: Exchange,
  reason: unknown,
  report: (error: unknown) => void,
): void {
  if (!exchange.ended || exchange.abortReason !== undefined) abortContained(controller, reason, report);
}
