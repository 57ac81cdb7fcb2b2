// What a bridge between a foreign framework and the contract owes both sides.

import { type Rule, rule } from "./rule.ts";

export const adapterRules: readonly Rule[] = [
  rule("D1", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "An adapter is a pure function",
    text:
      "An adapter MUST be a function from a foreign app to a contract app, or back, without a listener of its " +
      "own. Wrapping in one direction and then in the other MUST give the original back.",
    sources: ["Ring adapters", "srvx"],
  }),
  rule("D2", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "Foreign apps see the whole request",
    text:
      "A `(req, res)` app MUST see the raw target as `req.url`, `rawHeaders` in order, `headers` by Node's " +
      "rules, the HTTP version, the peer's address and TLS, the events of a request in Node's order, and the " +
      "end of the body even when it listens late.",
    sources: ["Node http.IncomingMessage", "h3js/srvx#261"],
  }),
  rule("D3", {
    level: "MUST",
    party: "adapter",
    profile: "stream",
    section: "adapter",
    title: "Streams and backpressure pass through",
    text:
      "An adapter MUST NOT buffer a whole body in either direction. `res.write()` MUST return false when the " +
      "client does not read, and `drain` MUST follow.",
    sources: ["Node stream.Writable"],
  }),
  rule("D4", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "The whole of res is mapped",
    text:
      "`statusMessage`, arrays in `setHeader`, `appendHeader`, implicit headers, `flushHeaders` and " +
      "informational writes MUST be mapped or documented as having no effect. A status without a body MUST give " +
      "a `null` body.",
    sources: ["Node http.ServerResponse"],
  }),
  rule("D5", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "Errors first belong to the framework",
    text:
      "The error handling of the foreign app MUST run first. What escapes it MUST become a rejection (H45); a " +
      "response that the app destroys MUST become a body that fails (H47).",
    sources: ["Express error handlers"],
  }),
  rule("D6", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "Leaving clients are told, others are not",
    text:
      "A client that leaves MUST cause the foreign abort and close events and the abort of `request.signal`. A " +
      "normal completion MUST cause none of the events that tell an abort.",
    sources: ["h3js/srvx#122, #293"],
  }),
  rule("D7", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "Not mine is something one can say",
    text:
      "What a foreign app does not handle MUST become the 404 of `context.passThrough()`, which an outer " +
      "composer can recognise. Sent as it is, it is a plain 404.",
    sources: ["HatTip passThrough"],
  }),
  rule("D8", {
    level: "MUST",
    party: "adapter",
    profile: "node-upgrade",
    section: "adapter",
    title: "Libraries that want a socket get one",
    text:
      "A library that takes upgrades as `(req, socket, head)` MUST get a socket that speaks RFC 6455 to it " +
      "while the host owns the real one. A 101 that it writes MUST cause the switch with the protocol it chose; " +
      "any other status MUST become the answer.",
    sources: ["Node http.Server upgrade event", "RFC 6455"],
  }),
  rule("D9", {
    level: "MUST",
    party: "adapter",
    profile: "core",
    section: "adapter",
    title: "Lives of frameworks are bound to start and stop",
    text:
      "An adapter MUST bind the start and end of a framework to `start()` and `stop()`, and MUST publish " +
      "`waitUntil` where the framework looks for it.",
    sources: ["Next.js after()", "ASGI lifespan"],
  }),
  rule("D10", {
    level: "MUST",
    party: "adapter",
    profile: "file",
    section: "adapter",
    title: "Files of frameworks stay what they are",
    text:
      "An adapter MAY map a sender of files to a file Response (H61). Either way the client MUST get the status, fields " +
      "and octets that the sender gives on its own server, also for conditions and ranges.",
    sources: ["Rack to_path"],
  }),
];
