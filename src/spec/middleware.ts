// What stands between a host and a handler, and is a handler to the one and a host to the other.

import { type Rule, rule } from "./rule.ts";

export const middlewareRules: readonly Rule[] = [
  rule("M1", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "A middleware turns a handler into a handler",
    text:
      "A middleware MUST be a function from a handler to a handler. To the outside its result obeys every " +
      "statement for handlers, to the inside every statement for hosts.",
    sources: ["PEP 3333, Rack, Ring: middleware"],
  }),
  rule("M2", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "The Context is passed on whole",
    text:
      "A middleware MUST pass on the Context it got, or one that inherits from it, with all members it does not " +
      "know.",
    sources: ["ASGI middleware", "PEP 3333, extensions"],
  }),
  rule("M3", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "A new Request keeps the signal",
    text:
      "A Request that replaces the original MUST abort when the original does, and MUST be used instead of it, " +
      "not beside it.",
    sources: ["Fetch standard, dependent signals"],
  }),
  rule("M4", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "The inner handler is called at most once with a body",
    text:
      "A middleware MUST NOT call the inner handler twice with the same unread body, nor after it has itself " +
      "returned.",
    sources: ["Rack, single consumption"],
  }),
  rule("M5", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "A dropped Response is cancelled",
    text: "A middleware that receives a Response and does not forward it MUST consume or cancel its body.",
    sources: ["Rack close", "wsgiref.validate"],
  }),
  rule("M6", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "Changed content is described anew",
    text:
      "A middleware that changes content MUST remove or recompute `content-length`, `etag`, `content-range`, " +
      "`accept-ranges` and digests, and `content-encoding` with `vary` if it changes the coding.",
    sources: ["RFC 9110 section 8", "PEP 3333"],
  }),
  rule("M7", {
    level: "MUST",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "Transformed streams stay streams",
    text:
      "A middleware that transforms a stream MUST pass data on as promptly as it gets it, apart from a window " +
      "that it documents, and MUST pass on cancellation and errors in both directions.",
    sources: ["PEP 3333, middleware and iteration"],
  }),
  rule("M8", {
    level: "SHOULD",
    party: "middleware",
    profile: "core",
    section: "middleware",
    title: "Headers are changed in place",
    text:
      "A middleware SHOULD change `headers` in place and MUST rebuild the Response when they are immutable. " +
      "Rebuilding loses the marks for files, WebSockets and pass-through, which is safe. The body of a marked " +
      "Response MUST NOT be started while it is still forwarded.",
    sources: ["Fetch standard, header guards"],
  }),
];
