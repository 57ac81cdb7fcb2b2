// When is one socket read from, and when not? The engine can only stop polling a socket altogether, writability included.
//
// It remembers what a paused socket polled for in two places for the whole thread: one for sockets with unsent bytes in its
// own buffer, one for those without. `resume` polls for what it finds in the place that fits now: the events of another
// socket, or none at all, which is the end of the connection's life. A write that fails polls both ways, paused or not; and
// the parser writes what is unsent whenever it has read, without telling anybody.

import type { NativeResponse } from "./native.ts";

/** The engine drops a connection whose body delivers less than 160 KB in 10 s, unless its timer is started anew. */
const REARM_MS = 4_000;

/**
 * How soon a reply is tried again while its socket is paused, and at most how late. Without progress each try takes twice as
 * long, because it may hand another 512 KB to the engine's own buffer.
 */
const FIRST_RETRY_MS = 4;
const LONGEST_RETRY_MS = 8_000;

export interface ThrottleOwner {
  /** The reply that is being sent piece by piece, if one is. */
  readonly writer: ReplyUnderWay | null;
}

export interface ReplyUnderWay {
  /** The client takes nothing of it at the moment. */
  readonly blocked: boolean;
  /** The engine may have bytes of it in its own buffer. */
  readonly hasUnsent: boolean;
  /** Grows when the client takes more of it. */
  readonly progress: number;
  /** Writes on, as if the client took more. */
  retry(): void;
}

/** False until the engine's place for sockets without unsent bytes is filled. */
let primed = false;

export class Throttle {
  paused = false;
  private response: NativeResponse | null;
  private readonly owner: ThrottleOwner;
  private readonly isFull: () => boolean;
  private timer: NodeJS.Timeout | null = null;
  private tries = 0;
  private progress = 0;
  private pausing = false;
  private rearmedMs: number;

  /** `isFull`: whether the socket has to stay paused. */
  constructor(response: NativeResponse, owner: ThrottleOwner, isFull: () => boolean, nowMs: number) {
    this.response = response;
    this.owner = owner;
    this.isFull = isFull;
    this.rearmedMs = nowMs;
    if (primed) return;
    primed = true;
    response.pause();
    response.resume();
  }

  /** Called inside the parser. */
  pause(): void {
    if (this.owner.writer !== null) this.retryThenStop();
    else this.stop();
  }

  /** Called outside the parser, right behind a write that failed: nothing may be read until the client takes more. */
  hold(): void {
    this.stop();
  }

  resume(): void {
    const wasPaused = this.paused;
    this.release();
    // Only a write that fails makes sure that the socket polls for writability, too.
    if (wasPaused) this.owner.writer?.retry();
  }

  /** `resume`, right before the last write of a reply. */
  release(): void {
    this.stopTimer();
    if (this.paused) this.poll();
  }

  /** A paused socket does not notice that the client takes more of the reply, so that is tried from time to time. */
  watchReply(): void {
    const { writer } = this.owner;
    if (!this.paused || writer === null || this.timer !== null) return;
    if (writer.progress !== this.progress) this.tries = 0;
    this.progress = writer.progress;
    const ms = Math.min(FIRST_RETRY_MS * 2 ** this.tries, LONGEST_RETRY_MS);
    this.tries++;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.retryThenStop();
    }, ms).unref();
  }

  /** Starts the engine's timer anew, where that is due. */
  rearm(nowMs: number): void {
    if (this.response === null || this.paused || nowMs - this.rearmedMs < REARM_MS) return;
    this.rearmedMs = nowMs;
    this.response.pause();
    this.response.resume();
  }

  /** The engine's object is dead. */
  detach(): void {
    this.response = null;
    this.stopTimer();
  }

  /**
   * Outside the parser, whose own writing would end the pause. Promises settle between the two steps, but nothing is polled:
   * a write that fails in the first one polls again, and the second one stops that.
   */
  private retryThenStop(): void {
    if (this.pausing) return;
    this.pausing = true;
    setImmediate(() => this.owner.writer?.retry());
    setImmediate(() => {
      this.pausing = false;
      if (this.isFull()) this.stop();
      else this.resume();
    });
  }

  private stop(): void {
    if (this.response === null) return;
    this.paused = true;
    this.response.pause();
    this.watchReply();
  }

  private poll(): void {
    const { response } = this;
    if (response === null) return;
    this.paused = false;
    // Pausing first makes the place hold this socket's own events, unless it polls for none; then it was filled by pausing it.
    response.pause();
    response.resume();
  }

  private stopTimer(): void {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
  }
}
