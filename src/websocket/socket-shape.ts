// What a socket of Node's has besides its two streams, for one that has no connection of its own.

import { Duplex } from "node:stream";
import type { Endpoint } from "../contract.ts";

export abstract class SocketShape extends Duplex {
  readonly server: unknown;
  /** As of Node's sockets, only one over TLS has the two at all: some ask by `in`. */
  declare readonly encrypted?: true;
  declare readonly authorized?: false;
  readonly connecting: boolean = false;
  readonly pending: boolean = false;
  bytesRead = 0;
  bytesWritten = 0;
  timeout: number | undefined = undefined;
  private readonly peer: Endpoint | null;
  private readonly local: Endpoint | null;
  private timer: NodeJS.Timeout | null = null;

  constructor(peer: Endpoint | null, local: Endpoint | null, isEncrypted: boolean, server: unknown) {
    super({ allowHalfOpen: false });
    // Set where data comes unasked: without it, every frame costs another turn in which the stream asks for more.
    (this as unknown as { _readableState: { readingMore: boolean } })._readableState.readingMore = true;
    this.peer = peer;
    this.local = local;
    if (isEncrypted) {
      this.encrypted = true;
      this.authorized = false;
    }
    this.server = server;
  }

  get remoteAddress(): string | undefined {
    return this.peer?.address;
  }

  get remotePort(): number | undefined {
    return this.peer?.port;
  }

  get remoteFamily(): string | undefined {
    return this.peer?.family;
  }

  get localAddress(): string | undefined {
    return this.local?.address;
  }

  get localPort(): number | undefined {
    return this.local?.port;
  }

  get localFamily(): string | undefined {
    return this.local?.family;
  }

  get readyState(): string {
    if (this.destroyed) return "closed";
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }

  address(): object {
    const { local } = this;
    return local === null ? {} : { address: local.address, family: local.family, port: local.port };
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** 'timeout' when nothing was read or written for so many milliseconds; 0 for never. Closing is left to the listener. */
  setTimeout(ms: number, callback?: () => void): this {
    this.timeout = ms;
    this.quiet();
    if (callback !== undefined) {
      if (ms === 0) this.removeListener("timeout", callback);
      else this.once("timeout", callback);
    }
    if (ms > 0 && !this.destroyed) this.timer = setTimeout(() => this.emit("timeout"), ms).unref();
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  /** Bytes moved: the idle time starts anew. */
  protected touch(): void {
    this.timer?.refresh();
  }

  protected quiet(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
