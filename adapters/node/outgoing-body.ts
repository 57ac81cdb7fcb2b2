// A response that the app writes piece by piece, as a source that the engine asks for its bytes.

import type { ChunkTaker, ReplySource } from "../../src/internal.ts";

type Callback = (error?: Error | null) => void;

/** What `write` returns false at: Node's own mark for sockets. */
export const HIGH_WATER_BYTES: number = 16 * 1024;

/** What a body tells the response it belongs to. */
export interface BodyOwner {
  /** Everything that was written is with the engine, and it takes more. */
  drained(): void;
  /** The engine wants no more: the client left, or the reply was cut. */
  cancelled(): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly taken: Callback | undefined;
}

/**
 * Pushed by the app, pulled by the engine. An engine that waits gets a written piece at once, in the very call of `push`;
 * otherwise pieces queue up and `push` says so.
 */
export class OutgoingBody implements ReplySource {
  readonly sizeBytes: number | null;
  overran = false;
  queuedBytes = 0;
  /** `push` returned false, and nobody was told of the relief yet. */
  needDrain = false;
  private readonly owner: BodyOwner;
  private queue: Piece[] = [];
  private missing: number;
  private ended = false;
  private over = false;
  private resolve: ((chunk: Uint8Array | null) => void) | null = null;
  private taken: Callback | undefined = undefined;

  constructor(sizeBytes: number | null, owner: BodyOwner) {
    this.sizeBytes = sizeBytes;
    this.missing = sizeBytes ?? Infinity;
    this.owner = owner;
  }

  pull(taker: ChunkTaker): Uint8Array | null | undefined {
    this.settleTaken();
    const piece = this.queue.shift();
    if (piece !== undefined) return this.give(piece);
    if (this.ended) {
      this.over = true;
      return null;
    }
    // Before anybody is told that there is room: what they write then goes straight through.
    this.resolve = taker.take;
    if (this.needDrain) {
      this.needDrain = false;
      this.owner.drained();
    }
    return undefined;
  }

  /** For an engine that does not know `pull`. */
  next(): Uint8Array | null | PromiseLike<Uint8Array | null> {
    let resolve: ((chunk: Uint8Array | null) => void) | null = null;
    const later = new Promise<Uint8Array | null>((take) => {
      resolve = take;
    });
    const now = this.pull({ take: resolve!, fail: ignore });
    return now === undefined ? later : now;
  }

  cancel(): void {
    const wasOver = this.over;
    this.over = true;
    this.queue = [];
    this.queuedBytes = 0;
    this.resolve = null;
    if (!wasOver) this.owner.cancelled();
  }

  /** False when the writer should wait for `drained`. What comes after the announced length is dropped. */
  push(bytes: Uint8Array, taken: Callback | undefined): boolean {
    const fitting = this.cut(bytes);
    if (this.over || fitting.byteLength === 0) {
      if (taken !== undefined) process.nextTick(taken);
      return true;
    }
    const { resolve } = this;
    if (resolve !== null) {
      this.resolve = null;
      this.taken = taken;
      resolve(fitting);
      return this.hasRoom();
    }
    this.queue.push({ bytes: fitting, taken });
    this.queuedBytes += fitting.byteLength;
    return this.hasRoom();
  }

  end(): void {
    this.ended = true;
    const { resolve } = this;
    if (resolve === null) return;
    this.resolve = null;
    this.over = true;
    this.settleTaken();
    resolve(null);
  }

  private hasRoom(): boolean {
    if (this.queuedBytes < HIGH_WATER_BYTES) return true;
    this.needDrain = true;
    return false;
  }

  private cut(bytes: Uint8Array): Uint8Array {
    const fits = bytes.byteLength <= this.missing;
    const fitting = fits ? bytes : bytes.subarray(0, this.missing);
    this.overran ||= !fits;
    this.missing -= fitting.byteLength;
    return fitting;
  }

  private give({ bytes, taken }: Piece): Uint8Array {
    this.queuedBytes -= bytes.byteLength;
    this.taken = taken;
    return bytes;
  }

  /** The engine asks again, so it has done with what it got. */
  private settleTaken(): void {
    const { taken } = this;
    if (taken === undefined) return;
    this.taken = undefined;
    process.nextTick(taken);
  }
}

function ignore(): void {}
