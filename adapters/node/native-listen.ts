// Node's own `listen`, past anything that was put in front of it.

import type { Server } from "node:http";
import { Server as NetServer } from "node:net";

/** Opens the port with Node's own sockets. */
export function listenNatively(server: Server, args: readonly unknown[]): Server {
  return Reflect.apply(Reflect.get(NetServer.prototype, "listen") as () => Server, server, args);
}
