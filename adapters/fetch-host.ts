// What do fetch frameworks find beside the Request? One object that speaks every runtime's dialect, computed on demand.

import type { Context, Endpoint } from "../src/index.ts";

/** An address in Deno's words. */
export type RemoteAddr =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** An address in Bun's words. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
  readonly family: "IPv4" | "IPv6";
}

/** The part of Node's request object that frameworks read to learn the client's address. */
export interface Incoming {
  readonly socket: {
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    readonly remoteFamily: "IPv4" | "IPv6" | undefined;
    readonly encrypted: boolean;
  };
}

/**
 * The second and third argument of an adapted framework: the contract's own Context, and with it what Deno's `info`, Bun's
 * `server`, Cloudflare's `ctx` and `@hono/node-server`'s `env` offer.
 *
 * The address is the client's after trusted forwarding, as in `context.remote`.
 */
export interface FetchHost extends Context {
  /** The contract's own Context, untouched. */
  readonly context: Context;
  /** Deno: the client's address; `null` when unknown. */
  readonly remoteAddr: RemoteAddr | null;
  /** Bun: the client's address, or `null` when unknown or not an IP address. */
  requestIP(request?: Request): SocketAddress | null;
  /** Bun: whether the request became a WebSocket. Always `false`: this adapter does not upgrade, the handler goes on. */
  upgrade(): false;
  /** Cloudflare: does nothing, for there is no origin behind this server to pass to. A failure is answered with 500. */
  passThroughOnException(): void;
  /** Node: the client's address. */
  readonly incoming: Incoming;
}

/** The record makes a new member of Context a type error here, so that none is ever dropped (clause M2). */
type EveryMember = Readonly<Record<keyof Context, unknown>>;

/** A view of one Context. Getters only: a request that asks for nothing pays for one small object. */
export class ContextHost implements FetchHost, EveryMember {
  readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  get remoteAddr(): RemoteAddr | null {
    const remote = this.context.remote;
    if (remote === null) return null;
    if (remote.family === "unix") return { transport: "unix", path: remote.address };
    return { transport: "tcp", hostname: remote.address, port: remote.port };
  }

  requestIP(): SocketAddress | null {
    return ipAddress(this.context.remote);
  }

  upgrade(): false {
    return false;
  }

  passThroughOnException(): void {}

  get incoming(): Incoming {
    const address = ipAddress(this.context.remote);
    return {
      socket: {
        remoteAddress: address?.address,
        remotePort: address?.port,
        remoteFamily: address?.family,
        encrypted: this.context.tls !== null,
      },
    };
  }

  get contract(): 1 {
    return this.context.contract;
  }

  get supports(): Context["supports"] {
    return this.context.supports;
  }

  get request(): Request {
    return this.context.request;
  }

  get remote(): Endpoint | null {
    return this.context.remote;
  }

  get peer(): Endpoint | null {
    return this.context.peer;
  }

  get local(): Endpoint | null {
    return this.context.local;
  }

  get httpVersion(): Context["httpVersion"] {
    return this.context.httpVersion;
  }

  get tls(): Context["tls"] {
    return this.context.tls;
  }

  get target(): string {
    return this.context.target;
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }

  get completed(): Promise<void> {
    return this.context.completed;
  }

  waitUntil(work: PromiseLike<unknown>): void {
    this.context.waitUntil(work);
  }

  get state(): Context["state"] {
    return this.context.state;
  }

  get app(): Context["app"] {
    return this.context.app;
  }

  passThrough(init?: ResponseInit): Response {
    return this.context.passThrough(init);
  }

  get upgradeWebSocket(): Context["upgradeWebSocket"] {
    return this.context.upgradeWebSocket?.bind(this.context);
  }

  get sendInformational(): Context["sendInformational"] {
    return this.context.sendInformational?.bind(this.context);
  }

  get setTrailers(): Context["setTrailers"] {
    return this.context.setTrailers?.bind(this.context);
  }

  get native(): unknown {
    return this.context.native;
  }
}

function ipAddress(endpoint: Endpoint | null): SocketAddress | null {
  if (endpoint === null || endpoint.family === "unix") return null;
  return { address: endpoint.address, port: endpoint.port, family: endpoint.family };
}
