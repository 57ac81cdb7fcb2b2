// How a Response becomes octets.

import { type Rule, rule } from "./rule.ts";

export const responseRules: readonly Rule[] = [
  rule("H29", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "What cannot be sent is a failure of the handler",
    text:
      "A host MUST handle a result that is no Response (`undefined`, `Response.error()`, a status outside 200 " +
      "to 599, a locked or disturbed body) like a thrown error (H45).",
    sources: ["Fetch standard", "Fetch Server API draft"],
  }),
  rule("H30", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "No field can smuggle a line",
    text:
      "When it writes them, a host MUST make sure that field names are tokens, that values contain no CR, LF or " +
      "NUL, and that the reason phrase contains no CR or LF, whoever built the Response. A violation is a " +
      "failure of the handler (H45), and nothing of it goes out.",
    sources: ["RFC 9110 section 5.5", "RFC 9112 section 11.1"],
  }),
  rule("H31", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Each cookie is a line of its own",
    text:
      "Each `Set-Cookie` value MUST be sent as a field line of its own, in order, neither joined nor split nor " +
      "encoded again.",
    sources: ["RFC 9110 section 5.3", "RFC 6265 section 3"],
  }),
  rule("H32", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "The host owns the connection's fields",
    text:
      "A host MUST NOT forward `transfer-encoding`, `keep-alive`, `proxy-connection`, `te`, `trailer`, `date`, " +
      "or `upgrade` (except with 426) from a handler. It drops `connection`, but the option `close` in it MUST " +
      "close the connection after the response.",
    sources: ["RFC 9110 section 7.6.1"],
  }),
  rule("H33", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Exactly one Date",
    text:
      "Every final response below 500 MUST carry exactly one valid Date; 5xx SHOULD. A host SHOULD NOT send " +
      "fields that name a product by default.",
    sources: ["RFC 9110 sections 6.6.1, 10.2.4"],
  }),
  rule("H34", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Statuses without a body are framed without one",
    text:
      "A 204 MUST have no body, no Content-Length and no Transfer-Encoding. A 304 MUST have no body. A 205 MUST " +
      "have explicit zero length. Another response with a `null` body MUST have `Content-Length: 0`.",
    sources: ["RFC 9110 sections 8.6, 15.3.5, 15.3.6, 15.4.5", "RFC 9112 section 6.3"],
  }),
  rule("H35", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "HEAD runs the handler and sends no body",
    text:
      "A host MUST call the handler for HEAD with the method HEAD and MUST NOT send an octet of body. It MUST " +
      "cancel a stream without reading it, and MUST send Content-Length only if the handler set it or the size " +
      "is known.",
    sources: ["RFC 9110 sections 8.6, 9.3.2"],
  }),
  rule("H36", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Known sizes are told truthfully",
    text:
      "For a body of known size (text, bytes, Blob, file) the host MUST send its real length. It wins over " +
      "another value of the handler, which is reported.",
    sources: ["RFC 9110 section 8.6"],
  }),
  rule("H37", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "One framing for a stream",
    text:
      "A host MUST frame a stream by its Content-Length if the handler set one, otherwise by `chunked` on " +
      "HTTP/1.1 (by closing on 1.0). It MUST NOT send both fields.",
    sources: ["RFC 9112 sections 6.1, 6.2"],
  }),
  rule("H38", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "A stream never lies about its length",
    text:
      "A stream longer than its Content-Length MUST be cut there, cancelled and reported, and the connection " +
      "closed. A shorter one MUST end in an aborted connection, without padding and without a clean end.",
    sources: ["RFC 9110 section 8.6", "PEP 3333"],
  }),
  rule("H39", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Chunks are not held back",
    text:
      "A host MUST hand each chunk to the transport without waiting for the next. Headers MUST go out with the " +
      "first chunk, or one turn of the event loop after the handler settled, whichever is first.",
    sources: ["PEP 3333, buffering", "HTML, server-sent events"],
  }),
  rule("H40", {
    level: "MUST",
    party: "host",
    profile: "stream",
    section: "response",
    title: "Bodies are pulled only as fast as the client reads",
    text:
      "A host MUST pull a body only while the transport accepts data. Unsent octets MUST stay below 1 MiB and " +
      "one chunk.",
    sources: ["Streams standard, backpressure"],
  }),
  rule("H41", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Chunks are Uint8Array",
    text: "A chunk that is no `Uint8Array` MUST be an error of the stream (H47). A host MUST NOT convert it.",
    sources: ["Fetch standard, body"],
  }),
  rule("H42", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "The host does not edit content",
    text:
      "A host MUST NOT compress, re-encode, guess types or add validators unless it was configured to. If it " +
      "was, it MUST honour `no-transform`, leave encoded bodies alone, set Vary, weaken entity tags and correct " +
      "the length.",
    sources: ["RFC 9110 section 7.7", "PEP 3333"],
  }),
  rule("H43", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Connection: close closes",
    text:
      "When `close` is anywhere in the request's `Connection` list, in any case, the response MUST say `close`, " +
      "and the connection MUST end after it with nothing further processed.",
    sources: ["RFC 9112 section 9.6"],
  }),
  rule("H44", {
    level: "MUST",
    party: "host",
    profile: "core",
    section: "response",
    title: "Responses keep the order of requests",
    text:
      "Responses of one connection MUST be sent in the order of the requests and never interleaved. A host that " +
      "cannot pipeline SHOULD finish the pending response before it closes.",
    sources: ["RFC 9112 section 9.3.2"],
  }),
];
