// Any `(req, res)` listener as a contract app. Which manner of bridging it gets is decided here, once.

import { AsyncResource } from "node:async_hooks";
import { ServerError, type App } from "../../src/index.ts";
import type { NativeEntry } from "../../src/internal.ts";
import type { Surroundings } from "./bridge-state.ts";
import { FetchCarrier } from "./fetch-carrier.ts";
import {
  type BridgeEntry,
  bridgeEntry,
  type Listener,
  type Manner,
  nativeEntry,
  prototypesOf,
} from "./listener-entry.ts";
import type { FromNodeOptions } from "./options.ts";
import { originOf, remember } from "./round-trip.ts";
import { type ExpressApp, isExpressApp } from "./splice.ts";
import { withUpgrades } from "./upgrade.ts";

/** Where our own hosts look for a way in without a Request. Registered, so that two copies of the package agree. */
const NATIVE: unique symbol = Symbol.for("easyserver.native") as never;

const ACCEPTED =
  "fromNode() takes a (req, res) listener, an Express, connect or polka app, a Koa app or its callback(), or a Fastify instance after ready().";

/** A listener, and how it may be treated. */
export interface Found {
  readonly listener: Listener;
  readonly manner: Manner;
  readonly ready?: () => PromiseLike<unknown>;
  readonly close?: () => PromiseLike<unknown>;
}

/** @throws ServerError `ERR_APP_INVALID` */
export function appFromListener(value: unknown, options: FromNodeOptions = {}): App {
  if (typeof value === "function") {
    const origin = originOf(value);
    if (origin !== undefined) return origin as App;
  }
  const { listener, manner, ready, close } = findListener(value, options);
  const enter = bridgeEntry(listener, manner);
  const app: App = {
    ...appFromEntry(
      enter,
      withUpgrades(
        nativeEntry(listener, enter, () => prototypesOf(manner)),
        options.server,
      ),
    ),
    ...(ready !== undefined && { start: async () => void (await ready()) }),
    ...(close !== undefined && { stop: async () => void (await close()) }),
  };
  remember(app, value as object);
  return app;
}

/** An app that is entered natively on hosts of ours, and by a Request on others. */
export function appFromEntry(enter: BridgeEntry, native: NativeEntry): App & { readonly [NATIVE]: NativeEntry } {
  return {
    contract: 1,
    fetch: (request, context) => {
      const carrier = new FetchCarrier(request, context);
      const scope = new AsyncResource("EasyserverRequest");
      scope.runInAsyncScope(enter, undefined, carrier, OUTSIDE, scope);
      return carrier.response;
    },
    [NATIVE]: native,
  };
}

/** On a host of another make there is no log of ours: what is left over goes where the platform's own errors go. */
const OUTSIDE: Surroundings = {
  report: (error) => {
    process.emitWarning(error instanceof Error ? error : String(error));
  },
};

/** How to call `value`, with what the options say of it. @throws ServerError `ERR_APP_INVALID` */
export function findListener(value: unknown, options: FromNodeOptions): Found {
  return withOptions(find(value), options);
}

function withOptions(found: Found, { objects, express }: FromNodeOptions): Found {
  if (express !== undefined) {
    if (!isExpressApp(express)) {
      throw new ServerError("ERR_APP_INVALID", "The option express takes the Express app that the listener calls.");
    }
    return { ...found, manner: { kind: "express", app: express } };
  }
  if (objects === "plain") return { ...found, manner: { kind: "plain" } };
  return objects === "unknown" ? { ...found, manner: { kind: "unknown" } } : found;
}

/** By what a value is made of, never by `fn.length`: an Express app takes three. */
function find(value: unknown): Found {
  if (isExpressApp(value))
    return { listener: value as Listener, manner: { kind: "express", app: value as ExpressApp } };
  if (hasMethod(value, "callback") && hasMethod(value, "use")) {
    return { listener: (value["callback"] as () => Listener)(), manner: { kind: "plain" } };
  }
  if (hasMethod(value, "routing") && hasMethod(value, "ready")) return fastify(value);
  if (hasMethod(value, "handler") && hasMethod(value, "wildcards") === false && isPolka(value)) {
    return { listener: (value["handler"] as Listener).bind(value), manner: { kind: "plain" } };
  }
  if (typeof value !== "function") {
    throw new ServerError("ERR_APP_INVALID", `fromNode() was given ${describe(value)}. ${ACCEPTED}`);
  }
  // connect's apps are functions with `handle` and a stack; they call through and leave prototypes alone.
  const isConnect = hasMethod(value, "handle") && "stack" in (value as object);
  return { listener: value as Listener, manner: { kind: isConnect ? "plain" : "unknown" } };
}

type Methods = Readonly<Record<string, unknown>>;

function fastify(instance: Methods): Found {
  return {
    listener: instance["routing"] as Listener,
    manner: { kind: "plain" },
    ready: () => (instance["ready"] as () => PromiseLike<unknown>)(),
    close: () => (instance["close"] as () => PromiseLike<unknown>)(),
  };
}

function isPolka(value: Methods): boolean {
  return typeof value["onError"] === "function" && typeof value["onNoMatch"] === "function";
}

function hasMethod(value: unknown, name: string): value is Methods {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as Methods)[name] === "function";
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object that is none of these" : `a ${typeof value}`;
}
