// The socket that a bridged request and response speak of: it knows the peer, closes, times out, and moves no bytes.

import { EventEmitter } from "node:events";
import { AROUND, type Carrier, emitContained, type Incoming, type Outgoing } from "./bridge-state.ts";

/** Where Node's own sockets begin to say "full". */
const HIGH_WATER_BYTES = 16 * 1024;

/** What the socket does when the app wants the connection gone. */
export type Cut = (response: Outgoing, error: unknown) => void;

export class BridgeSocket extends EventEmitter {
  destroyed = false;
  readable = true;
  writable = true;
  connecting = false;
  timeout: number | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  _hadError = false;
  _httpMessage: Outgoing | null;
  server: unknown;
  /** As of Node's sockets, only one over TLS has the two at all: some ask by `in`. */
  declare readonly encrypted?: true;
  declare readonly authorized?: false;
  private readonly carrier: Carrier;
  private readonly cut: Cut;
  private readonly response: Outgoing;
  private readonly request: Incoming;
  private timer: NodeJS.Timeout | null = null;

  constructor(carrier: Carrier, request: Incoming, response: Outgoing, cut: Cut) {
    super();
    this.carrier = carrier;
    this.request = request;
    this.response = response;
    this.cut = cut;
    this._httpMessage = response;
    this.server = response[AROUND].server;
    if (carrier.scheme === "https") {
      this.encrypted = true;
      this.authorized = false;
    }
    // The engine can be asked only while the exchange lasts.
    void carrier.peer;
  }

  get _writableState(): { corked: number; length: number } {
    return { corked: 0, length: 0 };
  }

  get _readableState(): { flowing: boolean } {
    return { flowing: true };
  }

  get remoteAddress(): string | undefined {
    return this.carrier.peer?.address;
  }

  get remotePort(): number | undefined {
    return this.carrier.peer?.port;
  }

  get remoteFamily(): string | undefined {
    return this.carrier.peer?.family;
  }

  get localAddress(): string | undefined {
    return this.carrier.local?.address;
  }

  get localPort(): number | undefined {
    return this.carrier.local?.port;
  }

  get localFamily(): string | undefined {
    return this.carrier.local?.family;
  }

  get writableLength(): number {
    return 0;
  }

  get writableHighWaterMark(): number {
    return HIGH_WATER_BYTES;
  }

  get readableHighWaterMark(): number {
    return HIGH_WATER_BYTES;
  }

  get writableCorked(): number {
    return 0;
  }

  get writableEnded(): boolean {
    return this.destroyed;
  }

  get closed(): boolean {
    return this.destroyed;
  }

  get readyState(): string {
    return this.destroyed ? "closed" : "open";
  }

  get pending(): boolean {
    return false;
  }

  address(): object {
    const { local } = this.carrier;
    return local === null ? {} : { address: local.address, family: local.family, port: local.port };
  }

  /** Idle time until 'timeout': of this socket, of the request while it arrives, of the response, of the server. */
  setTimeout(ms: number, callback?: () => void): this {
    this.timeout = ms;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (callback !== undefined) {
      if (ms === 0) this.removeListener("timeout", callback);
      else this.once("timeout", callback);
    }
    if (ms > 0 && !this.destroyed) this.timer = setTimeout(() => this.expired(), ms).unref();
    return this;
  }

  /** Bytes moved: the idle time starts anew. */
  touch(): void {
    this.timer?.refresh();
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

  pause(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  isPaused(): boolean {
    return false;
  }

  cork(): void {}

  uncork(): void {}

  /** Bytes of one's own making have no place between an engine's messages: they are dropped. */
  write(_chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") process.nextTick(done as () => void);
    return !this.destroyed;
  }

  end(): this {
    return this.destroy();
  }

  destroySoon(): void {
    this.destroy();
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  destroy(error?: unknown): this {
    if (this.destroyed) return this;
    this.close();
    this._hadError = error != null;
    const around = this.request.res === undefined ? null : this._httpMessage?.[AROUND];
    this.cut(this.response, error);
    process.nextTick(() => {
      const report = around ?? { report: ignore };
      if (error != null && this.listenerCount("error") > 0) emitContained(report, this, "error", error);
      emitContained(report, this, "close", error != null);
    });
    return this;
  }

  /** The exchange is over for both: nothing more is read or written, and no timer is left. */
  close(): void {
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
    this.quiet();
  }

  /** No timer outlives the exchange. */
  quiet(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private expired(): void {
    const response = this._httpMessage;
    const server = this.server as EventEmitter | undefined;
    try {
      // Node's own listener comes first. It closes unless one of these three listens: one of the socket itself does not count.
      const heard = [
        !this.request.complete && (this.request as unknown as EventEmitter).emit("timeout", this),
        response !== null && (response as unknown as EventEmitter).emit("timeout", this),
        server?.emit?.("timeout", this) === true,
      ];
      if (!heard.includes(true)) this.destroy();
      this.emit("timeout");
    } catch (error) {
      response?.[AROUND].report(error);
    }
  }
}

function ignore(): void {}
