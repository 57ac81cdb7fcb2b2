// An http.Server with listeners of 'upgrade', on node:http itself and through every way that we have to serve it.

import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { adopt } from "../../adapters/node.ts";
import { loggerTo, served } from "../host/served.ts";

/** `genuine` is node:http itself. `uws` and `node` are `serve(server)` on an engine, `adopted` is its own `listen` on uWebSockets.js. */
export type Way = "genuine" | "uws" | "node" | "adopted";

/** The ways that are ours. */
export const OURS: readonly Way[] = ["uws", "node", "adopted"];

export const WAYS: readonly Way[] = ["genuine", ...OURS];

export interface ServedServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** What was reported. */
  readonly reports: unknown[];
  close(deadlineMs: number): Promise<void>;
}

export async function serveServer(way: Way, server: HttpServer): Promise<ServedServer> {
  if (way === "uws" || way === "node") {
    const running = await served(way, server);
    return {
      port: running.port,
      url: `ws://127.0.0.1:${running.port}`,
      reports: running.reports,
      close: (deadlineMs) => running.server.close({ deadlineMs }),
      [Symbol.asyncDispose]: () => running.server.close({ deadlineMs: 100 }),
    };
  }
  const reports: unknown[] = [];
  const sockets = new Set<{ destroy(): unknown }>();
  if (way === "adopted") adopt(server, { engine: "uws", logger: loggerTo(reports) });
  server.on("connection", (socket) => sockets.add(socket));
  // Neither Node's server nor an adopted one ends a connection that has become somebody else's.
  if (server.listenerCount("upgrade") > 0) server.prependListener("upgrade", (_request, socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  return { port, url: `ws://127.0.0.1:${port}`, reports, close, [Symbol.asyncDispose]: close };
}

/** For a listener that is nothing but upgrades. */
export function bareServer(): HttpServer {
  return createServer((_request, response) => response.end("plain"));
}
