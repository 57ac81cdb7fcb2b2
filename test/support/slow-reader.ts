// A client that takes a response at its own pace, and keeps nothing of it but the hash.

import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { deferred, turn, within } from "./waiting.ts";

const LONGEST_MS = 120_000;

const STEP_MS = 100;

export interface Taken {
  readonly head: string;
  readonly bytes: number;
  readonly hash: string;
}

/**
 * Decodes a body as it comes in. Content-Length or chunked, by what the head says; anything else ends with the
 * connection.
 */
class BodyReader {
  head = "";
  bytes = 0;
  complete = false;
  readonly hash: Hash = createHash("sha256");
  private pending: Buffer = Buffer.alloc(0);
  private state: "head" | "length" | "size" | "chunk" | "chunk end" | "close" = "head";
  private missing = 0;

  push(bytes: Buffer): void {
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    while (this.step());
  }

  private step(): boolean {
    switch (this.state) {
      case "head":
        return this.readHead();
      case "size":
        return this.readSize();
      case "chunk end":
        return this.readChunkEnd();
      case "close":
        return this.take(this.pending.length) && false;
      default:
        return this.readCounted();
    }
  }

  private readHead(): boolean {
    const end = this.pending.indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.head = this.pending.toString("latin1", 0, end);
    this.pending = this.pending.subarray(end + 4);
    this.missing = Number(/^content-length: (\d+)/im.exec(this.head)?.[1] ?? -1);
    if (this.missing >= 0) return this.enter("length");
    return this.enter(/^transfer-encoding: chunked/im.test(this.head) ? "size" : "close");
  }

  private readSize(): boolean {
    const line = this.line();
    if (line === null) return false;
    if (!/^[0-9a-f]+(;.*)?$/i.test(line)) throw new Error(`malformed chunk size ${JSON.stringify(line.slice(0, 20))}`);
    this.missing = Number.parseInt(line, 16);
    if (this.missing > 0) return this.enter("chunk");
    this.complete = true;
    return false;
  }

  private readChunkEnd(): boolean {
    const line = this.line();
    if (line !== null && line !== "") throw new Error(`no CRLF after a chunk: ${JSON.stringify(line.slice(0, 20))}`);
    return line === "" && this.enter("size");
  }

  private readCounted(): boolean {
    const count = Math.min(this.missing, this.pending.length);
    this.take(count);
    this.missing -= count;
    if (this.missing > 0) return false;
    if (this.state === "chunk") return this.enter("chunk end");
    this.complete = true;
    return false;
  }

  private take(count: number): boolean {
    this.hash.update(this.pending.subarray(0, count));
    this.bytes += count;
    this.pending = this.pending.subarray(count);
    return true;
  }

  private line(): string | null {
    const end = this.pending.indexOf("\r\n");
    if (end < 0) return null;
    const line = this.pending.toString("latin1", 0, end);
    this.pending = this.pending.subarray(end + 2);
    return line;
  }

  private enter(state: BodyReader["state"]): true {
    this.state = state;
    return true;
  }
}

export class SlowReader implements AsyncDisposable {
  private readonly socket: Socket;
  private readonly reader = new BodyReader();
  private isOver = false;
  /** Something happened to the socket since somebody looked. */
  private news = deferred();

  private constructor(socket: Socket) {
    this.socket = socket;
    for (const event of ["readable", "drain", "end", "error", "close"]) {
      socket.on(event, () => {
        if (event !== "readable" && event !== "drain") this.isOver = true;
        const { news } = this;
        this.news = deferred();
        news.resolve();
      });
    }
  }

  static async connect(port: number): Promise<SlowReader> {
    // Without a listener for data nothing is read ahead, but for the 64 KB that the socket itself holds.
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    await within(5_000, "connecting", once(socket, "connect"));
    return new SlowReader(socket);
  }

  /** Writes whatever there is, as fast as the server takes it. */
  async send(chunks: Iterable<Uint8Array | string>): Promise<void> {
    for (const chunk of chunks) {
      if (this.isOver) return;
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk;
      this.socket.write(bytes);
      while (this.socket.writableNeedDrain && !this.isOver) await this.news.promise;
    }
  }

  get head(): string {
    return this.reader.head;
  }

  get bytes(): number {
    return this.reader.bytes;
  }

  /** Takes `bytesPerSecond` for `ms`, or less where there is less. */
  async takeSlowly(bytesPerSecond: number, ms: number): Promise<void> {
    const step = (bytesPerSecond * STEP_MS) / 1_000;
    for (const end = performance.now() + ms; performance.now() < end && !this.isOver;) {
      const chunk = (this.socket.read(step) ?? this.socket.read()) as Buffer | null;
      if (chunk !== null) this.reader.push(chunk);
      await turn(STEP_MS);
    }
  }

  /** Takes up to the end of the response. With `pauseEvery`, stops for `pauseMs` after each so many bytes. */
  async takeAll(pauses: { everyBytes: number; ms: number } = { everyBytes: Infinity, ms: 0 }): Promise<Taken> {
    await within(LONGEST_MS, "the whole response", this.readOn(pauses));
    const { head, bytes, hash } = this.reader;
    return { head, bytes, hash: hash.digest("hex") };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }

  private async readOn(pauses: { everyBytes: number; ms: number }): Promise<void> {
    let pauseAt = pauses.everyBytes;
    while (!this.reader.complete) {
      const chunk = this.socket.read() as Buffer | null;
      if (chunk !== null) this.reader.push(chunk);
      else if (this.isOver) throw new Error(`the connection ended after ${this.reader.bytes} bytes`);
      else await this.news.promise;
      if (this.reader.bytes < pauseAt) continue;
      pauseAt += pauses.everyBytes;
      await turn(pauses.ms);
    }
  }
}
