// The app's own http.Server object, listening with our engine. It keeps its identity, its listeners and its emitter.

import cluster from "node:cluster";
import { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type AdoptedHost, adoptedHost } from "../../src/internal.ts";
import { type Surroundings, withServer } from "./bridge-state.ts";
import { listenNatively } from "./native-listen.ts";
import { nodeError } from "./node-errors.ts";
import type { AdoptOptions } from "./options.ts";
import { type EntryLookup, entryLookup } from "./server-entry.ts";
import { enterUpgrade } from "./upgrade.ts";

/** What of an http.Server we replace, on the object itself. */
const REPLACED = [
  "listen",
  "close",
  "address",
  "listening",
  "getConnections",
  "closeAllConnections",
  "closeIdleConnections",
  "ref",
  "unref",
] as const;

interface Place {
  readonly host: string;
  readonly port: number;
}

type Done = (error?: Error) => void;

const adoptions = new WeakMap<Server, Adoption>();

/** @throws ServerError as `adoptedHost` does */
export function adoptServer(server: Server, options: AdoptOptions): Server {
  if (!adoptions.has(server)) adoptions.set(server, new Adoption(server, options));
  return server;
}

/** Whether the server is ours already, or was. */
export function isAdopted(server: Server): boolean {
  return adoptions.has(server);
}

class Adoption {
  private readonly server: Server;
  private readonly options: AdoptOptions;
  private readonly entry: EntryLookup;
  private host: AdoptedHost | null = null;
  private bound: AddressInfo | null = null;
  private readonly surroundings: (around: Surroundings) => Surroundings;

  constructor(server: Server, options: AdoptOptions) {
    this.server = server;
    this.options = options;
    this.entry = entryLookup(server, options.objects);
    this.surroundings = withServer(server);
    Object.defineProperty(server, "listening", { configurable: true, get: () => this.bound !== null });
    for (const [name, value] of Object.entries(this.methods())) {
      Object.defineProperty(server, name, { value, configurable: true, writable: true });
    }
  }

  private methods(): Record<string, (...args: never[]) => unknown> {
    const { server } = this;
    const itself = (): Server => server;
    return {
      listen: (...args: unknown[]) => this.listen(args),
      close: (done?: Done) => this.close(done),
      address: () => this.bound,
      getConnections: (done: (error: null, count: number) => void) => {
        process.nextTick(done, null, this.host?.exchanges ?? 0);
        return server;
      },
      closeAllConnections: () => this.host?.abortAll(),
      closeIdleConnections: () => {},
      ref: itself,
      unref: itself,
    };
  }

  private listen(args: unknown[]): Server {
    const { server } = this;
    if (this.bound !== null) {
      throw nodeError("ERR_SERVER_ALREADY_LISTEN", "Listen method has been called more than once without closing.");
    }
    const place = placeOf(args);
    const host = place === null || cluster.isWorker ? "its address is not a port of this process" : this.open();
    if (place === null || typeof host === "string") return this.leaveToNode(args);
    const done = args.at(-1);
    if (typeof done === "function") server.once("listening", done as () => void);
    const port = host.listen(place.host, place.port);
    if (port === null) {
      void host.failure(place.host, place.port).then((error) => server.emit("error", error));
      return server;
    }
    const family = place.host.includes(":") ? "IPv6" : "IPv4";
    this.bound = { address: place.host === "localhost" ? "127.0.0.1" : place.host, family, port };
    process.nextTick(() => {
      if (this.bound !== null) server.emit("listening");
    });
    return server;
  }

  private open(): AdoptedHost | string {
    if (this.host !== null) return this.host;
    const { objects: _objects, ...options } = this.options;
    const host = adoptedHost((exchange, given, scope) => {
      const around = this.surroundings(given);
      if (exchange.upgrade != null && enterUpgrade(exchange, this.server, around, scope)) return;
      this.entry()(exchange, around, scope);
    }, options);
    if (typeof host !== "string") this.host = host;
    return host;
  }

  private close(done: Done | undefined): Server {
    const { server, host } = this;
    if (this.bound === null || host === null) {
      const error = nodeError("ERR_SERVER_NOT_RUNNING", "Server is not running.");
      if (done !== undefined) process.nextTick(done, error);
      return server;
    }
    this.bound = null;
    this.host = null;
    if (done !== undefined) server.once("close", done);
    // Node's own close finds no socket, ends its timers and says 'close'.
    void host.close().then(() => Server.prototype.close.call(server));
    return server;
  }

  /** Paths, handles, workers of a cluster, machines without the engine: the object becomes what it was. */
  private leaveToNode(args: unknown[]): Server {
    for (const name of REPLACED) Reflect.deleteProperty(this.server, name);
    return listenNatively(this.server, args);
  }
}

/** The address that `listen(…)` means, or `null` for one that is not host and port. */
function placeOf(args: readonly unknown[]): Place | null {
  const [first, second] = args;
  if (typeof first === "object" && first !== null) {
    const { port, host, path, fd, _handle, signal, ipv6Only } = first as Record<string, unknown>;
    if ([path, fd, _handle, signal, ipv6Only].some((one) => one !== undefined)) return null;
    return port === undefined ? null : place(port, host);
  }
  return place(typeof first === "function" ? 0 : first, second);
}

function place(port: unknown, host: unknown): Place | null {
  const number = port === undefined || port === null || port === "" ? 0 : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) return null;
  return { port: number, host: typeof host === "string" && host !== "" ? host : "::" };
}
