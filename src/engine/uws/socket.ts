// A connection that has become a WebSocket on uWebSockets.js.

import type { EngineSocket, Part, SendResult, SocketEvents } from "../socket.ts";
import type { NativeResponse, NativeSocket } from "./native.ts";

/** How often a socket that is not read is looked at for what the client takes: the engine does not tell meanwhile. */
const FLUSH_MS = 5;

/** Nor does it tell then that the client is gone: one that takes nothing for so long is cut. */
const STALL_MS = 60_000;

/** What the engine says of a client that has just gone; whatever else it says is about what the client has sent. */
const GONE = /^Received TCP FIN/;

const NO_REASON = new ArrayBuffer(0);

/**
 * The engine resumes to what it was listening for at the last pause of any socket of the same kind that had bytes waiting, or of any that had none, as the
 * socket has then. Before there was one, that is nothing at all: so there has to be one.
 */
const primed = { plain: false, secure: false };

/** How the engine pauses a response. It has no such function for a WebSocket, but what these two do is about the socket beneath. */
export type Flow = Pick<NativeResponse, "pause" | "resume">;

/** How it ended, for whoever keeps count. */
export type SocketEnd = (code: number, sentBytes: number) => void;

export class UwsSocket implements EngineSocket {
  readonly events: SocketEvents;
  private readonly isSecure: boolean;
  private readonly flow: Flow;
  private readonly onEnd: SocketEnd;
  private native: NativeSocket | null = null;
  private sentBytes = 0;
  /** The library does not read. */
  private isPaused = false;
  /** Over TLS, while something waits for the client: what is sent of it by the engine as it reads does the same harm as below. */
  private isBlocked = false;
  private waitingBytes = 0;
  private waitingSinceMs = 0;
  /**
   * Nothing may be sent now. Over TLS, and in the callback that gives what was read: what is written there takes the place of what has been
   * received and not decrypted yet, and the connection fails.
   */
  private isMuted = false;
  private owesRoom = false;
  private flusher: NodeJS.Timeout | null = null;

  constructor(events: SocketEvents, isSecure: boolean, flow: Flow, onEnd: SocketEnd) {
    this.events = events;
    this.isSecure = isSecure;
    this.flow = flow;
    this.onEnd = onEnd;
  }

  get bufferedBytes(): number {
    return this.native?.getBufferedAmount() ?? 0;
  }

  opened(native: NativeSocket): void {
    this.native = native;
    const kind = this.isSecure ? "secure" : "plain";
    if (primed[kind]) return;
    primed[kind] = true;
    this.flow.pause.call(native as unknown as NativeResponse);
    this.flow.resume.call(native as unknown as NativeResponse);
  }

  message(bytes: ArrayBuffer, isText: boolean): void {
    this.isMuted = this.isSecure;
    this.events.message(bytes, isText);
    this.unmute();
  }

  heard(kind: "ping" | "pong", bytes: ArrayBuffer): void {
    this.isMuted = this.isSecure;
    this.events[kind](bytes);
    this.unmute();
  }

  send(bytes: Uint8Array, isText: boolean, part: Part): SendResult {
    const { native } = this;
    if (native === null) return "sent";
    if (this.isMuted) return this.refuse();
    let status: number;
    if (part === "whole") status = native.send(bytes, !isText, false);
    else if (part === "first") status = native.sendFirstFragment(bytes, !isText, false);
    else if (part === "middle") status = native.sendFragment(bytes, false);
    else status = native.sendLastFragment(bytes, false);
    return this.result(status, bytes.byteLength);
  }

  ping(bytes: Uint8Array): SendResult {
    if (this.native === null) return "sent";
    if (!this.isMuted) return this.result(this.native.ping(bytes), bytes.byteLength);
    const copy = bytes.slice();
    setImmediate(() => this.native?.ping(copy));
    return this.refuse();
  }

  close(code: number, reason: Uint8Array): void {
    if (this.native === null) return;
    if (this.isMuted) {
      const copy = reason.slice();
      setImmediate(() => this.close(code, copy));
      return;
    }
    // The client's own goodbye has to be read.
    if (this.isPaused || this.isBlocked) this.release();
    this.native?.end(code, reason);
  }

  cut(): void {
    // What was sent in this turn goes out at its end, and a socket must not be closed inside the parser.
    if (this.native !== null) setImmediate(() => this.native?.close());
  }

  pause(): void {
    if (this.native === null || this.isPaused) return;
    this.isPaused = true;
    this.hold(this.native);
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (!this.isBlocked) this.release();
  }

  together(work: () => void): void {
    if (this.native === null) {
      work();
      return;
    }
    this.native.cork(work);
    // What was gathered counts as sent, also when the client did not take it in the end.
    if (!this.isSecure || this.native === null || this.bufferedBytes === 0) return;
    this.isBlocked = true;
    this.hold(this.native);
  }

  /** The engine's last event: it throws on any use from here on. */
  ended(code: number, reason: ArrayBuffer): void {
    this.native = null;
    this.stopFlushing();
    const isGone = code === 1006 && GONE.test(Buffer.from(reason).toString("latin1"));
    this.events.closed(code, isGone ? NO_REASON : reason);
    this.onEnd(code, this.sentBytes);
  }

  private refuse(): SendResult {
    this.owesRoom = true;
    return "refused";
  }

  private unmute(): void {
    this.isMuted = false;
    if (!this.owesRoom) return;
    this.owesRoom = false;
    setImmediate(roomAgain, this);
  }

  private result(status: number, bytes: number): SendResult {
    if (status === 2) return "refused";
    this.sentBytes += bytes;
    if (status === 1) return "sent";
    if (this.isSecure) this.isBlocked = true;
    // Also when it was held before: a write that the system did not take whole makes the engine listen for everything again.
    if ((this.isPaused || this.isBlocked) && this.native !== null) this.hold(this.native);
    return "full";
  }

  /**
   * A socket that is not read is not told that it can be written, either. Without looking after that, a client and a library that wait
   * for each other would wait for ever.
   */
  private hold(native: NativeSocket): void {
    this.flow.pause.call(native as unknown as NativeResponse);
    if (this.flusher !== null || native.getBufferedAmount() === 0) return;
    this.waitingSinceMs = performance.now();
    this.flusher = setInterval(() => this.flush(), FLUSH_MS);
  }

  private flush(): void {
    const { native } = this;
    if (native === null) return;
    native.cork(() => {});
    const waiting = native.getBufferedAmount();
    if (waiting > 0) {
      this.flow.pause.call(native as unknown as NativeResponse);
      this.watchStall(native, waiting);
      return;
    }
    this.stopFlushing();
    this.isBlocked = false;
    if (!this.isPaused) this.release();
    this.events.drained();
  }

  private watchStall(native: NativeSocket, waiting: number): void {
    const nowMs = performance.now();
    if (waiting !== this.waitingBytes) this.waitingSinceMs = nowMs;
    this.waitingBytes = waiting;
    if (nowMs - this.waitingSinceMs > STALL_MS) native.close();
  }

  private release(): void {
    this.isPaused = false;
    this.isBlocked = false;
    this.stopFlushing();
    if (this.native !== null) this.flow.resume.call(this.native as unknown as NativeResponse);
  }

  private stopFlushing(): void {
    if (this.flusher !== null) clearInterval(this.flusher);
    this.flusher = null;
  }
}

/** There may be room again: `drained`, unless there is not. */
export function roomAgain(socket: UwsSocket): void {
  if (socket.bufferedBytes === 0) socket.events.drained();
}
