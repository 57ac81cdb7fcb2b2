// What a handler owes its host.

import { type Rule, rule } from "./rule.ts";

export const handlerRules: readonly Rule[] = [
  rule("A1", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Every Response is fresh",
    text:
      "A handler MUST return a Response whose body nobody has used, and MUST NOT return one with a body a " +
      "second time.",
    sources: ["Rack 3 upgrade guide"],
  }),
  rule("A2", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "The host's fields are left to the host",
    text:
      "A handler MUST NOT set `date` or the fields that H32 lists, except `connection: close`. It sets " +
      "`content-length` only to the exact number of octets.",
    sources: ["RFC 9110 section 7.6.1", "PEP 3333"],
  }),
  rule("A3", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Nothing describes content that is not there",
    text:
      "A handler MUST NOT put `content-type`, `content-length` or `content-encoding` on a 204, and SHOULD NOT " +
      "on a 304. It answers HEAD as it answers GET, with the same fields, and leaves the body to the host.",
    sources: ["RFC 9110 sections 9.3.2, 15.3.5, 15.4.5"],
  }),
  rule("A4", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Cookies are appended, never joined",
    text:
      'A handler MUST set several cookies with repeated `append("set-cookie", …)` and MUST NOT join them into ' +
      "one value.",
    sources: ["RFC 9110 section 5.3"],
  }),
  rule("A5", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Streams yield bytes and stop when cancelled",
    text:
      "A body stream MUST yield only non-empty `Uint8Array` chunks, MUST NOT change one after it was yielded, " +
      "and MUST stop its work when it is cancelled.",
    sources: ["Fetch standard, body", "Streams standard"],
  }),
  rule("A6", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Relayed messages lose what belonged to their hop",
    text:
      "A handler that relays a response of `fetch()` MUST remove `content-encoding` and `content-length` if the " +
      "client has decoded the body, and the fields of the connection. A handler that relays a request MUST " +
      "choose the Host of the upstream deliberately.",
    sources: ["RFC 9110 section 7.6.1", "nodejs/undici#2514"],
  }),
  rule("A7", {
    level: "SHOULD",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Work ends when nobody waits for it",
    text: "A handler SHOULD pass `request.signal` on to the work it starts, and SHOULD settle soon after an abort.",
    sources: ["Fetch standard, abort"],
  }),
  rule("A8", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Optional members are optional",
    text:
      "A handler MUST work with the required members of Context alone. It MUST look before it uses an optional " +
      "one (T4).",
    sources: ["ASGI and PSGI, extensions"],
  }),
  rule("A9", {
    level: "MUST",
    party: "handler",
    profile: "websocket",
    section: "handler",
    title: "Upgrades are authorised, protocols only chosen",
    text:
      "A handler MUST check `Origin`, or authenticate in another way, before it upgrades, and MUST choose a " +
      "subprotocol only from those offered.",
    sources: ["RFC 6455 sections 4.2.2, 10.2"],
  }),
  rule("A10", {
    level: "MUST",
    party: "handler",
    profile: "core",
    section: "handler",
    title: "Some statuses need their companion field",
    text: "A 405 MUST carry `Allow`, a 401 `WWW-Authenticate`, a 426 `Upgrade`.",
    sources: ["RFC 9110 sections 15.5.2, 15.5.6, 15.5.22"],
  }),
];
