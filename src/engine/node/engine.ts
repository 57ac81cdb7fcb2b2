// The engine that runs everywhere: HTTP/1 on Node's own server.

import type { Engine, Listener, ListenOptions } from "../engine.ts";
import { openListener } from "./listener.ts";

/** An engine on `node:http`: slower than uWebSockets.js, without native code, complete where that one has gaps. */
export function createNodeEngine(): Engine {
  return {
    name: "node",
    version: process.versions.node,
    listen: (options: ListenOptions): Promise<Listener> => openListener(options),
  };
}
