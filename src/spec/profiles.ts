// Features a host may claim beyond the core: WebSockets, files and what HTTP allows beside a response.

import { type Rule, rule } from "./rule.ts";

export const profilesRules: readonly Rule[] = [
  rule("H57", {
    level: "MUST",
    party: "host",
    profile: "websocket",
    section: "profiles",
    title: "An upgrade offer is exactly defined",
    text:
      "A request is an upgrade offer if and only if it is a GET in HTTP/1.1, `Upgrade` lists `websocket`, " +
      "`Connection` lists `upgrade`, the version is 13 and the key is 16 octets in base64. If the handler asks " +
      "to upgrade, a wrong version MUST be answered 426 with `Sec-WebSocket-Version: 13` and a malformed offer " +
      "400. Otherwise it is an ordinary request.",
    sources: ["RFC 6455 sections 4.2.1, 4.2.2, 4.4", "RFC 9110 section 7.8"],
  }),
  rule("H58", {
    level: "MUST",
    party: "host",
    profile: "websocket",
    section: "profiles",
    title: "Returning that very Response upgrades",
    text:
      "`upgradeWebSocket()` MUST return a socket and a Response. The connection MUST switch if and only if the " +
      "host receives that very Response as the final result. The 101 MUST name a protocol only if it was " +
      "offered and chosen. With any other result the host MUST send that result, and the socket closes without " +
      "opening.",
    sources: ["Deno upgradeWebSocket", "Ring WebSockets"],
  }),
  rule("H59", {
    level: "MUST",
    party: "host",
    profile: "websocket",
    section: "profiles",
    title: "The upgrade Response is an honest 426",
    text:
      "That Response MUST be a 426 with `Upgrade: websocket`, so that a host, middleware or test that does not " +
      "know it sends a correct answer.",
    sources: ["RFC 9110 sections 7.8, 15.5.22"],
  }),
  rule("H60", {
    level: "MUST",
    party: "host",
    profile: "websocket",
    section: "profiles",
    title: "Sockets tell every event once",
    text:
      "`open` MUST fire only after the 101 was written. Messages MUST be whole and in order. Every socket MUST " +
      "get exactly one `close`. `bufferedAmount` MUST tell the unsent octets, and a `drain` event MUST follow " +
      "relief. Pings MUST be answered by the host.",
    sources: ["HTML, WebSocket interface", "Ring on-close"],
  }),
  rule("H61", {
    level: "MUST",
    party: "host",
    profile: "file",
    section: "profiles",
    title: "A file Response is a Response",
    text:
      "A Response that names a file MUST also carry a lazily opened body equal to the octets of the file. A " +
      "host MAY send the file natively only if the descriptor is present, the status unchanged and the body " +
      "undisturbed; what the client sees MUST be the same.",
    sources: ["Rack to_path", "ASGI pathsend"],
  }),
  rule("H62", {
    level: "MUST",
    party: "host",
    profile: "file",
    section: "profiles",
    title: "Files answer conditions and ranges",
    text:
      "For a file Response with status 200 to GET or HEAD the host MUST evaluate preconditions, then Range, in " +
      "the order of RFC 9110, and MUST send 200, 206, 304, 412 or 416 with the fields each requires, unless " +
      "`conditional` or `ranges` is off. Validators of the handler win.",
    sources: ["RFC 9110 sections 13.2.2, 14.2 to 14.4, 15.4.5"],
  }),
  rule("H63", {
    level: "MUST",
    party: "host",
    profile: "file",
    section: "profiles",
    title: "Files that are missing or change are told truthfully",
    text:
      "A file that does not exist MUST be the `notFound` answer or 404; another failure before commitment MUST " +
      "be 500. A file that changes while it is sent MUST NOT exceed the announced length, and H47 applies if it " +
      "is shorter. Only regular files are sent.",
    sources: ["RFC 9112 section 8"],
  }),
  rule("H64", {
    level: "MUST",
    party: "host",
    profile: "file",
    section: "profiles",
    title: "No header can name a file",
    text:
      "No field of a request or a response may name a file to send. With a `root`, the resolved real path MUST " +
      "be inside of it, whatever links, `..`, NUL or encoded separators the name contains.",
    sources: ["CVE-2025-61780, CVE-2026-7381"],
  }),
  rule("H65", {
    level: "MUST",
    party: "host",
    profile: "informational",
    section: "profiles",
    title: "Informational responses come before the final one",
    text:
      "`sendInformational(status, headers)` MUST take 102 to 199 (100 only while it is owed) and throw a " +
      "RangeError otherwise. It MUST throw an `InvalidStateError` after commitment, do nothing after an abort, " +
      "and send nothing to HTTP/1.0. On plaintext HTTP/1.1 it MUST be off unless enabled.",
    sources: ["RFC 9110 section 15.2", "RFC 8297 section 3"],
  }),
  rule("H66", {
    level: "MUST",
    party: "host",
    profile: "trailers",
    section: "profiles",
    title: "Response trailers are announced and harmless",
    text:
      "Trailers MUST be sent only with a framing that has them and only to a client that sent `TE: trailers`. " +
      "Names for framing, routing, authentication and content MUST be refused, and `Trailer` MUST announce the " +
      "rest. Request trailers wait for the Fetch standard.",
    sources: ["RFC 9110 sections 6.5, 6.6.2", "whatwg/fetch#1940"],
  }),
];
