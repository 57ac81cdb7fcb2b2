// Which Express copies are in this process, and how do requests get born with an app's own prototypes?
//
// Express gives each request the prototype of its app. On Node 20 and 22 every property that is added afterwards makes a new
// hidden class, and no inline cache in Express or a middleware ever hits again: 20 µs for eight properties. An object that
// is born with that prototype pays nothing (docs/decisions/030-born-with-the-prototype.md).

import { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { quickenTags } from "./entity-tag.ts";
import { type IncomingConstructor, incomingConstructor, incomingLayer } from "./incoming.ts";
import { type OutgoingConstructor, outgoingConstructor, outgoingLayer } from "./outgoing.ts";

/** What Express puts on its apps, as far as we need it. */
export interface ExpressApp {
  (request: unknown, response: unknown, next?: (error?: unknown) => void): unknown;
  readonly request: object;
  readonly response: object;
  handle(request: unknown, response: unknown, next: (error?: unknown) => void): unknown;
}

export interface Pair {
  readonly Incoming: IncomingConstructor;
  readonly Outgoing: OutgoingConstructor;
}

/** The fast pair of listeners that leave prototypes alone. */
export const plainPair: Pair = {
  Incoming: incomingConstructor(incomingLayer),
  Outgoing: outgoingConstructor(outgoingLayer),
};

const pairs = new WeakMap<object, Pair>();

/** An app of Express 4 or 5, of any copy: by what it is made of, never by name or `length`. */
export function isExpressApp(value: unknown): value is ExpressApp {
  if (typeof value !== "function") return false;
  const { request, response, handle } = value as unknown as Partial<Record<string, unknown>>;
  return typeof handle === "function" && isRequestPrototype(request) && isResponsePrototype(response);
}

/** The constructors whose objects are born as requests and responses of `app`. */
export function expressPair(app: ExpressApp): Pair {
  let pair = pairs.get(app);
  if (pair === undefined) {
    spliceAll(app);
    quickenTags(app, loadedModules());
    pair = { Incoming: incomingConstructor(app.request), Outgoing: outgoingConstructor(app.response) };
    pairs.set(app, pair);
  }
  return pair;
}

function isRequestPrototype(value: unknown): value is object {
  return isObject(value) && Object.prototype.isPrototypeOf.call(IncomingMessage.prototype, value);
}

function isResponsePrototype(value: unknown): value is object {
  return isObject(value) && Object.prototype.isPrototypeOf.call(ServerResponse.prototype, value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Also the copies that `app` does not belong to: an app of theirs may be mounted in it as a plain function. */
function spliceAll(app: ExpressApp): void {
  splice(app);
  for (const exports of loadedExpresses()) {
    const { request, response, application } = exports;
    if (isObject(application) && isRequestPrototype(request) && isResponsePrototype(response)) {
      splice({ request, response });
    }
  }
}

/** Puts our layers directly above Node's own prototypes. A copy that has them already is left as it is. */
function splice({ request, response }: { readonly request: object; readonly response: object }): void {
  insert(request, IncomingMessage.prototype, incomingLayer);
  insert(response, ServerResponse.prototype, outgoingLayer);
}

function insert(from: object, base: object, layer: object): void {
  let prototype = from;
  for (;;) {
    if (prototype === layer) return;
    const above = Object.getPrototypeOf(prototype) as object | null;
    if (above === null) return;
    if (above === base) break;
    prototype = above;
  }
  Object.setPrototypeOf(prototype, layer);
}

/** Express is CommonJS, however it was imported. Bundled copies cannot be found: see docs/express.md. */
function loadedModules(): (NodeJS.Module | undefined)[] {
  return Object.values(createRequire(import.meta.url).cache ?? {});
}

function loadedExpresses(): Partial<Record<string, unknown>>[] {
  const found: Partial<Record<string, unknown>>[] = [];
  for (const module of loadedModules()) {
    // Reading a property may run code of a lazy export; only functions that look like Express are looked into.
    const exports: unknown = module?.exports;
    if (typeof exports === "function" && Object.hasOwn(exports, "application")) {
      found.push(exports as unknown as Partial<Record<string, unknown>>);
    }
  }
  return found;
}
