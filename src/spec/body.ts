// How the content of a request reaches a handler, and what happens when either side leaves early.

import { type Rule, rule } from "./rule.ts";

export const bodyRules: readonly Rule[] = [
  rule("H19", {
    level: "MUST",
    party: "host",
    profile: "stream",
    section: "body",
    title: "Request bodies stream, with a bound",
    text:
      "A handler MUST be able to run before the body has arrived. Octets that the handler has not asked for " +
      "MUST be bounded (1 MiB by default); beyond that the host MUST stop reading from the transport.",
    sources: ["Streams standard", "uNetworking/uWebSockets#661"],
  }),
  rule("H20", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "A broken body never looks complete",
    text:
      "When a body ends early (the client left, a chunk is malformed, octets are missing) every pending and " +
      "later read MUST reject. It MUST NOT end cleanly.",
    sources: ["RFC 9112 section 8"],
  }),
  rule("H21", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "An unread body leaves the connection sound",
    text:
      "After an answer to a request whose body was not read, or was cancelled, the host MUST discard the rest " +
      "up to a limit (1 MiB by default) or close the connection. It MUST NOT take the rest for a request.",
    sources: ["RFC 9112 section 9.3", "oven-sh/bun#35283"],
  }),
  rule("H22", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "A body over the limit is a 413",
    text:
      "When a body exceeds a configured limit while it streams, reads MUST reject with an error whose `status` " +
      "is 413 and whose `code` is `ERR_BODY_TOO_LARGE`. If that error escapes the handler before commitment, " +
      "the answer MUST be 413.",
    sources: ["RFC 9110 section 15.5.14"],
  }),
  rule("H23", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "100 Continue never waits for content",
    text:
      "A client that sent `Expect: 100-continue` MUST receive 100 or a final status without sending content. A " +
      "host SHOULD send 100 only when the handler first reads the body, and MUST NOT send it to HTTP/1.0. It " +
      "answers 417 to other expectations, or ignores them.",
    sources: ["RFC 9110 section 10.1.1"],
  }),
  rule("H24", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "Trailer sections are never requests or headers",
    text:
      "A host MUST consume the trailer section of a chunked body as part of its message, or close the " +
      "connection. It MUST NOT merge it into headers and MUST NOT interpret it as a request.",
    sources: ["RFC 9112 sections 7.1.2, 7.1.3", "RFC 9110 section 6.5.1"],
  }),
  rule("H25", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "A client that leaves aborts the exchange",
    text:
      "When the client leaves before the response is complete, then within one second of the transport " +
      "noticing: `request.signal`, which is `context.signal`, MUST abort with a `DOMException` named " +
      "`AbortError`; pending body reads MUST reject with that reason; the response body MUST be cancelled with " +
      "it.",
    sources: ["Fetch standard, abort", "Fetch Server API draft"],
  }),
  rule("H26", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "A completed response never aborts",
    text: "A host MUST NOT abort `request.signal` when the response completed normally, nor at any time after.",
    sources: ["denoland/deno#27005, #35733"],
  }),
  rule("H27", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "What comes after an abort is dropped quietly",
    text:
      "A host MUST discard a result that arrives after an abort: it cancels the body, writes nothing, and logs " +
      "no server fault.",
    sources: ["ASGI HTTP 2.4, send after disconnect"],
  }),
  rule("H28", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "body",
    title: "completed tells how the exchange ended",
    text:
      "`context.completed` MUST fulfil when the last octet of the response was handed to the transport and MUST " +
      "reject with the cause when the exchange ended in another way. By itself it MUST NOT cause an unhandled " +
      "rejection. It does not wait for `waitUntil` work.",
    sources: ["Deno completed", "Rack response_finished"],
  }),
];
