// How are the frameworks called that want more than arguments: fields on the Request (h3), a server of their own (Elysia)?

import type { App, Handler } from "../src/index.ts";
import type { ContextHost, SocketAddress } from "./fetch-host.ts";

type Reply = ReturnType<Handler>;

/** An object, or function, with a `fetch` method. */
export interface Fetcher {
  fetch(request: Request, ...rest: readonly unknown[]): Reply;
}

/** SvelteKit's server. Its `init()` is the caller's to await, because only the caller knows its environment. */
export interface Responder {
  respond(request: Request, ...rest: readonly unknown[]): Reply;
}

/** The fields that h3 reads from a Request, as its usual server puts them there. */
interface ServerRequest extends Request {
  ip?: string | undefined;
  waitUntil?: (work: PromiseLike<unknown>) => void;
  runtime?: { readonly name: string };
}

const NODE_RUNTIME = Object.freeze({ name: "node" });

/**
 * Puts `ip`, `waitUntil` and `runtime` on the Request, which h3 2 and Nitro 3 read. `runtime.node` is left out: there is no
 * Node request behind this one, and h3 says so itself to a handler that needs it.
 */
export function withServerFields(request: Request, host: ContextHost): Request {
  // Plain values: three accessors would cost 40 times as much per request as reading the address ahead of need.
  const target: ServerRequest = request;
  target.ip = host.requestIP()?.address;
  target.waitUntil = (work) => host.waitUntil(work);
  target.runtime = NODE_RUNTIME;
  return request;
}

/** What the adapter uses of an Elysia instance. */
export interface ElysiaLike extends Fetcher {
  server: unknown;
  readonly modules: PromiseLike<unknown>;
  readonly event: { readonly start?: readonly ElysiaHook[] };
  stop(): PromiseLike<unknown>;
}

interface ElysiaHook {
  readonly fn: (app: ElysiaLike) => unknown;
}

const HOST = Symbol("easyserver.host");

interface HostedRequest extends Request {
  [HOST]?: ContextHost;
}

/** What Elysia handlers see as `server`. Elysia itself calls `stop` before its `onStop` hooks. */
const ELYSIA_SERVER = Object.freeze({
  requestIP: (request: HostedRequest): SocketAddress | null => request[HOST]?.requestIP() ?? null,
  upgrade: (): false => false,
  stop: (): void => {},
});

/** Lets `server.requestIP(request)` find the address of a Request that an Elysia handler was given. */
export function withElysiaHost(request: Request, host: ContextHost): Request {
  const target: HostedRequest = request;
  target[HOST] = host;
  return request;
}

/**
 * Elysia's life: lazy plugins are loaded and `onStart` hooks run before the first request, `onStop` hooks at the end.
 *
 * Elysia's own `stop` and `error` methods mean something else than the contract's, so they are not taken for them. An
 * instance that already listens by itself is left alone.
 */
export function elysiaLife(app: ElysiaLike): Pick<App, "start" | "stop"> {
  return {
    start: async () => {
      if (app.server !== null) return;
      await app.modules;
      app.server = ELYSIA_SERVER;
      for (const hook of app.event.start ?? []) await hook.fn(app);
    },
    stop: async () => {
      if (app.server === ELYSIA_SERVER) await app.stop();
    },
  };
}
