// A client that sends exactly the bytes it is told to, and sees exactly the bytes that come back.

import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ChunkProgress, parseResponse, type RawResponse } from "./raw-response.ts";
import { deferred, within } from "./waiting.ts";

const DEADLINE_MS = 5_000;

/** Text is latin-1: one character is one octet. */
export type Octets = string | Uint8Array;

export interface ConnectOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly isPaused?: boolean;
  /** Over TLS, whoever signed the certificate: it is the server that is examined. */
  readonly isTls?: boolean;
}

export class RawClient implements AsyncDisposable {
  /** How the connection ended, as far as the client can tell; `null` while it is open. */
  ending: "end" | "reset" | null = null;
  private readonly socket: Socket;
  private readonly ended = deferred();
  /** What was not taken yet: the filled part of `store` from `taken` on. */
  private received: Buffer = Buffer.alloc(0);
  /** Grows by doubling, so that a long answer in many pieces is not copied once for each. */
  private store: Buffer = this.received;
  private chunks: Buffer[] = [];
  private progress = new ChunkProgress();
  private totalBytes = 0;
  private arrival = deferred();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.chunks.push(chunk);
      this.totalBytes += chunk.length;
      this.wake();
    });
    socket.on("end", () => this.finish("end"));
    socket.on("error", () => this.finish("reset"));
    socket.on("close", () => this.finish("reset"));
  }

  /** `isPaused` reads nothing before the first call that waits for bytes. */
  static async connect(port: number, options: ConnectOptions = {}): Promise<RawClient> {
    const opened = deferred();
    const place = { port, host: options.host ?? "127.0.0.1", allowHalfOpen: true, noDelay: true };
    const socket = options.isTls === true ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
    socket.once(options.isTls === true ? "secureConnect" : "connect", () => opened.resolve());
    socket.once("error", opened.reject);
    await within(DEADLINE_MS, "connecting", opened.promise);
    const client = new RawClient(socket);
    if (options.isPaused === true) socket.pause();
    return client;
  }

  get isOpen(): boolean {
    return this.ending === null;
  }

  /** Bytes that arrived, taken by `response` or not. */
  get receivedBytes(): number {
    return this.totalBytes;
  }

  /** What arrived and was not taken by `response` yet, as latin-1. */
  get receivedText(): string {
    this.gather();
    return this.received.toString("latin1");
  }

  /** Bytes given to the operating system so far. */
  get sentBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Fulfils when the operating system has taken the bytes; never rejects: the server may close at any time. */
  send(octets: Octets): Promise<void> {
    const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
    return new Promise((resolve) => {
      if (this.socket.writable) this.socket.write(bytes, () => resolve());
      else resolve();
    });
  }

  /** One segment per piece, as far as a client can see to that. */
  async sendPieces(pieces: readonly Octets[]): Promise<void> {
    for (const piece of pieces) {
      await this.send(piece);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** The next response, 1xx included. Rejects when the connection ends first, or the server sends what it may not. */
  async response(options: { isHead?: boolean; withinMs?: number } = {}): Promise<RawResponse> {
    const { isHead = false, withinMs = DEADLINE_MS } = options;
    return within(withinMs, "a response", this.nextResponse(isHead));
  }

  /** The next response that is not 1xx. */
  async finalResponse(options: { isHead?: boolean; withinMs?: number } = {}): Promise<RawResponse> {
    for (;;) {
      const response = await this.response(options);
      if (response.status >= 200) return response;
    }
  }

  /** `null` when the connection ended without any (further) complete response; `"neither"` after `withinMs`. */
  async responseOrClose(): Promise<RawResponse | null>;
  async responseOrClose(withinMs: number, isHead?: boolean): Promise<RawResponse | "neither" | null>;
  async responseOrClose(withinMs?: number, isHead = false): Promise<RawResponse | "neither" | null> {
    try {
      return await this.response(withinMs === undefined ? {} : { withinMs, isHead });
    } catch (error) {
      if (this.ending !== null) return null;
      if (withinMs !== undefined) return "neither";
      throw error;
    }
  }

  /** Waits until at least `bytes` are there, and leaves them for whoever parses. */
  async peek(bytes: number, withinMs: number = DEADLINE_MS): Promise<Buffer> {
    await within(withinMs, `${bytes} bytes`, this.arrived(bytes));
    return this.received;
  }

  /** Everything from here on, until the server closes. */
  async untilClose(withinMs: number = DEADLINE_MS): Promise<Buffer> {
    this.socket.resume();
    await within(withinMs, "the end of the connection", this.ended.promise);
    this.gather();
    const all = this.received;
    this.take(all.length);
    return all;
  }

  /** Fulfils when the server has closed its side. */
  async closed(withinMs: number = DEADLINE_MS): Promise<void> {
    this.socket.resume();
    await within(withinMs, "the end of the connection", this.ended.promise);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** FIN: says that no more will be sent, and goes on reading. */
  halfClose(): void {
    this.socket.end();
  }

  /** RST: the connection is gone at once for both. */
  reset(): void {
    const { socket } = this;
    // During its own half close Node refuses (EINVAL), keeps the descriptor, and then never ends.
    if (socket.writableEnded && !socket.writableFinished) socket.once("finish", () => socket.resetAndDestroy());
    else socket.resetAndDestroy();
  }

  /** What a killed client's system does: FIN, and RST for whatever still comes. */
  leave(): void {
    this.socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }

  private async nextResponse(isHead: boolean): Promise<RawResponse> {
    this.socket.resume();
    for (;;) {
      const { arrival } = this;
      this.gather();
      const parsed = parseResponse(this.received, isHead, this.ending !== null, this.progress);
      if (parsed !== null) {
        this.take(parsed.length);
        return parsed.response;
      }
      if (this.ending !== null) {
        throw new Error(
          `the connection ended (${this.ending}) after ${JSON.stringify(this.received.toString("latin1", 0, 200))}`,
        );
      }
      await arrival.promise;
    }
  }

  private async arrived(bytes: number): Promise<void> {
    this.socket.resume();
    for (;;) {
      const { arrival } = this;
      this.gather();
      if (this.received.length >= bytes) return;
      if (this.ending !== null) throw new Error(`the connection ended after ${this.received.length} of ${bytes} bytes`);
      await arrival.promise;
    }
  }

  /** What was handed out stays as it is: bytes are only ever added behind it. */
  private gather(): void {
    const { chunks, received } = this;
    if (chunks.length === 0) return;
    this.chunks = [];
    const added = chunks.reduce((sum, { length }) => sum + length, 0);
    const from = received.byteOffset - this.store.byteOffset;
    let end = from + received.length;
    if (end + added > this.store.length) {
      this.store = Buffer.allocUnsafeSlow(2 * (received.length + added));
      this.store.set(received);
      end = received.length;
    }
    const begin = end - received.length;
    for (const chunk of chunks) {
      this.store.set(chunk, end);
      end += chunk.length;
    }
    this.received = this.store.subarray(begin, end);
  }

  private take(bytes: number): void {
    this.received = this.received.subarray(bytes);
    this.progress = new ChunkProgress();
  }

  private finish(how: "end" | "reset"): void {
    if (this.ending !== null) return;
    this.ending = how;
    this.wake();
    this.ended.resolve();
  }

  private wake(): void {
    const { arrival } = this;
    this.arrival = deferred();
    arrival.resolve();
  }
}
