// What a handler, an app and a Response are, and how both sides find out what the other can do.

import { type Rule, rule } from "./rule.ts";

export const shapeRules: readonly Rule[] = [
  rule("T1", {
    level: "MUST",
    party: "contract",
    profile: "core",
    section: "shape",
    title: "A handler gets a Request and a Context",
    text:
      "A host MUST call a handler with exactly two arguments, a `Request` and a `Context`. The handler MUST " +
      "return a `Response` or a thenable of one, synchronously or not.",
    sources: ["Deno.serve, Bun.serve, Workers", "h3js/srvx#187"],
  }),
  rule("T2", {
    level: "MUST",
    party: "contract",
    profile: "core",
    section: "shape",
    title: "Function, object and module are apps",
    text:
      "A host MUST accept (a) a function, (b) an object with a `fetch` method, called on that object, and (c) a " +
      "module namespace whose `default` is (a) or (b). It MUST refuse anything else before it listens, with an " +
      "error that names what it found.",
    sources: ["Workers, Deno, Bun: default exports"],
  }),
  rule("T3", {
    level: "SHOULD",
    party: "contract",
    profile: "core",
    section: "shape",
    title: "Apps of the Fetch Server API draft are accepted",
    text:
      'A host SHOULD recognise `Symbol.for("wintertc.server.protocol")` with the value 1 and then call ' +
      "`fetch(context)` with the Context alone. It MUST refuse another value of that marker with an error that " +
      "names it.",
    sources: ["WinterTC Fetch Server API draft, declarative export"],
  }),
  rule("T4", {
    level: "MUST",
    party: "contract",
    profile: "core",
    section: "shape",
    title: "Optional features are found by looking",
    text:
      "`context.supports` MUST name the optional features of this exchange, and the member of a named feature " +
      "MUST be a function. Reading an optional member that is not supported MUST give `undefined` and MUST NOT " +
      "throw.",
    sources: ["ASGI extensions", "honojs/hono#2649"],
  }),
  rule("T5", {
    level: "MUST",
    party: "contract",
    profile: "core",
    section: "shape",
    title: "Unknown members are ignored",
    text:
      "Every party MUST ignore members of Context, App and options that it does not know. Minor additions only " +
      "add members and capability names; `contract` is the major version, an integer.",
    sources: ["ASGI error handling", "Rack's version array"],
  }),
  rule("T6", {
    level: "MUST",
    party: "contract",
    profile: "core",
    section: "shape",
    title: "A Response is what has the shape of one",
    text:
      "A host MUST judge a Response by its shape, not by `instanceof`: an integer `status`, iterable `headers` " +
      "with `getSetCookie()`, and a `body` that is `null` or a `ReadableStream`. What it accepts it MUST " +
      "validate again as H29 to H31 say.",
    sources: ["Fetch standard", "responses of other realms and of srvx"],
  }),
];
