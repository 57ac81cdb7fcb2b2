// Failures, the Context and the life of a host.

import { type Rule, rule } from "./rule.ts";

export const exchangeRules: readonly Rule[] = [
  rule("H45", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "A failure is one 500 that tells nothing",
    text:
      "When a handler throws, rejects or returns what cannot be sent, and nothing is committed, the host MUST " +
      "send exactly one 500 whose content says nothing of the error, MUST report the cause once, and MUST keep " +
      "the process and the connection. A thrown Response is an error like any other.",
    sources: ["ASGI, PEP 3333: errors"],
  }),
  rule("H46", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "error() speaks only while something can be said",
    text:
      "A host MUST call `error(error, request, context)` at most once for a request and only while nothing is " +
      "committed. If it fails or returns nothing, H45 applies.",
    sources: ["Fetch Server API draft, error()"],
  }),
  rule("H47", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "A failure after commitment is visible",
    text:
      "When a response fails after commitment the host MUST abort the message so that the client can tell: no " +
      "last chunk or fewer octets than announced, and close; RST_STREAM in HTTP/2 and 3. It MUST NOT add to the " +
      "content.",
    sources: ["RFC 9112 section 8"],
  }),
  rule("H48", {
    level: "SHOULD",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "An early failure of a stream is still a 500",
    text: "When a body fails before its first chunk and no header has gone out (H39), the host SHOULD answer 500.",
    sources: ["PEP 3333, delayed headers"],
  }),
  rule("H49", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "No callback can end the process",
    text:
      "A host MUST contain and report what is thrown by abort listeners, `cancel()` of streams, `waitUntil` " +
      "work, WebSocket callbacks and its own reporting. None of it may reach `uncaughtException` or " +
      "`unhandledRejection`.",
    sources: ["h3js/srvx#257"],
  }),
  rule("H50", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "Addresses are true or null",
    text:
      "`remote`, `peer` and `local` MUST be endpoints or `null`. An IPv4 address inside an IPv6 one MUST be " +
      "given as IPv4. `tls` MUST be `null` exactly when the connection is plaintext. `httpVersion` MUST be that " +
      "of the request.",
    sources: ["Ring ADR", "ASGI TLS"],
  }),
  rule("H51", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "waitUntil holds up the stop, never the response",
    text:
      "`waitUntil(work)` MUST throw a TypeError for what is no thenable, MUST NOT delay the response, and MUST " +
      "keep a graceful stop waiting up to its deadline. It may be called until `completed` settles and from " +
      "other `waitUntil` work. A rejection is only reported.",
    sources: ["Service Workers, ExtendableEvent", "Fetch Server API draft"],
  }),
  rule("H52", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "state is the request's, app is the process's",
    text:
      "`context.state` MUST be empty at the start of each request. `context.app` MUST be the object that " +
      "`start()` was given, not a copy.",
    sources: ["ASGI lifespan state"],
  }),
  rule("H53", {
    level: "SHOULD",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "Timeouts measure silence, not duration",
    text:
      "A host SHOULD limit the wait for a header section (408 and close), an idle connection, a stalled request " +
      "body and a stalled response. Each limit MUST measure the lack of progress of the peer, never the total " +
      "duration or a slow handler. Expiry takes the way of H25 with the reason `TimeoutError`.",
    sources: ["RFC 9110 section 15.5.9", "Fetch Server API draft"],
  }),
  rule("H54", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "start() runs before anything is accepted",
    text:
      "`start(boot)` MUST run once for each event loop and MUST finish before the socket accepts. A rejection " +
      "MUST stop the start, with the cause reported. Support is told by the presence of the member, never by " +
      "catching errors. `stop()` MUST be called exactly once if `start()` succeeded, and not if it failed.",
    sources: ["ASGI lifespan", "django/asgiref#276"],
  }),
  rule("H55", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "A graceful stop has an order",
    text:
      "A graceful stop MUST: stop accepting and say `close`; let requests in flight finish and end WebSockets " +
      "with 1001; wait for `waitUntil` work; call `stop()`; end. At the deadline it MUST abort what is left, " +
      "cut the connections, and still call `stop()` once.",
    sources: ["ASGI shutdown", "Fetch Server API draft"],
  }),
  rule("H56", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "exchange",
    title: "Claims are published and checked",
    text:
      "A host MUST state the major version, the profiles it claims and its deviation register. A failing MUST " +
      "that is not registered, or a registered one that passes, makes the claim invalid.",
    sources: ["HatTip, expected failures"],
  }),
];
