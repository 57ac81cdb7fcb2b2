// Which server does a program open that calls `listen()` by itself? It is taken instead, and served like any other app.

import { Server } from "node:http";
import { listenNatively } from "./native-listen.ts";
import { portOf, takeServer } from "./taken-server.ts";

/**
 * From now on the first http.Server that is told to listen opens no port, and is given to `found`. Others for the same port,
 * as Fastify makes for the second address of localhost, are the same door; those for other ports listen as they would.
 */
export function captureServer(found: (server: Server) => void): void {
  let first: Server | null = null;
  const open = (server: Server, args: readonly unknown[]): Server => {
    if (first !== null && !takeServer(first).isSameDoor(portOf(args))) return listenNatively(server, args);
    const taken = takeServer(server);
    taken.listen(args);
    if (first === null) {
      first = server;
      found(server);
    } else takeServer(first).lead(taken);
    return server;
  };
  function listen(this: Server, ...args: unknown[]): Server {
    return open(this, args);
  }
  Object.defineProperty(Server.prototype, "listen", { value: listen, configurable: true, writable: true });
}
