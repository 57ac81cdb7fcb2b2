// The request body as the engine delivers it: pushed by the parser, pulled by the handler.

import { ServerError } from "../../errors.ts";
import type { HeadFacts } from "../../http/head-rules.ts";
import type { BodyReader, BodySource, BodyTaker } from "../engine.ts";
import type { NativeResponse } from "./native.ts";
import { Throttle, type ThrottleOwner } from "./throttle.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes kept for a handler that does not read, before the transport is paused (H19 allows 1 MiB). */
const QUEUE_LIMIT_BYTES = 64 * 1024;

/** The same while the reply waits for the client: a paused socket does not notice that the client takes more. */
const BLOCKED_QUEUE_LIMIT_BYTES = 1024 * 1024;

/**
 * The engine reads 512 KB at once. Over TLS, what is written in the callback of a full read takes the place of what was received
 * and is not decrypted yet, on whichever connection it is written, and that connection fails. A body of this size can fill a
 * read, with a head before it.
 */
const FILLS_READ_BYTES = 448 * 1024;

/** Whether a body may come in by reads that are full. */
export function canFillRead({ isChunked, declaredBytes }: HeadFacts): boolean {
  return isChunked || (declaredBytes ?? 0) > FILLS_READ_BYTES;
}

/** Who waits for the whole body: settled by calling one of the two, with what the reader made of the bytes. */
interface CollectWaiter {
  readonly take: (bytes: Bytes, lent: boolean) => () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Delivery is push, in the engine's callback, where closing the socket corrupts the heap (the parser goes on in freed
 * memory). So a body whose connection may close at its end (`settleLater`) wakes its reader outside the parser, and so
 * does one of which a piece may have filled a read.
 */
export class UwsBody implements BodySource {
  readonly declaredBytes: number | null;
  /** True once the last byte came in. */
  complete = false;
  receivedBytes = 0;
  lastDataMs: number;

  private readonly maxBytes: number;
  private readonly settleLater: boolean;
  private readonly mayFillRead: boolean;
  private readonly owner: ThrottleOwner;
  private readonly throttle: Throttle;
  private queue: Bytes[] = [];
  private queuedBytes = 0;
  private mode: "idle" | "collect" | "read" | "cancelled" = "idle";
  private error: unknown = undefined;
  private failed = false;
  private collectWaiter: CollectWaiter | null = null;
  private taker: BodyTaker | null = null;
  private whenComplete: (() => void) | null = null;

  constructor(
    response: NativeResponse,
    options: {
      declaredBytes: number | null;
      maxBytes: number;
      settleLater: boolean;
      mayFillRead: boolean;
      nowMs: number;
      owner: ThrottleOwner;
    },
  ) {
    this.declaredBytes = options.declaredBytes;
    this.maxBytes = options.maxBytes;
    this.settleLater = options.settleLater;
    this.mayFillRead = options.mayFillRead;
    this.owner = options.owner;
    this.lastDataMs = options.nowMs;
    const isFull = (): boolean => this.isHeld || this.isFull(QUEUE_LIMIT_BYTES);
    this.throttle = new Throttle(response, options.owner, isFull, options.nowMs);
  }

  collect<Result>(reader: BodyReader<Result>): Promise<Result> {
    const promise = new Promise<Result>((resolve, reject) => {
      this.collectWaiter = {
        take: (bytes, lent) => {
          try {
            const result = reader(bytes, lent);
            return () => resolve(result);
          } catch (error) {
            return () => reject(error);
          }
        },
        reject: (reason) => {
          promise.catch(ignore);
          reject(reason);
        },
      };
    });
    this.mode = "collect";
    if (this.failed) this.rejectWaiters();
    else if (this.complete) this.settleCollected(null)();
    else this.resume();
    return promise;
  }

  read(): Promise<Bytes | null> {
    const promise = new Promise<Bytes | null>((resolve, reject) => {
      this.pull({ take: (bytes, lent) => resolve(lent ? (bytes?.slice() ?? null) : bytes), fail: reject });
    });
    promise.catch(ignore);
    return promise;
  }

  pull(taker: BodyTaker): void {
    if (this.failed && this.queue.length === 0) {
      taker.fail(this.error);
      return;
    }
    this.mode = "read";
    const chunk = this.queue.shift();
    if (chunk !== undefined) {
      this.queuedBytes -= chunk.byteLength;
      if (this.queuedBytes === 0) this.resume();
      taker.take(chunk, false);
    } else if (this.complete) taker.take(null, false);
    else {
      this.taker = taker;
      this.resume();
    }
  }

  cancel(): void {
    this.drop();
    this.resume();
  }

  /** The engine's callback. `bytes` is only lent. */
  push(bytes: ArrayBuffer, isLast: boolean, nowMs: number): void {
    this.receivedBytes += bytes.byteLength;
    this.lastDataMs = nowMs;
    if (this.receivedBytes > this.maxBytes) this.fail(tooLarge(this.maxBytes));
    if (isLast) {
      this.finish(bytes);
      return;
    }
    // A reader that waits gets the piece as it is, at the end of this call.
    const isAwaited = this.isAwaited && bytes.byteLength > 0 && !this.fillsRead(bytes);
    if (!isAwaited) this.keep(bytes);
    if (this.mode === "read" && this.fillsRead(bytes)) setImmediate(() => this.settleRead());
    const limit = this.owner.writer?.blocked === true ? BLOCKED_QUEUE_LIMIT_BYTES : QUEUE_LIMIT_BYTES;
    if (this.isFull(limit)) this.throttle.pause();
    else this.throttle.rearm(nowMs);
    if (isAwaited) this.settleRead(bytes);
  }

  get isBeingRead(): boolean {
    return this.mode === "collect" || this.mode === "read";
  }

  /** Drops what is still to come; `whenComplete` runs inside the parser, at the last byte. */
  discard(whenComplete: () => void): void {
    this.whenComplete = whenComplete;
    this.cancel();
  }

  /**
   * The engine has bytes of a reply that the client does not take yet. It would write them in the callback of the next read, with
   * the harm that `canFillRead` is about.
   */
  replyBlocked(): void {
    if (this.isHeld && !this.complete) this.throttle.hold();
  }

  /** A reply is about to be sent piece by piece. */
  replyBegins(): void {
    this.throttle.watchReply();
  }

  /** The reply is about to be complete. Nothing can be paused or resumed afterwards, and the next request has to get through. */
  release(): void {
    if (this.mode === "idle") this.drop();
    this.throttle.release();
  }

  /** Reads reject with `reason` from here on; what was not delivered is dropped. */
  fail(reason: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.error = reason;
    this.queue = [];
    this.queuedBytes = 0;
    this.rejectWaiters();
  }

  /** Keeps an honest slow upload alive; called in every sweep. Gives the milliseconds since the last progress. */
  idleMs(nowMs: number): number {
    // Also at the end of a body: whoever reads it late starts the engine's timer once more by resuming.
    this.throttle.rearm(nowMs);
    return this.complete || this.throttle.paused ? 0 : nowMs - this.lastDataMs;
  }

  /** The engine's object is dead. */
  detach(): void {
    this.throttle.detach();
  }

  private fillsRead(bytes: ArrayBuffer): boolean {
    return this.mayFillRead && bytes.byteLength > FILLS_READ_BYTES;
  }

  private get isHeld(): boolean {
    return this.mayFillRead && this.owner.writer?.hasUnsent === true;
  }

  private resume(): void {
    if (!this.isHeld) this.throttle.resume();
  }

  private drop(): void {
    this.mode = "cancelled";
    this.queue = [];
    this.queuedBytes = 0;
  }

  private rejectWaiters(): void {
    const { collectWaiter, taker } = this;
    this.collectWaiter = null;
    this.taker = null;
    collectWaiter?.reject(this.error);
    taker?.fail(this.error);
  }

  private keep(bytes: ArrayBuffer): void {
    if (this.failed || this.mode === "cancelled" || bytes.byteLength === 0) return;
    this.queue.push(new Uint8Array(bytes.slice(0)));
    this.queuedBytes += bytes.byteLength;
  }

  /** The last bytes: most bodies come in one piece, and then their reader gets them without a copy. */
  private finish(bytes: ArrayBuffer): void {
    const isLater = this.settleLater || this.fillsRead(bytes);
    let settle: () => void;
    if (this.collectWaiter !== null && this.queue.length === 0) settle = this.settleCollected(bytes);
    else if (this.isAwaited && !isLater && bytes.byteLength > 0) settle = () => this.settleRead(bytes);
    else {
      this.keep(bytes);
      settle = this.collectWaiter === null ? () => this.settleRead() : this.settleCollected(null);
    }
    this.complete = true;
    this.whenComplete?.();
    if (isLater) setImmediate(settle);
    else settle();
  }

  /** The reader has its bytes at once; whoever waits for its result hears of it when the given function is called. */
  private settleCollected(lent: ArrayBuffer | null): () => void {
    const waiter = this.collectWaiter;
    this.collectWaiter = null;
    if (waiter === null) return ignore;
    return lent === null ? waiter.take(this.takeAll(), false) : waiter.take(new Uint8Array(lent), true);
  }

  /** A reader waits, and nothing is queued for it. */
  private get isAwaited(): boolean {
    return this.taker !== null && this.mode === "read" && this.queue.length === 0 && !this.failed;
  }

  private settleRead(lent?: ArrayBuffer): void {
    const { taker } = this;
    if (taker === null) return;
    if (lent !== undefined) {
      this.taker = null;
      taker.take(new Uint8Array(lent), true);
      return;
    }
    const chunk = this.queue.shift();
    if (chunk === undefined && !this.complete) return;
    this.taker = null;
    this.queuedBytes -= chunk?.byteLength ?? 0;
    taker.take(chunk ?? null, false);
  }

  private takeAll(): Bytes {
    const { queue } = this;
    const all = queue.length === 1 ? queue[0]! : new Uint8Array(this.queuedBytes);
    this.queue = [];
    this.queuedBytes = 0;
    if (queue.length === 1) return all;
    let offset = 0;
    for (const chunk of queue) {
      all.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return all;
  }

  private isFull(limitBytes: number): boolean {
    return this.queuedBytes > limitBytes && this.mode !== "collect";
  }
}

function ignore(): void {}

function tooLarge(maxBytes: number): ServerError {
  return new ServerError("ERR_BODY_TOO_LARGE", `The request body is larger than the limit of ${maxBytes} bytes.`, {
    status: 413,
  });
}
