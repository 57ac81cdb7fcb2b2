// Opens an address with uWebSockets.js and turns what arrives into exchanges.

import { ServerError } from "../../errors.ts";
import type { Endpoint } from "../../contract.ts";
import { HeadFacts, type HeadFault, NOT_COVERED } from "../../http/head-rules.ts";
import type { Engine, EngineLimits, Listener, ListenOptions, Reply, TlsPair } from "../engine.ts";
import { bindFailure } from "../bind.ts";
import { plainReply } from "../response-reply.ts";
import { assertUsable, type TlsSite } from "../tls.ts";
import { Certificates } from "./certificates.ts";
import { ConnectionCap } from "./connection-cap.ts";
import { UwsExchange } from "./exchange.ts";
import { fieldOctets, readFields } from "./head.ts";
import type { ListenerState } from "./listener-state.ts";
import type {
  NativeApp,
  NativeListenSocket,
  NativeModule,
  NativeRequest,
  NativeResponse,
  NativeUpgradeContext,
} from "./native.ts";
import type { Peers } from "./peers.ts";
import { PendingList } from "./pending.ts";
import { Sockets } from "./sockets.ts";

const OCTETS_LOST: HeadFault = { status: 400, detail: "octets of a repeated field cannot be told", close: true };

/** The engine's default, for which it exports no name: SO_REUSEPORT. */
const LISTEN_SHARED = 0;

export function createUwsEngine(native: NativeModule, version: string): Engine {
  return {
    name: "uws",
    version,
    listen: (options) => UwsListener.open(native, options),
  };
}

/** Opens an address within this call: for code that asks for the port right after `listen`. `null` when it cannot be had. */
export function openUwsNow(native: NativeModule, options: ListenOptions): Listener | null {
  return UwsListener.openNow(native, options);
}

class UwsListener implements Listener, ListenerState {
  readonly host: string;
  readonly limits: EngineLimits;
  readonly pending: PendingList = new PendingList();
  readonly replyFields: readonly string[];
  local: Endpoint | null = null;
  stopping = false;
  port = 0;

  private readonly native: NativeModule;
  private readonly app: NativeApp;
  private readonly certificates: Certificates | null;
  private readonly options: ListenOptions;
  private readonly facts: HeadFacts;
  private readonly cap: ConnectionCap;
  readonly peers: Peers;
  private readonly sockets: Sockets;
  /** The engine crashes when a token is closed twice, so nobody else ever holds one. */
  private tokens: NativeListenSocket[] = [];
  private destroyed = false;

  private constructor(native: NativeModule, options: ListenOptions) {
    this.native = native;
    this.options = options;
    this.host = options.host;
    this.limits = options.limits;
    this.facts = new HeadFacts(options.limits);
    this.replyFields = options.replyFields;
    this.cap = new ConnectionCap(options.onError);
    this.peers = this.cap.peers;
    this.sockets = new Sockets(options.limits);
    if (options.tls === null) {
      this.certificates = null;
      this.app = native.App();
      this.route(this.app, null, this.cap.guard(this.app));
    } else {
      assertUsable(options.tls);
      this.certificates = new Certificates(native, options.tls, this.cap, (app, site, ended) =>
        this.route(app, site, ended),
      );
      this.app = this.certificates.acceptor;
    }
  }

  static async open(native: NativeModule, options: ListenOptions): Promise<Listener> {
    const listener = new UwsListener(native, options);
    try {
      await listener.bindAll(options.host, options.port);
    } catch (error) {
      listener.stopAccepting();
      throw error;
    }
    return listener;
  }

  get connectionCount(): number | null {
    return this.cap.count;
  }

  swap(pairs: readonly TlsPair[]): void {
    assertUsable(pairs);
    this.certificates?.swap(pairs);
  }

  /** As `open`, but in this very call; `null` when the address cannot be had. */
  static openNow(native: NativeModule, options: ListenOptions): Listener | null {
    const listener = new UwsListener(native, options);
    const { host, port } = options;
    if (host === "localhost") {
      if (listener.tryBind("127.0.0.1", port) && listener.tryBind("::1", listener.port)) listener.local = null;
    } else if (!listener.tryBind(host, port) && host === "::") listener.tryBind("0.0.0.0", port);
    return listener.tokens.length > 0 ? listener : null;
  }

  abortAll(reason: unknown): void {
    this.pending.abortAll(reason);
  }

  stopAccepting(): void {
    this.stopping = true;
    const { tokens } = this;
    this.tokens = [];
    for (const token of tokens) this.native.us_listen_socket_close(token);
  }

  destroy(): Promise<void> {
    if (this.destroyed) return Promise.resolve();
    this.destroyed = true;
    this.stopAccepting();
    this.pending.abortAll(new DOMException("The server was closed.", "AbortError"));
    return new Promise((resolve) => {
      // Outside every callback of the engine, and after the closes that were put off.
      setImmediate(() => {
        this.app.close();
        this.certificates?.close();
        resolve();
      });
    });
  }

  onError(error: unknown): void {
    this.options.onError(error);
  }

  plainReply(status: number): Reply {
    return plainReply(status);
  }

  /** "localhost" is both loopback addresses and "::" every address, as far as this system has IPv6. */
  private async bindAll(host: string, port: number): Promise<void> {
    if (host === "localhost") {
      await this.bind("127.0.0.1", port);
      await this.bind("::1", this.port).catch(unlessNoIpv6);
      // The engine does not tell at which of the two a connection came in.
      if (this.tokens.length > 1) this.local = null;
    } else if (host === "::") {
      await this.bind("::", port).catch(unlessNoIpv6);
      if (this.tokens.length === 0) await this.bind("0.0.0.0", port);
    } else await this.bind(host, port);
  }

  private async bind(host: string, port: number): Promise<void> {
    if (!this.tryBind(host, port)) throw await bindFailure(host, port, this.options.portFlag);
  }

  private tryBind(host: string, port: number): boolean {
    const before = this.tokens.length;
    // Exclusive: without it a second server on the same port starts silently and takes half of the connections.
    const mode = this.options.isShared === true ? LISTEN_SHARED : this.native.LIBUS_LISTEN_EXCLUSIVE_PORT;
    this.app.listen(host, port, mode, (token) => {
      if (token === false) return;
      this.tokens.push(token);
      this.port = this.native.us_socket_local_port(token);
      this.local ??= localEndpoint(host, this.port);
    });
    return this.tokens.length > before;
  }

  goingAway(): void {
    this.sockets.goingAway();
  }

  private route(app: NativeApp, site: TlsSite | null, ended: () => void): void {
    app.any("/*", (response, request) => this.accept(response, request, site, null));
    this.sockets.route(app, (response, request, context) => this.accept(response, request, site, context), ended);
  }

  /** The engine's callback: whatever happens, it must leave with an answer, an abort listener or a closed socket. */
  private accept(
    response: NativeResponse,
    request: NativeRequest,
    site: TlsSite | null,
    context: NativeUpgradeContext | null,
  ): void {
    let exchange: UwsExchange | null = null;
    try {
      exchange = this.arrive(response, request, site);
      if (this.facts.hasUpgrade && exchange.fault === null) {
        exchange.upgrade = this.sockets.offerOf(exchange, this.facts, request, context);
      }
    } catch (error) {
      this.failed(error, exchange, response);
      return;
    }
    if (exchange.staysOutside) {
      exchange.settle();
      setImmediate(() => this.dispatch(exchange, response));
    } else {
      this.dispatch(exchange, response);
      exchange.settle();
    }
  }

  private dispatch(exchange: UwsExchange, response: NativeResponse): void {
    // One that was put off can be over by now.
    if (exchange.ended) return;
    try {
      this.options.onExchange(exchange);
    } catch (error) {
      this.failed(error, exchange, response);
    }
  }

  private failed(error: unknown, exchange: UwsExchange | null, response: NativeResponse): void {
    this.options.onError(error);
    if (exchange !== null) exchange.abort(error);
    else response.close();
  }

  private arrive(response: NativeResponse, request: NativeRequest, site: TlsSite | null): UwsExchange {
    const method = request.getCaseSensitiveMethod();
    const path = request.getUrl();
    const query = request.getQuery();
    const fields = readFields(request);
    const { facts } = this;
    facts.read(method, query === undefined ? path : `${path}?${query}`, fields, "1.1");
    const octets = fieldOctets(request, fields);
    if (octets === "lost") facts.fault ??= OCTETS_LOST;
    if (site !== null && facts.fault === null && !site.covers(facts.host)) facts.fault = NOT_COVERED;
    return new UwsExchange(this, site === null ? null : site.info, response, request, facts, {
      method,
      path,
      query,
      fields,
      octets,
    });
  }
}

function unlessNoIpv6(error: unknown): void {
  if (!(error instanceof ServerError) || error.code !== "ERR_ADDRESS_INVALID") throw error;
}

function localEndpoint(host: string, port: number): Endpoint | null {
  if (host === "::" || host === "0.0.0.0") return null;
  return { address: host, port, family: host.includes(":") ? "IPv6" : "IPv4" };
}
