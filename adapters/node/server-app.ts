// An http.Server object as a contract app.

import type { Server } from "node:http";
import type { App } from "../../src/index.ts";
import type { Opened } from "../../src/internal.ts";
import { withServer } from "./bridge-state.ts";
import { appFromEntry } from "./from-listener.ts";
import type { FromNodeOptions } from "./options.ts";
import { type BridgeEntry, nativeEntry } from "./listener-entry.ts";
import { entryLookup, serverPrototypes } from "./server-entry.ts";
import { takeServer } from "./taken-server.ts";
import { withUpgrades } from "./upgrade.ts";

export type { Opened };

/** Where `serve()` looks for whom to tell that the port is open. */
const LISTENING: unique symbol = Symbol.for("easyserver.listening") as never;

/** What is done beside the server's own affairs. */
export interface TakenLife {
  start?(): unknown;
  /** The port is open. */
  opened?(opened: Opened): unknown;
  stop?(): unknown;
}

/** By what it is made of: there may be several copies of node:http's classes, and there is https. */
export function isServer(value: unknown): value is Server {
  if (typeof value !== "object" || value === null || !("requestTimeout" in value)) return false;
  const { listen, emit, listenerCount } = value as Partial<Server>;
  return [listen, emit, listenerCount].every((method) => typeof method === "function");
}

/**
 * `server` as an App: its listeners answer, and `listen`, `close`, `address` and `listening` of this very object tell of the
 * port that `serve()` opens. `close()` of it closes that server.
 */
export function appFromServer(
  server: Server,
  objects: FromNodeOptions["objects"],
  life: TakenLife = {},
): App & { [LISTENING](opened: Opened): unknown } {
  const itself = takeServer(server);
  const lookup = entryLookup(server, objects);
  const known = withServer(server);
  const enter: BridgeEntry = (carrier, around, scope) => lookup()(carrier, around, scope);
  const listener = (request: never, response: never): void => void server.emit("request", request, response);
  const native = withUpgrades(
    nativeEntry(listener, enter, () => serverPrototypes(server, objects)),
    server,
  );
  return {
    ...appFromEntry((carrier, host, scope) => enter(carrier, known(host), scope), native),
    start: async () => void (await life.start?.()),
    [LISTENING]: (opened) => {
      itself.open(opened);
      return life.opened?.(opened);
    },
    stop: async () => {
      itself.isStopping = true;
      // Whoever closed it from within is on the way out already.
      if (!itself.isClosing) await life.stop?.();
      await itself.end();
    },
  };
}
