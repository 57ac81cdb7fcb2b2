// When is one socket read from, and when not? The engine can only stop polling a socket altogether, writability included.
//
// It remembers what a paused socket polled for in two places for the whole thread: one for sockets with unsent bytes in its
// own buffer, one for those without. `resume` polls for what it finds in the place that fits now: the events of another
// socket, or none at all, which is the end of the connection's life. A write that fails polls both ways, paused or not.

import type { NativeResponse } from "./native.ts";

/** The engine drops a connection whose body delivers less than 160 KB in 10 s, unless its timer is started anew. */
const REARM_MS = 4_000;

/** How soon a paused socket is looked at when a reply is under way. Each look may let 512 KB in, so the next takes twice as long. */
const FIRST_RELIEF_MS = 4;

const LONGEST_RELIEF_MS = 8_000;

export interface ThrottleOwner {
  /** A reply is being sent piece by piece. */
  readonly isReplying: boolean;
  /** The client takes nothing of it at the moment. */
  readonly writeBlocked: boolean;
  pokeWriter(): void;
}

/** False until the engine's place for sockets without unsent bytes is filled. */
let primed = false;

export class Throttle {
  paused = false;
  private response: NativeResponse | null;
  private readonly owner: ThrottleOwner;
  private readonly isFull: () => boolean;
  private relief: NodeJS.Timeout | null = null;
  private reliefs = 0;
  private rearmedMs: number;

  /** `isFull`: whether the socket has to be paused again after a look. */
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

  pause(): void {
    if (this.response === null) return;
    this.paused = true;
    // Even when it is paused: a failed write may have made it poll again.
    this.response.pause();
    this.watchReply();
  }

  resume(): void {
    this.reliefs = 0;
    this.stopRelief();
    if (this.paused) this.poll();
  }

  /** A paused socket does not notice that the client takes more of the reply, so it is looked at from time to time. */
  watchReply(): void {
    if (!this.paused || !this.owner.isReplying || this.relief !== null) return;
    const ms = Math.min(FIRST_RELIEF_MS * 2 ** this.reliefs, LONGEST_RELIEF_MS);
    this.reliefs++;
    this.relief = setTimeout(() => this.relieve(), ms).unref();
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
    this.stopRelief();
  }

  private relieve(): void {
    this.relief = null;
    if (!this.paused) return;
    this.poll();
    setImmediate(() => {
      if (this.isFull()) this.pause();
    });
  }

  private poll(): void {
    const { response } = this;
    if (response === null) return;
    this.paused = false;
    // Pausing first makes the place hold this socket's own events, unless it polls for none; then it was the last to fill it.
    response.pause();
    response.resume();
    if (this.owner.writeBlocked) this.owner.pokeWriter();
  }

  private stopRelief(): void {
    if (this.relief === null) return;
    clearTimeout(this.relief);
    this.relief = null;
  }
}
