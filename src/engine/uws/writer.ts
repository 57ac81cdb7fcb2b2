// Sends a reply whose bytes are made on demand, only as fast as the client takes them.

import type { ChunkTaker, ReplySource } from "../engine.ts";
import { cancelSource, tooShort } from "../source.ts";
import { Gathering, PIECE_BYTES } from "./gathering.ts";
import type { NativeResponse } from "./native.ts";
import type { WriterOwner } from "./writer-owner.ts";

/** The engine's buffer. */
const CORK_BYTES = 16 * 1024;

/** The first piece shares its cork with the head. */
const FIRST_PIECE_BYTES = 8 * 1024;

/**
 * A client's system takes as much as this, whatever the client does. Behind more the end has to wait until the rest is known to be out:
 * after it there is no heartbeat, and the engine would drop a client that takes nothing for 8 s, with what it still has to send.
 */
const SURE_BYTES = 64 * 1024;

/** The engine drops a client that is not writable again within 8-12 s, unless the timer is started anew. */
const HEARTBEAT_MS = 5_000;

/**
 * Kept back of each chunk while the client is still sending. What a write could not send shows only in the next one, so after the
 * larger part of a chunk one byte asks, and the others are there to ask again with as often as it takes.
 */
const RESERVE_BYTES = 64;

/** How long after a write that failed: a client that reads at all has taken by then what the engine's buffer holds. */
const UNSURE_MS = 200;

/**
 * One source, one response. A sized source goes out with Content-Length (`tryEnd`), another one chunked (`write`).
 *
 * Order of life: `start` or `startStalled`, then any of `writable`, `sweep`; `stop` at the latest when the engine's object dies.
 */
export class ReplyWriter {
  /** The client takes nothing at the moment. */
  blocked = false;
  /** Since when, by the list's clock. */
  blockedSinceMs = 0;

  /** The engine may have bytes in its own buffer: a write failed, and none has shown since that the client took them. */
  private mayBeUnsent = false;
  private refusedMs = 0;

  /** Bytes of the body that the engine has taken. */
  sentBytes = 0;

  /** Grows when the client takes more. */
  progress = 0;

  private response: NativeResponse | null;
  private readonly source: ReplySource;
  private readonly owner: WriterOwner;
  private readonly totalBytes: number | null;
  private started = false;
  private finishing = false;
  private ended = false;
  private everBlocked = false;
  private pulling = false;
  private flushing = false;
  private readonly gathering: Gathering = new Gathering();
  /** Bytes that the source has given, where it has a size. */
  private givenBytes = 0;
  /** Kept back, in a copy, so that there is something to ask the engine with whether its buffer is empty. What comes later follows it. */
  private rest: Uint8Array | null = null;
  /** The chunk the engine took only in part. */
  private stalled: Uint8Array | null = null;
  private lastBeatMs = 0;
  /** None at first, so that the first sweep starts the clock of a client that has taken nothing yet. */
  private sweptProgress = -1;

  constructor(response: NativeResponse, source: ReplySource, owner: WriterOwner) {
    this.response = response;
    this.source = source;
    this.owner = owner;
    this.totalBytes = source.sizeBytes;
  }

  /** Whether to reckon with unsent bytes. Only a further write would tell, and the source may have none. */
  get hasUnsent(): boolean {
    return this.mayBeUnsent && (this.blocked || performance.now() - this.refusedMs < UNSURE_MS);
  }

  start(): void {
    this.response?.onWritable((offset) => this.writable(offset));
    if (this.totalBytes !== null || !this.owner.mayBeInParser) this.pump();
    else this.leaveParser(null);
  }

  /** Starts behind the head, with `bytes` of which the engine has taken only a part. */
  startStalled(bytes: Uint8Array): void {
    this.started = true;
    this.stalled = bytes;
    this.block();
    this.response?.onWritable((offset) => this.writable(offset));
  }

  /** Nothing more is wanted; the source hears of it once. */
  stop(reason: unknown): void {
    this.response = null;
    if (this.ended) return;
    this.ended = true;
    cancelSource(this.source, reason);
  }

  sweep(nowMs: number): void {
    if (!this.blocked || this.progress !== this.sweptProgress) this.blockedSinceMs = nowMs;
    this.sweptProgress = this.progress;
    if (nowMs - this.lastBeatMs < HEARTBEAT_MS) return;
    this.lastBeatMs = nowMs;
    // Blocked or not: that a write failed shows only in the next one, and the source may have none for a while. Where there is a
    // request body, its throttle keeps the timer.
    if (this.blocked || !this.owner.mayBeInParser) this.beat();
  }

  /** Writes on, in case the client takes more without the engine having said so. */
  retry(): void {
    if (this.response !== null) this.writable(this.response.getWriteOffset());
  }

  /** Starts the engine's write timer anew. Where the engine has buffered nothing, only a new try makes it poll for writability. */
  private beat(): void {
    this.response?.pause();
    this.response?.resume();
    if (this.stalled !== null) this.retry();
    else this.owner.blocked();
  }

  private writable(offset: number): boolean {
    const { response } = this;
    if (response === null) {
      this.owner.closing.flush();
      return true;
    }
    this.blocked = false;
    // The cork itself flushes what the engine had buffered; without it the tail is never sent.
    response.cork(ignore);
    if (this.stalled !== null) this.resendStalled(offset);
    const { rest } = this;
    this.rest = null;
    if (rest !== null) this.writeChunk(response, rest);
    if (this.finishing && !this.blocked && !this.ended) this.finishChunked(response);
    this.pump();
    return !this.blocked;
  }

  /** Asks the source until it has to wait, the client is full, or the end. */
  private pump(): void {
    while (!this.blocked && !this.ended && !this.pulling && !this.finishing) {
      let next: Uint8Array | null | undefined | PromiseLike<Uint8Array | null>;
      // A source that reads the request body may come back here before it returns.
      this.pulling = true;
      try {
        next = this.source.pull === undefined ? this.source.next() : this.source.pull(this.taker);
      } catch (error) {
        this.fail(error);
        return;
      }
      if (next === null || next instanceof Uint8Array) {
        this.pulling = false;
        this.accept(next);
      } else {
        if (this.gathering.byteLength > 0 || !this.started) this.flushSoon();
        next?.then(this.taker.take, this.taker.fail);
      }
    }
  }

  private readonly taker: ChunkTaker = {
    take: (chunk) => {
      if (chunk !== null && this.totalBytes === null && this.owner.mayBeInParser) this.leaveParser(chunk);
      else this.goOn(chunk);
    },
    fail: (error) => {
      this.pulling = false;
      this.fail(error);
    },
  };

  /** The parser has corked the socket for itself, so that no piece can be written in a cork of its own. */
  private leaveParser(chunk: Uint8Array | null): void {
    this.pulling = true;
    setImmediate(() => {
      if (chunk !== null) this.goOn(chunk);
      else {
        this.pulling = false;
        this.pump();
      }
    });
  }

  private goOn(chunk: Uint8Array | null): void {
    this.pulling = false;
    if (this.ended) return;
    this.accept(chunk);
    this.pump();
  }

  private accept(chunk: Uint8Array | null): void {
    if (chunk === null) this.finish();
    else if (this.totalBytes !== null) {
      this.givenBytes += chunk.byteLength;
      this.transmit(chunk);
    } else if (chunk.byteLength > PIECE_BYTES / 2 && this.owner.isDuplex) {
      this.flush();
      this.transmit(chunk);
    } else this.gathering.take(chunk, this.send);
  }

  /** What was gathered goes out in this turn of the loop, whatever the source does next (H39). */
  private flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      if (this.ended) return;
      this.flush();
      // The engine sends no head before there is a chunk; where a neutral chunk exists, it opens the stream (H39).
      const opening = this.started || this.totalBytes !== null ? null : this.owner.opening;
      if (opening !== null) this.transmit(opening);
      // A write that goes through ends the wait for a client that was full, and then nobody else asks the source.
      this.pump();
    });
  }

  private flush(keptBytes = 0): void {
    this.gathering.drain(keptBytes, this.send);
  }

  private get mayExceedSystem(): boolean {
    return this.everBlocked || this.sentBytes + this.gathering.byteLength > SURE_BYTES;
  }

  /** The engine has sent or copied what it was given by the time a write returns. */
  private readonly send = (bytes: Uint8Array): void => this.transmit(bytes);

  private transmit(bytes: Uint8Array): void {
    const { response, totalBytes } = this;
    if (response === null) return;
    if (totalBytes === null) this.writeChunk(response, bytes);
    else this.sendSized(response, bytes, totalBytes);
  }

  private writeHead(response: NativeResponse): void {
    if (this.started) return;
    this.started = true;
    this.owner.writeHead(response);
  }

  private writeChunk(response: NativeResponse, bytes: Uint8Array): void {
    const { isDuplex } = this.owner;
    const reserve = isDuplex ? Math.min(RESERVE_BYTES, bytes.byteLength >> 1) : 0;
    let offset = 0;
    while (offset < bytes.byteLength && this.rest === null) {
      const left = bytes.byteLength - offset;
      const piece = bytes.subarray(offset, offset + this.pieceBytes(left, reserve));
      offset += piece.byteLength;
      this.sentBytes += piece.byteLength;
      response.cork(() => {
        this.writeHead(response);
        if (response.write(piece)) this.unblock();
        else this.block();
      });
      if (this.blocked && isDuplex) break;
      if (left - piece.byteLength === reserve && reserve > 0) this.mayBeUnsent = true;
    }
    if (offset < bytes.byteLength)
      this.rest = Buffer.concat([...(this.rest === null ? [] : [this.rest]), bytes.subarray(offset)]);
    if (this.blocked) this.owner.blocked();
  }

  private pieceBytes(leftBytes: number, reserveBytes: number): number {
    if (this.mayBeUnsent && this.owner.isDuplex) return 1;
    const most = this.started ? PIECE_BYTES : FIRST_PIECE_BYTES;
    return leftBytes > reserveBytes ? Math.min(most, leftBytes - reserveBytes) : leftBytes;
  }

  private sendSized(response: NativeResponse, bytes: Uint8Array, totalBytes: number): void {
    // Of a sized reply the engine leaves with us what it cannot send, except for what fits into its buffer: the last byte asks.
    const asks = bytes.byteLength > 1 && (this.owner.isDuplex || this.leavesTail(bytes.byteLength, totalBytes));
    response.cork(() => {
      this.writeHead(response);
      this.writeSized(response, asks ? bytes.subarray(0, -1) : bytes, totalBytes);
    });
    if (asks && this.stalled === null) response.cork(() => this.writeSized(response, bytes.subarray(-1), totalBytes));
    else if (asks) this.stalled = bytes;
    if (this.blocked) this.owner.blocked();
  }

  /** Whether these bytes are the last ones, and the engine might keep them. Of more than its buffer holds it keeps nothing. */
  private leavesTail(byteLength: number, totalBytes: number): boolean {
    return byteLength <= CORK_BYTES && this.sentBytes + byteLength >= totalBytes && this.mayExceedSystem;
  }

  private writeSized(response: NativeResponse, bytes: Uint8Array, totalBytes: number): void {
    const isLast = this.sentBytes + bytes.byteLength >= totalBytes;
    if (isLast && bytes.byteLength > 1 && this.owner.closing.byHand) {
      // The very last byte goes alone, so that the socket is paused only when nothing else can be waiting.
      this.trySized(response, bytes.subarray(0, -1), totalBytes);
      if (this.stalled !== null) this.stalled = bytes;
      else this.writeSized(response, bytes.subarray(-1), totalBytes);
      return;
    }
    if (isLast) {
      this.owner.ending();
      this.owner.closing.beforeSizedEnd(response);
    }
    this.trySized(response, bytes, totalBytes);
  }

  private trySized(response: NativeResponse, bytes: Uint8Array, totalBytes: number): void {
    const [taken, done] = response.tryEnd(bytes, totalBytes);
    if (done || taken) {
      this.sentBytes += bytes.byteLength;
      this.unblock();
      // What is left of a chunk is not copied by the engine, and its last byte may come alone.
      if (this.sentBytes === this.givenBytes) this.source.mayReuse?.();
    }
    if (done) this.complete();
    else if (!taken) {
      this.stalled = bytes;
      this.block();
    }
  }

  private block(): void {
    this.blocked = true;
    this.everBlocked = true;
    this.mayBeUnsent = true;
    this.refusedMs = performance.now();
  }

  private unblock(): void {
    this.blocked = false;
    this.mayBeUnsent = false;
    this.progress++;
  }

  private resendStalled(offset: number): void {
    const { response, stalled } = this;
    if (response === null || stalled === null || this.totalBytes === null) return;
    const rest = stalled.subarray(offset - this.sentBytes);
    if (offset > this.sentBytes) this.progress++;
    this.sentBytes = offset;
    this.stalled = null;
    if (rest.byteLength > 0) this.sendSized(response, rest, this.totalBytes);
    else this.source.mayReuse?.();
  }

  private finish(): void {
    const { response } = this;
    if (response === null) return;
    if (this.totalBytes !== null) {
      this.fail(tooShort(this.sentBytes, this.totalBytes));
      return;
    }
    this.finishing = true;
    // The last byte asks, as for a chunk.
    if (this.mayExceedSystem) this.flush(1);
    else if (this.mayBeUnsent || this.owner.closing.byHand || this.gathering.byteLength > FIRST_PIECE_BYTES)
      this.flush();
    if (!this.blocked) this.finishChunked(response);
  }

  private finishChunked(response: NativeResponse): void {
    const { started, owner } = this;
    // What one write could not send shows only in the next.
    const mayBeBuffered = this.everBlocked || this.sentBytes > PIECE_BYTES;
    response.cork(() => {
      // What is still gathered fits into this cork, so that the end of the message costs no call of its own.
      this.flush();
      if (this.blocked) return;
      owner.ending();
      this.writeHead(response);
      owner.closing.endChunked(response, started, mayBeBuffered);
    });
    if (!this.blocked) this.complete();
  }

  private complete(): void {
    this.ended = true;
    this.response = null;
    this.owner.done(this.sentBytes);
  }

  private fail(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    const { started } = this;
    this.response = null;
    this.owner.writerFailed(error, started);
  }
}

function ignore(): void {}
