// A bound address of the node engine: turns Node's events into exchanges and refusals.

import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:https";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import { HeadFacts, type HeadFault, MISDIRECTED, NOT_COVERED, VERSION_REFUSED } from "../../http/head-rules.ts";
import { parseAbsoluteTarget } from "../../http/request-target.ts";
import type { Listener, ListenOptions, TlsPair } from "../engine.ts";
import { bind } from "./address.ts";
import { birth } from "./birth.ts";
import { Certificates, foreignSecurity } from "./certificates.ts";
import { Connection, type Security } from "./connection.ts";
import { type Arrival, type ListenerState, NodeExchange } from "./exchange.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { acceptWaiting } from "./last-connections.ts";
import { isOffer, responseOn, Upgrades } from "./upgrades.ts";
import { type ParserError, refusalBytes, refusalStatus } from "./refusal.ts";

/** A head that is not complete by then is answered 408. */
const HEADERS_TIMEOUT_MS = 15_000;
const HEADERS_CHECK_MS = 5_000;
/** Longer than the 60 s of common load balancers: whoever reuses a connection must not be the one who meets a closing one. */
const KEEP_ALIVE_MS = 65_000;
/** A client that has not finished its handshake by then is cut; Node's own limit is two minutes. */
const HANDSHAKE_MS = 10_000;
/** How often stalled clients are looked for; a timer per request would cost more than a small request does. */
const SWEEP_MS = 250;
/** The parser counts octets a little differently; the exact limits are those of the head rules. */
const PARSER_SLACK_BYTES = 1024;

/** Opens `options.host` and `options.port`; see `Engine.listen`. */
export async function openListener(options: ListenOptions): Promise<Listener> {
  const listener = new NodeListener(options, KEEP_ALIVE_MS);
  await listener.open();
  return listener;
}

/** Requests that somebody else's server received, as exchanges. */
export interface Intake {
  /** `next`: who may answer instead. Must be called in the turn in which the server gave the request. */
  accept(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Aborts what is in flight and looks for stalled clients no more. Connections belong to the server and stay open. */
  stop(reason: unknown): void;
}

/** An intake without a server of its own: addresses and certificates are the business of that server. See `Engine.listen` for the rest. */
export function openIntake(options: Omit<ListenOptions, "host" | "port" | "tls" | "replyFields">): Intake {
  return new NodeListener({ ...options, host: "", port: 0, tls: null, replyFields: [] }, 0);
}

class NodeListener implements Listener, Intake {
  readonly host: string;
  port = 0;
  private readonly options: ListenOptions;
  private readonly keepAliveMs: number;
  private readonly state: ListenerState;
  private readonly facts: HeadFacts;
  private readonly connections = new Map<Socket, Connection>();
  private readonly certificates: Certificates | null;
  private readonly http2: Http2Sessions | null;
  /** Of a TLS listener: every socket beneath one, also during its handshake. */
  private readonly carriers = new Set<Socket>();
  private readonly upgrades = new Upgrades();
  private servers: readonly Server[] = [];
  private sweeper: NodeJS.Timeout | null = null;
  private closed: Promise<void> | null = null;
  /** Those that wait to be accepted are, while it stops. */
  private accepting: Promise<void> | null = null;

  /** `keepAliveMs`: how long its connections may be idle; 0 where they are somebody else's to end. */
  constructor(options: ListenOptions, keepAliveMs: number) {
    this.options = options;
    this.keepAliveMs = keepAliveMs;
    this.host = options.host;
    const { limits, replyFields, onError, tls } = options;
    this.state = { limits, replyFields, onError, isStopping: false };
    this.facts = new HeadFacts(limits);
    this.certificates = tls === null ? null : new Certificates(tls);
    this.http2 = tls === null ? null : new Http2Sessions(this.state, this.facts, options.onExchange);
  }

  async open(): Promise<void> {
    const { host, portFlag } = this.options;
    const { servers, port } = await bind(host, this.options.port, () => this.createServer(), portFlag);
    this.servers = servers;
    this.port = port;
    this.watch();
  }

  accept(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void {
    if (!this.connections.has(request.socket)) this.connected(request.socket, foreignSecurity(request.socket));
    if (this.sweeper === null) this.watch();
    this.arrived(request, response, next);
  }

  stop(reason: unknown): void {
    this.state.isStopping = true;
    if (this.sweeper !== null) clearInterval(this.sweeper);
    this.sweeper = null;
    for (const connection of this.connections.values()) connection.abort(reason);
  }

  private watch(): void {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  get connectionCount(): number {
    return this.connections.size + (this.http2?.sessionCount ?? 0) + (this.accepting === null ? 0 : 1);
  }

  swap(pairs: readonly TlsPair[]): void {
    this.certificates?.swap(pairs, this.servers as unknown as readonly TlsServer[]);
  }

  stopAccepting(): void {
    if (this.closed !== null) return;
    this.state.isStopping = true;
    this.http2?.stop();
    // Who waits at a port that workers share, waits for the others.
    const own = this.options.isShared === true ? [] : this.servers;
    this.accepting = Promise.all(own.map(acceptWaiting)).then(() => {
      this.accepting = null;
    });
    this.closed = this.accepting.then(async () => {
      await Promise.all(this.servers.map(closed));
      if (this.sweeper !== null) clearInterval(this.sweeper);
    });
  }

  goingAway(): void {
    this.upgrades.goingAway();
  }

  async destroy(): Promise<void> {
    this.stopAccepting();
    await this.accepting;
    const reason = new DOMException("The server was closed.", "AbortError");
    for (const connection of this.connections.values()) connection.destroy(reason);
    this.http2?.destroy(reason);
    for (const socket of this.carriers) socket.destroy();
    await this.closed;
    // Ends the timer with which Node looks for slow heads.
    for (const server of this.servers) server.close(ignore);
  }

  private createServer(): Server {
    const { limits, takesUpgrades, nodePrototypes } = this.options;
    const { classes, judgeUpgrades } = birth(nodePrototypes);
    const options = {
      insecureHTTPParser: false,
      requireHostHeader: false,
      maxHeaderSize: limits.maxHeaderBytes + limits.maxTargetBytes + PARSER_SLACK_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: 0,
      connectionsCheckingInterval: HEADERS_CHECK_MS,
      // The sweep does it.
      keepAliveTimeout: 0,
      noDelay: true,
      ...classes,
    };
    const { certificates } = this;
    const server = certificates === null ? createServer(options) : this.createSecureServer(options, certificates);
    judgeUpgrades(server, (request) => takesUpgrades?.() === true && isOffer(request));
    // Node would drop further field lines without a word (H12); their size is limited anyway.
    server.maxHeadersCount = 0;
    if (certificates === null) server.on("connection", (socket: Socket) => this.connected(socket, null));
    server.on("request", (request, response) => this.arrived(request, response));
    server.on("checkContinue", (request, response) => this.arrived(request, response));
    server.on("checkExpectation", (request, response) => this.arrived(request, response));
    server.on("upgrade", (request, socket, head) => this.arrivedToUpgrade(request, socket as Socket, head));
    server.on("connect", (_request, socket) => this.refuse(socket as Socket, 501, "the method is CONNECT"));
    server.on("clientError", (error: ParserError, socket) => this.parserFailed(error, socket as Socket));
    return server;
  }

  /** HTTP/2 for clients that offer it in their handshake, HTTP/1.1 for the others (RFC 7301). */
  private createSecureServer(options: ServerOptions, certificates: Certificates): Server {
    const server = createTlsServer({
      ...options,
      ...certificates.serverOptions,
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: HANDSHAKE_MS,
    });
    // Node's own listener starts HTTP/1 on any connection whose handshake is done.
    const [startHttp1] = server.listeners("secureConnection") as [(socket: TLSSocket) => void];
    server.removeAllListeners("secureConnection");
    server.on("connection", (socket: Socket) => {
      this.carriers.add(socket);
      socket.on("close", () => this.carriers.delete(socket));
    });
    server.on("secureConnection", (socket: TLSSocket) => {
      const security = certificates.securityOf(socket);
      if (security.info.alpn === "h2") {
        this.http2?.take(socket, security);
        return;
      }
      this.connected(socket, security);
      startHttp1.call(server, socket);
    });
    return server;
  }

  private connected(socket: Socket, security: Security | null): void {
    const connection = new Connection(socket, security, this.keepAliveMs);
    this.connections.set(socket, connection);
    socket.on("close", () => {
      this.connections.delete(socket);
      connection.clientLeft();
    });
  }

  private arrived(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void {
    const connection = this.connections.get(request.socket);
    // Node parses what was pipelined behind a request that ends the connection; nobody may see it (H2, H43).
    if (connection === undefined || connection.isClosing) {
      request.resume();
      return;
    }
    if (connection.security !== null && request.socket.isPaused()) connection.queueInput();
    // Of a request, Node tells errors only where somebody listens; of a response always.
    response.on("error", ignore);
    // Node would send chunks to an HTTP/1.0 client that says `TE: chunked` (H17).
    if (request.httpVersionMinor === 0) response.useChunkedEncodingByDefault = false;
    const exchange = new NodeExchange(this.state, connection, request, response, this.arrival(request, connection));
    if (this.facts.hasUpgrade && exchange.fault === null) exchange.upgrade = this.upgrades.refusedOffer(exchange);
    if (next !== undefined) exchange.offer(next);
    if (exchange.fault === null && exchange.target === "*") {
      exchange.send({ status: 204, reason: "", fields: [], body: null, sizeBytes: null, close: false });
    } else this.options.onExchange(exchange);
  }

  /** Node has let go of the socket: whatever answers, the connection ends with it. */
  private arrivedToUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = this.connections.get(socket);
    if (connection === undefined || connection.isClosing) {
      socket.destroy();
      return;
    }
    const response = responseOn(socket, request);
    const arrival = this.arrival(request, connection);
    connection.isClosing = true;
    const exchange = new NodeExchange(this.state, connection, request, response, arrival);
    this.upgrades.arrived(exchange, response, { request, socket, head }, () => this.options.onExchange(exchange));
  }

  private arrival(request: IncomingMessage, connection: Connection): Arrival {
    const { facts } = this;
    const method = request.method ?? "";
    let fields: readonly string[] = request.rawHeaders;
    const httpVersion = request.httpVersion === "1.0" ? "1.0" : "1.1";
    const { security } = connection;
    const scheme = security === null ? "http" : "https";
    let target = request.url ?? "";
    let authority: string | null = null;
    let fault: HeadFault | null = null;
    const absolute = target.startsWith("/") ? null : parseAbsoluteTarget(target);
    if (absolute !== null) {
      // RFC 9112 section 3.2.2: the target's authority replaces the Host field, once that has been judged.
      ({ target, authority } = absolute);
      if (absolute.scheme !== scheme) fault = MISDIRECTED;
    }
    fault = facts.read(method, target, fields, httpVersion, true) ?? fault;
    if (request.httpVersion !== httpVersion) fault = VERSION_REFUSED;
    if (authority !== null) fields = withHost(fields, authority);
    const named = authority ?? (facts.host === "" ? localAuthority(connection) : facts.host);
    if (security !== null && fault === null && security.site?.covers(named) === false) fault = NOT_COVERED;
    const query = target.indexOf("?");
    return {
      method,
      target,
      path: query < 0 ? target : target.slice(0, query),
      scheme,
      authority: named,
      httpVersion,
      fields,
      hasRawNames: true,
      fault,
      declaredBytes: facts.declaredBytes,
      isChunked: facts.isChunked,
      isConditional: facts.isConditional,
      hasClose: facts.hasClose,
      owesContinue: facts.expectsContinue && !hasContinued(request),
    };
  }

  private parserFailed(error: ParserError, socket: Socket): void {
    const status = refusalStatus(error);
    const isGone = status === 0 || error.code === "HPE_INVALID_EOF_STATE";
    if (isGone) this.connections.get(socket)?.clientLeft();
    if (status === 0) socket.destroy();
    else this.refuse(socket, status, error.message);
  }

  private refuse(socket: Socket, status: number, detail: string): void {
    const connection = this.connections.get(socket);
    if (connection === undefined || connection.isClosing) return;
    this.options.onRefused(connection.peer, status, detail);
    connection.refuse(detail, refusalBytes(status));
  }

  private sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.connections.values()) connection.sweep(nowMs);
    this.http2?.sweep(nowMs);
  }
}

function ignore(): void {
  // The connection tells the exchange; Node only wants to see a listener.
}

/**
 * Stops listening, and no more: Node's own `close` cuts every connection that is between two requests, also where the next
 * one is on its way. They get an answer that says close, or the end when nothing is in flight any more.
 */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}

/** The field lines, with another Host. */
function withHost(rawHeaders: readonly string[], authority: string): readonly string[] {
  return rawHeaders.map((text, i) => (i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === "host" ? authority : text));
}

/** What an HTTP/1.0 client that names no host must mean. */
function localAuthority(connection: Connection): string {
  const { local } = connection;
  if (local === null) return "localhost";
  return local.family === "IPv6" ? `[${local.address}]:${local.port}` : `${local.address}:${local.port}`;
}

/** Node answers the expectation itself where nobody listens for it, as on most servers that are not ours. */
function hasContinued({ socket }: IncomingMessage): boolean {
  const { server } = socket as Socket & { readonly server?: Server };
  return server !== undefined && server.listenerCount("checkContinue") === 0;
}
