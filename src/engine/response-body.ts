// How does a stream or a Blob become bytes on demand (a `ReplySource`)? One reader, checked chunks, counted bytes.

import { types } from "node:util";
import { ServerError } from "../errors.ts";
import type { ChunkTaker, ReplySource } from "./engine.ts";
import { queueOf, type StreamQueue } from "./stream-queue.ts";

/** Told when a handler announced another length than it sent: the reply itself is right (H36) or cut (H38). */
export type LengthMismatch = (declared: string, actual: number) => void;

/** What a stream of any origin has to offer. */
export interface ByteStream {
  readonly locked: boolean;
  getReader(): ReadableStreamDefaultReader<unknown>;
  cancel(reason?: unknown): PromiseLike<void>;
}

type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<unknown>["read"]>>;

/**
 * A stream as a source. Locks the stream at once.
 *
 * With a `sizeBytes` the source never gives more: a longer stream is cut at that byte, cancelled and reported to
 * `lengthMismatch` (with what had arrived by then); a shorter one rejects with `ERR_LENGTH_MISMATCH` (H38). A chunk that is
 * not a `Uint8Array` cancels the stream and rejects with `TypeError` (H41).
 */
export function streamSource(
  stream: ByteStream,
  sizeBytes: number | null,
  lengthMismatch?: LengthMismatch,
): ReplySource {
  return new StreamSource(stream, sizeBytes, lengthMismatch);
}

/** A Blob as a source of exactly its size. Nothing is opened before the first byte is asked for. */
export function blobSource(blob: Blob): ReplySource {
  return new BlobSource(blob);
}

/** Cancels a stream that will not be read. What its owner throws in answer is contained (H49). */
export function discard(stream: Pick<ByteStream, "cancel">, reason: unknown): void {
  try {
    stream.cancel(reason).then(undefined, ignore);
  } catch {
    // Only a stream of another make throws here; nobody is left to care.
  }
}

function ignore(): void {}

class StreamSource implements ReplySource {
  readonly sizeBytes: number | null;
  overran = false;
  readonly #stream: ByteStream;
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly #lengthMismatch: LengthMismatch | undefined;
  // Bytes still to give. Infinite where no length was announced, so that one comparison serves both kinds.
  #missing: number;
  #over = false;
  #taker: ChunkTaker | null = null;
  #queue: StreamQueue | null | undefined = undefined;

  constructor(stream: ByteStream, sizeBytes: number | null, lengthMismatch: LengthMismatch | undefined) {
    this.#stream = stream;
    this.sizeBytes = sizeBytes;
    this.#missing = sizeBytes ?? Infinity;
    this.#lengthMismatch = lengthMismatch;
    this.#reader = stream.getReader();
  }

  next(): PromiseLike<Uint8Array | null> {
    return new Promise((take, fail) => {
      const chunk = this.pull({ take, fail });
      if (chunk !== undefined) take(chunk);
    });
  }

  pull(taker: ChunkTaker): Uint8Array | null | undefined {
    if (this.#missing === 0 && !this.#over) this.#expectEnd();
    if (this.#over) return null;
    this.#taker = taker;
    try {
      while (this.#queue?.isAhead === true) {
        const chunk = this.#accept(this.#queue.take());
        if (chunk !== undefined) return chunk;
      }
    } catch (error) {
      queueMicrotask(() => this.#fail(error));
      return undefined;
    }
    this.#read();
    return undefined;
  }

  cancel(reason: unknown): void {
    this.#over = true;
    discard(this.#reader, reason);
  }

  #read(): void {
    try {
      this.#reader.read().then(this.#deliver, this.#fail);
    } catch (error) {
      // Only a stream of another make throws here.
      queueMicrotask(() => this.#fail(error));
    }
  }

  #give(chunk: Uint8Array | null): void {
    const taker = this.#taker;
    this.#taker = null;
    taker?.take(chunk);
  }

  readonly #fail = (error: unknown): void => {
    const taker = this.#taker;
    this.#taker = null;
    taker?.fail(error);
  };

  readonly #deliver = ({ done, value }: ReadResult): void => {
    // The first chunk is read, so that the stream counts as disturbed for everybody.
    if (this.#queue === undefined) this.#queue = queueOf(this.#stream);
    if (done) {
      this.#finish();
      return;
    }
    let chunk: Uint8Array | undefined;
    try {
      chunk = this.#accept(value);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (chunk !== undefined) this.#give(chunk);
    else if (this.#over) this.#give(null);
    else this.#read();
  };

  /**
   * What of a chunk is to be sent; `undefined` for an empty one.
   *
   * @throws TypeError for what is no chunk; the stream is cancelled then.
   */
  #accept(value: unknown): Uint8Array | undefined {
    if (!(value instanceof Uint8Array) && !types.isUint8Array(value)) return this.#refuse(value);
    if (value.byteLength === 0) return undefined;
    if (value.byteLength >= this.#missing) return this.#complete(value);
    this.#missing -= value.byteLength;
    return value;
  }

  #finish(): void {
    const { sizeBytes } = this;
    const cancelled = this.#over;
    this.#over = true;
    if (cancelled || sizeBytes === null || this.#missing === 0) {
      this.#give(null);
      return;
    }
    this.#fail(
      new ServerError(
        "ERR_LENGTH_MISMATCH",
        `The response stream ended after ${sizeBytes - this.#missing} of the ${sizeBytes} bytes that its content-length ` +
          "announced. Leave content-length out, or make it the exact number of bytes.",
      ),
    );
  }

  #refuse(value: unknown): never {
    const error = new TypeError(
      `A response stream gave ${value === null ? "null" : `a chunk of type ${typeof value}`}. Chunks must be Uint8Array; ` +
        "pipe text through a TextEncoderStream.",
    );
    this.cancel(error);
    throw error;
  }

  /** The chunk that brings the last byte that was announced, and perhaps more. */
  #complete(value: Uint8Array): Uint8Array {
    const extra = value.byteLength - this.#missing;
    this.#missing = 0;
    if (extra === 0) {
      this.#expectEnd();
      return value;
    }
    this.#overrun(extra);
    return value.subarray(0, value.byteLength - extra);
  }

  // An engine stops asking once it has every byte, so the end of the stream is waited for here: it lets the handler's
  // stream finish, and it is the only way to see that there is more.
  #expectEnd(): void {
    this.#over = true;
    this.#reader.read().then(({ done, value }) => {
      if (done) return;
      const extra = types.isUint8Array(value) ? value.byteLength : 1;
      if (extra === 0) this.#expectEnd();
      else this.#overrun(extra);
    }, ignore);
  }

  #overrun(extra: number): void {
    this.overran = true;
    const sizeBytes = this.sizeBytes ?? 0;
    const message = `The response stream carries more than the ${sizeBytes} bytes that its content-length announced.`;
    this.cancel(new ServerError("ERR_LENGTH_MISMATCH", message));
    this.#lengthMismatch?.(String(sizeBytes), sizeBytes + extra);
  }
}

class BlobSource implements ReplySource {
  readonly sizeBytes: number;
  readonly #blob: Blob;
  #bytes: StreamSource | null = null;

  constructor(blob: Blob) {
    this.sizeBytes = blob.size;
    this.#blob = blob;
  }

  next(): PromiseLike<Uint8Array | null> {
    return this.#open().next();
  }

  pull(taker: ChunkTaker): Uint8Array | null | undefined {
    return this.#open().pull(taker);
  }

  #open(): StreamSource {
    return (this.#bytes ??= new StreamSource(this.#blob.stream(), this.sizeBytes, undefined));
  }

  cancel(reason: unknown): void {
    this.#bytes?.cancel(reason);
  }
}
