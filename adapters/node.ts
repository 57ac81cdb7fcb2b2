// Node listeners and the contract, in both directions.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { App } from "../src/index.ts";
import { adoptServer } from "./node/adopt.ts";
import { appFromListener } from "./node/from-listener.ts";
import type { AdoptOptions, FromNodeOptions } from "./node/options.ts";

import { appFromServer, isServer } from "./node/server-app.ts";

export type { AdoptOptions, FromNodeOptions, ToNodeOptions } from "./node/options.ts";
export { toNode, type NodeListener } from "./node/to-node.ts";

/** What `fromNode()` takes: a listener, or a framework's instance that has one. */
export type NodeApp = ((request: IncomingMessage, response: ServerResponse) => unknown) | object;

/**
 * Turns a `(req, res)` listener into an App that `serve()` runs: Koa (the app or its `callback()`), Fastify (the instance),
 * connect, polka, restana, Express, a bare function, or an `http.Server` that does not listen, whose listeners of 'request' and
 * 'upgrade' are called.
 *
 * The listener gets objects that are `http.IncomingMessage` and `http.ServerResponse`, with the events, errors and order of
 * node:http. On our own engines no Request and no Response is made on the way; on any other host of the contract, on Bun and
 * on Deno the same objects are fed by the Request. What is different is listed in docs/node.md.
 *
 * A Fastify instance is made ready at start and closed at stop. The app that `toNode()` was given comes back as it was.
 *
 * @throws ServerError `ERR_APP_INVALID` for anything else.
 */
export function fromNode(listener: NodeApp, options: FromNodeOptions = {}): App {
  return isServer(listener) ? appFromServer(listener, options.objects) : appFromListener(listener, options);
}

/**
 * Makes `server`, which does not listen yet, listen with our engine: `listen`, `close`, `address`, `listening` and
 * `closeAllConnections` of this very object are replaced, and its 'request' listeners are called through the bridge. Frameworks
 * that keep a server of their own (NestJS, socket.io) notice nothing. Gives the same object.
 *
 * `listen` works within the call, as Node's does: `address()` is known at once, 'listening' comes a tick later, 'error' when
 * the address cannot be had. Node keeps servers of unix sockets, of file descriptors and of cluster workers, and all servers
 * where uWebSockets.js does not run. Its 'upgrade' listeners get WebSockets (docs/websockets.md). Its own timeouts, and its
 * events 'connection', 'checkContinue' and 'clientError', have no meaning on our engine.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` and `ERR_ENGINE_UNAVAILABLE`, at `listen`.
 */
export function adopt(server: Server, options: AdoptOptions = {}): Server {
  return adoptServer(server, options);
}
