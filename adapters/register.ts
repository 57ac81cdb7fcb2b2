// `node --import easyserver/register app.js`: every http.Server that listens is adopted, and the app stays as it is.

import { Server } from "node:http";
import { adoptServer, isAdopted } from "./node/adopt.ts";
import { listenNatively } from "./node/native-listen.ts";

function listen(this: Server, ...args: unknown[]): Server {
  if (isAdopted(this)) return listenNatively(this, args);
  return (adoptServer(this, {}) as { listen(...args: unknown[]): Server }).listen(...args);
}

Object.defineProperty(Server.prototype, "listen", { value: listen, configurable: true, writable: true });
