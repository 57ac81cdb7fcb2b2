// The phase that sends requests from the plain port to HTTPS.

import type { Exchange, Reply } from "../engine/engine.ts";
import { plainReply } from "../engine/response.ts";
import { requestUrl } from "../http/request-url.ts";
import { hostOf, portOf } from "../http/server-name.ts";
import type { Phase } from "./dispatch.ts";
import type { NameState, ServedNames } from "./served-names.ts";

/** How long a first request for a name may wait for its certificate, before it is told that the name is not served. */
const FIRST_CONTACT_MS = 10_000;

/** The port that a URL does not have to name. */
const HTTPS_PORT = 443;

export interface RedirectParts {
  readonly names: Pick<ServedNames, "stateOf">;
  /** The real port, known once it is open. */
  readonly httpsPort: () => number;
  /** Asks for a certificate on demand, where that is allowed. */
  readonly firstContact: ((host: string) => Promise<void>) | null;
}

/**
 * 308 to the same URL with `https`: method and body stay (RFC 9110 section 15.4.9). A name without a certificate is served in
 * the clear meanwhile, since a redirect would lead into a warning; a host that is none of ours gets 421, so that nobody can
 * be sent to a place of a stranger's choice.
 */
export function createRedirectPhase(parts: RedirectParts): Phase {
  return (exchange) => {
    if (exchange.target === "*") return null;
    const host = hostOf(exchange.authority);
    const state = parts.names.stateOf(host);
    if (state !== null) return answer(parts, exchange, state);
    if (parts.firstContact === null) return plainReply(421);
    return patiently(parts.firstContact(host)).then(() => answer(parts, exchange, parts.names.stateOf(host)));
  };
}

function answer(parts: RedirectParts, exchange: Exchange, state: NameState | null): Reply | null {
  if (state === "placeholder") return null;
  if (state === null) return plainReply(421);
  const port = parts.httpsPort();
  const { authority, target } = exchange;
  const named =
    portOf(authority) === "" && !authority.endsWith(":") ? authority : authority.slice(0, authority.lastIndexOf(":"));
  const location = requestUrl("https", port === HTTPS_PORT ? named : `${named}:${port}`, target);
  return { status: 308, reason: "", fields: ["location", location], body: null, sizeBytes: null, close: false };
}

function patiently(work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FIRST_CONTACT_MS);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
