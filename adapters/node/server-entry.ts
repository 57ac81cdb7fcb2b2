// How is a request given to an http.Server object that has no sockets of its own? To its 'request' listeners, whoever they are by then.

import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { findListener } from "./from-listener.ts";
import type { FromNodeOptions } from "./options.ts";
import { type BridgeEntry, bridgeEntry, type ManneredPrototypes, prototypesOf } from "./listener-entry.ts";

type Emitting = Server & { readonly _events: Readonly<Record<string, unknown>> };

/** Gives the entry that the next request takes. */
export type EntryLookup = () => BridgeEntry;

/**
 * Looks at the listeners of `server` for every request: engine.io and others take them away and put their own in front. A
 * single one is called as it is, so that an Express app among them keeps its speed.
 */
export function entryLookup(server: Server, objects: FromNodeOptions["objects"]): EntryLookup {
  const entries = new WeakMap<object, BridgeEntry>();
  return () => {
    const key = soleListener(server) ?? server;
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = entryOf(server, key, objects);
      entries.set(key, entry);
    }
    return entry;
  };
}

/** What the only listener of `server` makes of Node's objects. */
export function serverPrototypes(server: Server, objects: FromNodeOptions["objects"]): ReturnType<ManneredPrototypes> {
  const listener = soleListener(server);
  return listener === null
    ? null
    : prototypesOf(findListener(listener, objects === undefined ? {} : { objects }).manner);
}

function soleListener(server: Server): object | null {
  const found = (server as Emitting)._events["request"];
  // oxlint-disable-next-line typescript/unbound-method -- compared, not called: tracing tools replace it
  const isPlain = server.emit === EventEmitter.prototype.emit;
  return typeof found === "function" && isPlain ? found : null;
}

function entryOf(server: Server, listener: object, objects: FromNodeOptions["objects"]): BridgeEntry {
  if (listener === server) {
    return bridgeEntry((request, response) => void server.emit("request", request, response), { kind: "unknown" });
  }
  const { listener: called, manner } = findListener(listener, objects === undefined ? {} : { objects });
  // Not called.bind(): on an Express app that adds a route for the method BIND.
  return bridgeEntry((request, response): unknown => Reflect.apply(called, server, [request, response]), manner);
}
