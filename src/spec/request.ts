// What happens to a request before a handler sees it.

import { type Rule, rule } from "./rule.ts";

export const requestRules: readonly Rule[] = [
  rule("H1", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Ambiguous framing is never dispatched",
    text:
      "A host MUST NOT call the handler when the framing of a message is invalid or ambiguous: Content-Length " +
      "lines that differ, a Content-Length that is empty or not all digits, Transfer-Encoding together with " +
      "Content-Length, or a Transfer-Encoding other than exactly `chunked`. It MUST answer 400 (501 for a " +
      "coding it does not know) and close, or close at once.",
    sources: ["RFC 9112 sections 6.1, 6.3, 11.2"],
  }),
  rule("H2", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Nothing is parsed after a framing error",
    text: "After a framing error a host MUST NOT interpret any further octet of that connection as a request.",
    sources: ["RFC 9112 sections 6.3, 9.6"],
  }),
  rule("H3", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Host is exactly one valid name",
    text:
      "A host MUST answer 400, without dispatch, to an HTTP/1.1 request with no, several, an empty or a " +
      "malformed Host. Valid is `name[:port]`, where the name is made of letters, digits, `.`, `_` and `-`, or " +
      "is a bracketed IPv6 address, and the port is at most 65535.",
    sources: ["RFC 9112 section 3.2", "RFC 9110 section 7.2"],
  }),
  rule("H4", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Only methods that a Request can carry are dispatched",
    text:
      "A host MUST NOT dispatch CONNECT, TRACE, TRACK, a method that is no token, or one that the Fetch " +
      "standard would change (`get`). It answers 501 (400 for what is no token; 405 with Allow is also allowed " +
      "for TRACE).",
    sources: ["Fetch standard, method normalization", "RFC 9110 section 9.1"],
  }),
  rule("H5", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Targets have no octets with a second meaning",
    text:
      "A host MUST answer 400 to an origin-form target that contains `#`, a space, a control or a raw octet " +
      "above 0x7F, and SHOULD do so for `\\`.",
    sources: ["RFC 9112 section 3.2"],
  }),
  rule("H6", {
    level: "SHOULD",
    party: "host",
    profile: "core",
    section: "request",
    title: "Absolute-form is taken at its word or refused",
    text:
      "A host SHOULD accept an absolute-form target with the scheme `http` or `https`. One that does MUST take " +
      "the authority from the target and ignore Host, MUST answer 400 to userinfo, and 421 when the scheme is " +
      "not that of the connection. One that does not MUST answer 4xx or 505 and close.",
    sources: ["RFC 9112 section 3.2.2", "RFC 9110 section 7.4"],
  }),
  rule("H7", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "OPTIONS * is no path",
    text: "A host MUST NOT dispatch `OPTIONS *`. It answers 204 itself, or 4xx or 505.",
    sources: ["RFC 9110 section 9.3.7"],
  }),
  rule("H8", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "The URL is put together, not resolved",
    text:
      "`request.url` MUST be scheme, `://`, authority and target joined and then parsed once. A host MUST NOT " +
      "resolve the target against a base: `GET //evil/x` keeps the authority of the request and has the path " +
      "`//evil/x`.",
    sources: ["RFC 9112 section 3.3", "URL standard"],
  }),
  rule("H9", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Forwarding headers count only when trusted",
    text:
      "The scheme MUST be `https` exactly when the connection is TLS. `Forwarded` and `X-Forwarded-*` MUST " +
      "change URL, scheme or `remote` only under explicit configuration, read from right to left over trusted " +
      "hops, with malformed values ignored. `peer` MUST stay the far end of the socket.",
    sources: ["RFC 9112 section 3.3", "RFC 7239"],
  }),
  rule("H10", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "The raw target is kept",
    text: "`context.target` MUST be the request target as it was received, undecoded.",
    sources: ["PSGI REQUEST_URI", "ASGI raw_path"],
  }),
  rule("H11", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Header octets are kept one to one",
    text:
      "A host MUST map header octets to the code points U+0000 to U+00FF one to one, in both directions. If it " +
      "cannot deliver an octet unchanged it MUST answer 400.",
    sources: ["Fetch standard, byte strings", "RFC 9110 section 5.5"],
  }),
  rule("H12", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "All field lines arrive, in order",
    text:
      "Every field line MUST reach `request.headers`. Lines of one name MUST be joined in order by `, `, those " +
      "of `cookie` by `; `.",
    sources: ["RFC 9110 section 5.3", "Fetch standard, combine"],
  }),
  rule("H13", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Connection fields are hidden from handlers",
    text:
      "A host MUST hide from `request.headers`: `transfer-encoding`, `keep-alive`, `proxy-connection`, " +
      "`expect`, `te` other than `trailers`, and every field that `Connection` names. `connection` and " +
      "`upgrade` MUST be hidden too, except on an upgrade offer (H57). `host` and `content-length` stay.",
    sources: ["RFC 9110 section 7.6.1"],
  }),
  rule("H14", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "GET and HEAD have no body",
    text:
      "The body of a GET or HEAD request MUST be `null`, whatever was sent. The host MUST consume that content " +
      "or close the connection.",
    sources: ["Fetch standard, Request constructor", "RFC 9110 section 9.3.1"],
  }),
  rule("H15", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "The Request is genuine",
    text:
      "`request instanceof Request`, `request.clone()`, `new Request(request)` and `fetch(new Request(url, " +
      "request))` MUST work, before the body is read and independently of it. A body can be read once: a second " +
      "read MUST reject with a TypeError, and a handler MUST NOT rely on one.",
    sources: ["Fetch standard", "Fetch Server API draft"],
  }),
  rule("H16", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "Limits are enforced before dispatch",
    text:
      "A host MUST enforce its limits before dispatch and close: 431 for the header section, 414 (or 431) for " +
      "the target, 413 for a declared body. It SHOULD accept targets of 8,000 octets and header sections of 16 " +
      "KiB by default.",
    sources: ["RFC 9112 section 3", "RFC 9110 sections 15.5.14, 15.5.15", "RFC 6585 section 5"],
  }),
  rule("H17", {
    level: "MAY",
    party: "host",
    profile: "core",
    section: "request",
    title: "HTTP/1.0 is served properly or refused",
    text:
      "A host MAY serve HTTP/1.0. If it does, it MUST NOT send 1xx or chunked framing to such a client, and " +
      "MUST close unless the client asked to keep the connection. Otherwise it MUST answer 505 and close.",
    sources: ["RFC 9110 sections 15.2, 15.6.6", "RFC 9112 section 9.3"],
  }),
  rule("H18", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "request",
    title: "No request influences another",
    text:
      "Each call MUST get a Request, a Context, a `state` and headers of its own, and nothing derived from one " +
      "request MUST influence another. A handler SHOULD start in an async context without the " +
      "`AsyncLocalStorage` values of another request.",
    sources: ["HatTip, Rack 3 upgrade guide: shared state"],
  }),
];
