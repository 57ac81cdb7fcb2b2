// One socket of the node engine: which exchanges are under way on it, and how does it end?

import type { Socket } from "node:net";
import type { Endpoint, TlsInfo } from "../../contract.ts";
import type { TlsSite } from "../tls.ts";

/** How long a client that is told to go gets to read the last reply, before the socket is closed under it. */
const LINGER_MS = 2_000;

/** An exchange, as far as its connection has to know it. */
export interface ConnectionExchange {
  clientLeft(): void;
  bodyBroken(detail: string): void;
  sweep(nowMs: number): void;
  abort(reason: unknown): void;
}

/** What an exchange travels on: a connection of HTTP/1 with the exchanges before it, or a stream of HTTP/2 of its own. */
export interface Carrier {
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly tls: TlsInfo | null;
  /** Nothing more is taken from this carrier; the newest reply says so (H2, H43). */
  isClosing: boolean;
  readonly isIdle: boolean;
  isNewest(exchange: ConnectionExchange): boolean;
  add(exchange: ConnectionExchange): void;
  remove(exchange: ConnectionExchange): void;
  /** Ends it, after what has been sent. */
  closeSoftly(): void;
  /** Ends it now, so that the client can tell; `hard` where a proper end would look like success. */
  cut(hard: boolean): void;
}

/** What a socket's TLS layer adds: `site` judges hosts, unless the certificate is somebody else's business. */
export interface Security {
  readonly site: TlsSite | null;
  readonly info: TlsInfo;
}

/**
 * Closing a socket that has unread input resets it, and the reset can overtake the reply. So a connection ends in two
 * steps: our half first, then, when the client has closed too or had its time, the rest.
 */
export class Connection implements Carrier {
  readonly socket: Socket;
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly security: Security | null;
  isClosing = false;
  private readonly exchanges: ConnectionExchange[] = [];
  private readonly keepAliveMs: number;
  private hasQueue = false;
  private lingerUntilMs = Infinity;
  /** When it was first seen without an exchange; `Infinity` since one arrived. */
  private idleSinceMs = Infinity;

  /** `security` is `null` on a plaintext connection. `keepAliveMs`: how long it may be idle; 0 leaves that to somebody else. */
  constructor(socket: Socket, security: Security | null, keepAliveMs: number) {
    this.socket = socket;
    this.keepAliveMs = keepAliveMs;
    this.security = security;
    this.peer = endpoint(socket.remoteAddress, socket.remotePort);
    this.local = endpoint(socket.localAddress, socket.localPort);
    // What Node calls after the last reply; its own version does not wait for the client.
    socket.destroySoon = () => this.closeSoftly();
    socket.on("end", () => this.clientLeft());
  }

  get tls(): TlsInfo | null {
    return this.security === null ? null : this.security.info;
  }

  get isIdle(): boolean {
    return this.exchanges.length === 0;
  }

  isNewest(exchange: ConnectionExchange): boolean {
    return this.exchanges.at(-1) === exchange;
  }

  add(exchange: ConnectionExchange): void {
    this.exchanges.push(exchange);
    this.idleSinceMs = Infinity;
  }

  remove(exchange: ConnectionExchange): void {
    if (this.isNewest(exchange)) this.exchanges.pop();
    else {
      const index = this.exchanges.indexOf(exchange);
      if (index >= 0) this.exchanges.splice(index, 1);
    }
    // A timeout that a listener has set ends with its request, as it does where Node sets its own in its place.
    if (this.isIdle && this.keepAliveMs > 0 && this.socket.timeout !== 0) this.socket.setTimeout(0);
  }

  /**
   * For a TLS connection that Node has paused, because more answers wait for the client than are good: TLS hands on what it has
   * decrypted already, and a paused parser that reads from TLS itself takes that for a fault ("Parse Error: Paused"). With a
   * listener for its data, Node lets the socket's queue stand between the two.
   */
  queueInput(): void {
    if (this.hasQueue) return;
    this.hasQueue = true;
    this.socket.on("data", ignore);
    // The stream still waits for a read that the parser has got in its place: without this it would ask for no other.
    this.socket.push("");
  }

  /** The client closed its side or the socket: no reply can be wanted any more (H25). */
  clientLeft(): void {
    this.forEach((exchange) => exchange.clientLeft());
  }

  /**
   * The parser refused what came. Replies under way are finished first; without any, `bytes` is the answer.
   */
  refuse(detail: string, bytes: string): void {
    this.isClosing = true;
    const newest = this.exchanges.at(-1);
    if (newest !== undefined) newest.bodyBroken(detail);
    else if (this.socket.writable) this.socket.write(bytes, "latin1", () => this.closeSoftly());
    else this.socket.destroy();
  }

  closeSoftly(): void {
    this.isClosing = true;
    if (this.lingerUntilMs !== Infinity) return;
    this.lingerUntilMs = performance.now() + LINGER_MS;
    this.socket.end();
    this.socket.resume();
  }

  cut(hard: boolean): void {
    // A socket that is ending cannot be reset: Node refuses (EINVAL) and keeps the descriptor.
    if (hard && !this.socket.writableEnded) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  sweep(nowMs: number): void {
    if (nowMs > this.lingerUntilMs) this.socket.destroy();
    if (!this.isIdle) this.forEach((exchange) => exchange.sweep(nowMs));
    else if (!this.isClosing && this.keepAliveMs > 0) this.sweepIdle(nowMs);
  }

  /** Node's own timer for this is set and cleared with every request, and touched with every read and write. */
  private sweepIdle(nowMs: number): void {
    if (this.idleSinceMs === Infinity) this.idleSinceMs = nowMs;
    else if (nowMs - this.idleSinceMs > this.keepAliveMs) this.closeSoftly();
  }

  destroy(reason: unknown): void {
    this.abort(reason);
    this.socket.destroy();
  }

  abort(reason: unknown): void {
    this.forEach((exchange) => exchange.abort(reason));
  }

  /** Newest first: whoever is visited may leave the list. */
  private forEach(visit: (exchange: ConnectionExchange) => void): void {
    for (let i = this.exchanges.length - 1; i >= 0; i--) {
      const exchange = this.exchanges[i];
      if (exchange !== undefined) visit(exchange);
    }
  }
}

function ignore(): void {
  // Node's own listener feeds the parser.
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** IPv4-mapped addresses as IPv4 (H50); `null` for a socket that was gone before anybody looked. */
export function endpoint(address: string | undefined, port: number | undefined): Endpoint | null {
  if (address === undefined || port === undefined) return null;
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return { address: mapped, port, family: "IPv4" };
  return { address, port, family: address.includes(":") ? "IPv6" : "IPv4" };
}
