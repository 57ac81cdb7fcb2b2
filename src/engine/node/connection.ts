// One socket of the node engine: which exchanges are under way on it, and how does it end?

import type { Socket } from "node:net";
import type { Endpoint } from "../../contract.ts";

/** How long a client that is told to go gets to read the last reply, before the socket is closed under it. */
const LINGER_MS = 2_000;

/** An exchange, as far as its connection has to know it. */
export interface ConnectionExchange {
  clientLeft(): void;
  bodyBroken(detail: string): void;
  sweep(nowMs: number): void;
  abort(reason: unknown): void;
}

/**
 * Closing a socket that has unread input resets it, and the reset can overtake the reply. So a connection ends in two
 * steps: our half first, then, when the client has closed too or had its time, the rest.
 */
export class Connection {
  readonly socket: Socket;
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  /** Nothing more is taken from this connection; the newest reply says so (H2, H43). */
  isClosing = false;
  private readonly exchanges: ConnectionExchange[] = [];
  private lingerUntilMs = Infinity;

  constructor(socket: Socket) {
    this.socket = socket;
    this.peer = endpoint(socket.remoteAddress, socket.remotePort);
    this.local = endpoint(socket.localAddress, socket.localPort);
    // What Node calls after the last reply; its own version does not wait for the client.
    socket.destroySoon = () => this.closeSoftly();
    socket.on("end", () => this.clientLeft());
  }

  get isIdle(): boolean {
    return this.exchanges.length === 0;
  }

  isNewest(exchange: ConnectionExchange): boolean {
    return this.exchanges.at(-1) === exchange;
  }

  add(exchange: ConnectionExchange): void {
    this.exchanges.push(exchange);
  }

  remove(exchange: ConnectionExchange): void {
    const index = this.exchanges.indexOf(exchange);
    if (index >= 0) this.exchanges.splice(index, 1);
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

  sweep(nowMs: number): void {
    if (nowMs > this.lingerUntilMs) this.socket.destroy();
    this.forEach((exchange) => exchange.sweep(nowMs));
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

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** IPv4-mapped addresses as IPv4 (H50); `null` for a socket that was gone before anybody looked. */
function endpoint(address: string | undefined, port: number | undefined): Endpoint | null {
  if (address === undefined || port === undefined) return null;
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return { address: mapped, port, family: "IPv4" };
  return { address, port, family: address.includes(":") ? "IPv6" : "IPv4" };
}
