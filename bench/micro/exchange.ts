// What does a Request stand on when no engine is there? A finished head, as an engine copies it out.

import type { Exchange } from "../../src/engine/engine.ts";

const HEADERS = {
  host: "www.example.com",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-language": "en-GB,en;q=0.7",
  cookie: "session=0123456789abcdef; theme=dark",
  "x-request-id": "7f3c9a",
};
const FIELDS: readonly string[] = Object.entries(HEADERS).flat();

/** A GET of six fields that nobody answers. */
export function exchangeWithoutEngine(): Exchange {
  return {
    method: "GET",
    target: "/articles/42?draft=1",
    path: "/articles/42",
    scheme: "http",
    authority: "www.example.com",
    httpVersion: "1.1",
    fields: FIELDS,
    field: (name) => {
      const at = FIELDS.indexOf(name);
      return at === -1 ? null : (FIELDS[at + 1] ?? null);
    },
    isConditional: false,
    fault: null,
    peer: null,
    local: null,
    tls: null,
    body: null,
    committed: false,
    ended: false,
    abortReason: undefined,
    native: undefined,
    startedMs: 0,
    attachment: null,
    onAbort: null,
    onEnd: null,
    send() {},
    abort() {},
  };
}
