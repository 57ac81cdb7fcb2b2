// Can a `Request` carry this method unchanged? (RFC 9110 section 9.1, the Fetch standard, clause H4.)

import { isToken } from "./header-list.ts";

// What Fetch upper-cases on its way into a Request: another spelling would reach the handler changed.
const NORMALISED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
// What Fetch refuses, in any case.
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * The status that answers a request with this method, or 0 when a handler may see it.
 *
 * 400: not a token. 501: a token that Fetch forbids (`TRACE`) or would change (`get`).
 */
export function methodStatus(method: string): 0 | 400 | 501 {
  switch (method) {
    case "GET":
    case "HEAD":
    case "POST":
    case "PUT":
    case "PATCH":
    case "DELETE":
    case "OPTIONS":
      return 0;
    default:
      return unusualMethodStatus(method);
  }
}

function unusualMethodStatus(method: string): 0 | 400 | 501 {
  if (!isToken(method)) return 400;
  const upper = method.toUpperCase();
  return FORBIDDEN.has(upper) || NORMALISED.has(upper) ? 501 : 0;
}
