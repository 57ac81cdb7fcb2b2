// The request body on node:http: pushed by Node's parser, pulled by one consumer, with the socket paused in between.

import type { Readable } from "node:stream";
import { ServerError } from "../../errors.ts";
import type { BodyReader, BodySource } from "../engine.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Kept for a consumer that does not read, before the socket is paused (H19 allows 1 MiB). */
const QUEUE_LIMIT_BYTES = 64 * 1024;

/** Unread bytes that are worth discarding to keep the connection (H21). */
const DISCARD_LIMIT_BYTES = 1024 * 1024;

/** What Node gives for a request, as far as its body is concerned: a message of HTTP/1, or a stream of HTTP/2. */
export interface Incoming extends Readable {
  /** HTTP/1 only: the parser saw the clean end, whoever read it. */
  readonly complete?: boolean;
}

/** What a body needs from the exchange it belongs to. */
export interface BodyOwner {
  /** The first read: a client that waits for `100 Continue` gets it now (H23). */
  bodyWanted(): void;
  /** More than `DISCARD_LIMIT_BYTES` came that nobody wants. */
  bodyOverrun(): void;
}

interface Waiter {
  readonly resolve: (chunk: Bytes | null) => void;
  readonly reject: (reason: unknown) => void;
}

export class NodeBody implements BodySource {
  readonly declaredBytes: number | null;
  /** When the last byte came, or the consumer last began to wait for one. */
  progressMs: number;
  private receivedBytes = 0;
  private readonly request: Incoming;
  private readonly maxBytes: number;
  private readonly owner: BodyOwner;
  private mode: "untouched" | "read" | "discard" = "untouched";
  private queue: Bytes[] = [];
  private queuedBytes = 0;
  private discardedBytes = 0;
  private failure: { readonly reason: unknown } | null = null;
  private waiter: Waiter | null = null;

  constructor(request: Incoming, declaredBytes: number | null, maxBytes: number, owner: BodyOwner) {
    this.request = request;
    this.declaredBytes = declaredBytes;
    this.maxBytes = maxBytes;
    this.owner = owner;
    this.progressMs = performance.now();
  }

  /** The parser saw the clean end, whoever read it. */
  get isComplete(): boolean {
    return this.request.complete ?? this.request.readableEnded;
  }

  get hasFailed(): boolean {
    return this.failure !== null;
  }

  /** Somebody waits for bytes that the client owes. */
  get isAwaited(): boolean {
    return this.waiter !== null;
  }

  /** Whether what is still to come may be more than is worth reading for nothing. */
  get leavesTooMuch(): boolean {
    if (this.declaredBytes === null || this.isComplete) return false;
    return this.declaredBytes - this.receivedBytes > DISCARD_LIMIT_BYTES;
  }

  read(): Promise<Bytes | null> {
    if (this.failure !== null) return Promise.reject(this.failure.reason);
    if (this.mode === "untouched") this.begin();
    const chunk = this.queue.shift();
    if (chunk !== undefined) {
      this.queuedBytes -= chunk.byteLength;
      if (this.queuedBytes <= QUEUE_LIMIT_BYTES) this.request.resume();
      return Promise.resolve(chunk);
    }
    if (this.mode === "discard" || this.request.readableEnded) return Promise.resolve(null);
    this.progressMs = performance.now();
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
    });
  }

  collect<Result>(reader: BodyReader<Result>): Promise<Result> {
    const result = this.readAll().then((bytes) => reader(bytes, false));
    result.catch(() => {});
    return result;
  }

  cancel(): void {
    this.discard();
  }

  /** Before the reply: else Node drops the rest itself when the reply has gone out, all of it, unseen. */
  claim(): void {
    if (this.mode === "untouched") this.request.read(0);
  }

  /** Reads and drops what is still to come, up to a limit: the next request is behind it. */
  discard(): void {
    if (this.mode === "untouched") this.listen();
    this.mode = "discard";
    this.queue = [];
    this.queuedBytes = 0;
    this.settle(null);
    this.request.resume();
  }

  /** Reads reject from here on; what was not delivered is dropped. */
  fail(reason: unknown): void {
    if (this.failure !== null) return;
    this.failure = { reason };
    this.queue = [];
    this.queuedBytes = 0;
    const { waiter } = this;
    this.waiter = null;
    waiter?.reject(reason);
  }

  private async readAll(): Promise<Bytes> {
    const chunks: Bytes[] = [];
    let bytes = 0;
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
    }
    if (chunks.length === 1) return chunks[0] as Bytes;
    return joined(chunks, bytes);
  }

  private begin(): void {
    this.mode = "read";
    this.owner.bodyWanted();
    this.listen();
  }

  private listen(): void {
    this.request.on("data", (chunk: Buffer) => this.take(chunk));
    this.request.on("end", () => this.settle(null));
  }

  private take(chunk: Buffer): void {
    this.receivedBytes += chunk.byteLength;
    this.progressMs = performance.now();
    if (this.mode === "discard") {
      this.drop(chunk.byteLength);
      return;
    }
    if (this.receivedBytes > this.maxBytes) this.fail(tooLarge(this.maxBytes));
    if (this.failure !== null) {
      this.request.pause();
      return;
    }
    const bytes = ownBytes(chunk);
    if (this.waiter !== null) {
      this.settle(bytes);
      return;
    }
    this.queue.push(bytes);
    this.queuedBytes += bytes.byteLength;
    if (this.queuedBytes > QUEUE_LIMIT_BYTES) this.request.pause();
  }

  private drop(bytes: number): void {
    const before = this.discardedBytes;
    this.discardedBytes += bytes;
    if (before > DISCARD_LIMIT_BYTES || this.discardedBytes <= DISCARD_LIMIT_BYTES) return;
    this.owner.bodyOverrun();
  }

  private settle(chunk: Bytes | null): void {
    const { waiter } = this;
    this.waiter = null;
    waiter?.resolve(chunk);
  }
}

/** Node gives each piece of a body memory of its own; only a slice of something shared has to be copied. */
function ownBytes(chunk: Buffer): Bytes {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) return new Uint8Array(buffer);
  return new Uint8Array(chunk);
}

function joined(chunks: readonly Bytes[], bytes: number): Bytes {
  const all = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}

function tooLarge(maxBytes: number): ServerError {
  return new ServerError("ERR_BODY_TOO_LARGE", `The request body is larger than the limit of ${maxBytes} bytes.`, {
    status: 413,
  });
}
