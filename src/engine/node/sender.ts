// Sends one reply on node:http: status line and fields once, then bytes only as fast as the client takes them.

import { STATUS_CODES } from "node:http";
import { types } from "node:util";
import { ServerError } from "../../errors.ts";
import type { ChunkTaker, Reply, ReplySource } from "../engine.ts";
import { missingFields } from "../reply-fields.ts";
import { bytesSource, cancelSource } from "../source.ts";

/** Larger bodies go out in slices of this: each one that is taken is progress that a stalled client does not make. */
const SLICE_BYTES = 256 * 1024;

/** What Node gives to answer with: a response of HTTP/1, or `Http2Outgoing`. */
export interface Outgoing {
  readonly headersSent: boolean;
  /** `null` while the answer to an earlier request is under way. */
  readonly socket: object | null;
  writeContinue(): void;
  /** `lines` are name, value, name, value … @throws TypeError for a name or value that cannot be sent */
  writeHead(status: number, reason: string, lines: string[]): unknown;
  flushHeaders(): void;
  /** False when the client takes nothing more for now; `drain` says when it does. */
  write(chunk: Uint8Array, taken: (error?: Error | null) => void): boolean;
  end(body?: string | Uint8Array): unknown;
  once(event: "finish" | "drain", listener: () => void): unknown;
}

/** What a sender tells the exchange it works for. */
export interface SenderOwner {
  /** All of the message is with the operating system. */
  senderDone(): void;
  /** The source failed. With `started`, the client has seen the head and can only be cut off (H47, H48). */
  senderFailed(error: unknown, started: boolean): void;
  /** The connection has to end with this message. */
  senderCloses(): void;
  /** The message is whole, but the source had more than it announced (H38). */
  senderOverrun(error: unknown): void;
}

export class Sender {
  bytes = 0;
  /** When the client last took something, or nothing was waiting for it. */
  progressMs: number = performance.now();
  private readonly response: Outgoing;
  /** Put on the reply where it has no such field. */
  private readonly always: readonly string[];
  private readonly reply: Reply;
  private readonly closes: boolean;
  private readonly owner: SenderOwner;
  private source: ReplySource | null = null;
  /** Whose chunks are under way: the source, also when it has been asked for the last time. */
  private lender: ReplySource | null = null;
  private started = false;
  private ended = false;
  private unacknowledged = 0;

  constructor(response: Outgoing, reply: Reply, always: readonly string[], closes: boolean, owner: SenderOwner) {
    this.response = response;
    this.reply = reply;
    this.always = always;
    this.closes = closes;
    this.owner = owner;
  }

  /** The client has bytes to take and is the one everybody waits for. */
  get isBlocked(): boolean {
    return this.unacknowledged > 0 && this.response.socket !== null;
  }

  start(hasBody: boolean): void {
    const { body, sizeBytes } = this.reply;
    this.response.once("finish", () => this.owner.senderDone());
    if (!hasBody) this.sendHead(body, sizeBytes);
    else if (body === null) this.sendBytes(null);
    else if (typeof body === "string") this.sendText(body);
    else if (body instanceof Uint8Array) this.sendBytes(body);
    else this.sendSource(body);
  }

  /** Nothing more is wanted. The source hears of it unless it has ended by itself. */
  stop(reason: unknown): void {
    this.ended = true;
    const { source } = this;
    this.source = null;
    // Of a message that was cut, the system may still be reading a part.
    this.lender = null;
    if (source !== null) cancelSource(source, reason);
  }

  /** H34, H35: 204 has no length at all; 304 and HEAD may tell that of the body they do without; 205 has length zero. */
  private sendHead(body: Reply["body"], sizeBytes: number | null): void {
    const { status } = this.reply;
    let size = sizeBytes;
    if (typeof body === "string") size = Buffer.byteLength(body);
    else if (body instanceof Uint8Array) size = body.byteLength;
    else if (body !== null) {
      size ??= body.sizeBytes;
      cancelSource(body, undefined);
    }
    if (this.writeHead(status === 204 ? null : status === 205 ? 0 : size)) this.response.end();
  }

  /** Node sends a string in one write with the head, encoding both alike: right only where the head is ASCII (H11). */
  private sendText(text: string): void {
    const { reason, fields } = this.reply;
    if (text.length > SLICE_BYTES / 4 || !isAscii(reason) || !fields.every(isAscii)) {
      this.sendBytes(Buffer.from(text));
      return;
    }
    const size = Buffer.byteLength(text);
    if (!this.writeHead(size)) return;
    this.bytes = size;
    this.unacknowledged = 1;
    this.response.end(text);
  }

  private sendBytes(body: Uint8Array | null): void {
    const size = body?.byteLength ?? 0;
    if (body !== null && size > SLICE_BYTES) {
      this.sendSource(bytesSource(body, SLICE_BYTES));
      return;
    }
    if (!this.writeHead(size)) return;
    this.bytes = size;
    this.unacknowledged = 1;
    if (body === null) this.response.end();
    else this.response.end(body);
  }

  private sendSource(source: ReplySource): void {
    this.source = source;
    this.lender = source;
    // One turn: a source that fails at once can still be answered 500, and nothing is held back longer (H39, H48).
    setImmediate(() => {
      if (!this.ended && !this.started && this.writeHead(source.sizeBytes)) this.response.flushHeaders();
    });
    this.pump();
  }

  /** False when Node refuses a name or value: it allows fewer control characters than the Fetch standard does. */
  private writeHead(sizeBytes: number | null): boolean {
    const { status, reason, fields } = this.reply;
    const lines = [...fields, ...missingFields(fields, this.always)];
    if (sizeBytes !== null) lines.push("content-length", String(sizeBytes));
    if (this.closes) lines.push("connection", "close");
    try {
      this.response.writeHead(status, reason === "" ? (STATUS_CODES[status] ?? "") : reason, lines);
    } catch (error) {
      this.stop(error);
      this.owner.senderFailed(error, false);
      return false;
    }
    this.started = true;
    return true;
  }

  /** Asks until the source has to wait, the client is full, or the end. */
  private readonly pump = (): void => {
    while (this.source !== null) {
      let next: Uint8Array | null | undefined | PromiseLike<Uint8Array | null>;
      try {
        next = this.source.pull === undefined ? this.source.next() : this.source.pull(this.taker);
      } catch (error) {
        this.fail(error);
        return;
      }
      if (next === undefined) return;
      if (next !== null && "then" in next) {
        next.then(this.taker.take, this.taker.fail);
        return;
      }
      if (!this.accept(next)) return;
    }
  };

  private readonly taker: ChunkTaker = {
    take: (chunk) => {
      if (this.source !== null && this.accept(chunk)) this.pump();
    },
    fail: (error) => this.fail(error),
  };

  /** True when the source may be asked again at once. */
  private accept(chunk: Uint8Array | null): boolean {
    if (chunk === null) {
      this.finish();
      return false;
    }
    if (!types.isUint8Array(chunk)) {
      this.fail(new TypeError("A response stream gave a chunk that is not a Uint8Array."));
      return false;
    }
    const size = this.source?.sizeBytes ?? null;
    if (size !== null && this.bytes + chunk.byteLength > size) {
      this.cut(chunk.subarray(0, size - this.bytes), size);
      return false;
    }
    return chunk.byteLength === 0 || this.write(chunk);
  }

  private write(chunk: Uint8Array): boolean {
    const size = this.source?.sizeBytes ?? null;
    if (!this.started && !this.writeHead(size)) return false;
    this.bytes += chunk.byteLength;
    if (this.unacknowledged === 0) this.progressMs = performance.now();
    this.unacknowledged++;
    const isTaken = this.response.write(chunk, this.onTaken);
    if (this.bytes === size) {
      if (this.source?.overran === true) this.owner.senderCloses();
      // Nothing more may be written, so one last question costs nothing; its answer must not hold up the connection.
      setImmediate(this.finishWhole);
      return true;
    }
    if (!isTaken) this.response.once("drain", this.pump);
    return isTaken;
  }

  private readonly finishWhole = (): void => {
    const { source } = this;
    if (source === null) return;
    this.stop(undefined);
    this.lender = source;
    this.response.end();
  };

  private readonly onTaken = (error?: Error | null): void => {
    this.unacknowledged--;
    this.progressMs = performance.now();
    if (this.unacknowledged === 0 && (error === undefined || error === null)) this.lender?.mayReuse?.();
  };

  private finish(): void {
    const size = this.source?.sizeBytes ?? null;
    if (size !== null && this.bytes < size) {
      this.fail(mismatch(`ended after ${this.bytes} of the ${size} bytes it announced`));
      return;
    }
    this.source = null;
    this.ended = true;
    if (this.started || this.writeHead(this.bytes)) this.response.end();
  }

  /** The client gets exactly what was announced. */
  private cut(last: Uint8Array, size: number): void {
    const error = mismatch(`did not end after the ${size} bytes it announced`);
    if (last.byteLength > 0 ? this.write(last) : this.started || this.writeHead(size)) {
      this.owner.senderOverrun(error);
      this.stop(error);
      this.response.end();
    }
  }

  private fail(error: unknown): void {
    if (this.source === null) return;
    this.source = null;
    this.ended = true;
    this.owner.senderFailed(error, this.started);
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function mismatch(what: string): ServerError {
  return new ServerError("ERR_LENGTH_MISMATCH", `The response stream ${what}.`);
}
