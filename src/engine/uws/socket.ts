// A connection that has become a WebSocket on uWebSockets.js.

import type { EngineSocket, Part, SendResult, SocketEvents } from "../socket.ts";
import type { NativeResponse, NativeSocket } from "./native.ts";

/** How often a socket that is not read is looked at for what the client takes: the engine does not tell meanwhile. */
const FLUSH_MS = 20;

/** How the engine pauses a response. It has no such function for a WebSocket, but what these two do is about the socket beneath. */
export type Flow = Pick<NativeResponse, "pause" | "resume">;

/** How it ended, for whoever keeps count. */
export type SocketEnd = (code: number, sentBytes: number) => void;

export class UwsSocket implements EngineSocket {
  readonly events: SocketEvents;
  private readonly flow: Flow;
  private readonly onEnd: SocketEnd;
  private native: NativeSocket | null = null;
  private sentBytes = 0;
  private isPaused = false;
  private flusher: NodeJS.Timeout | null = null;

  constructor(events: SocketEvents, flow: Flow, onEnd: SocketEnd) {
    this.events = events;
    this.flow = flow;
    this.onEnd = onEnd;
  }

  get bufferedBytes(): number {
    return this.native?.getBufferedAmount() ?? 0;
  }

  opened(native: NativeSocket): void {
    this.native = native;
  }

  send(bytes: Uint8Array, isText: boolean, part: Part): SendResult {
    const { native } = this;
    if (native === null) return "sent";
    let status: number;
    if (part === "whole") status = native.send(bytes, !isText, false);
    else if (part === "first") status = native.sendFirstFragment(bytes, !isText, false);
    else if (part === "middle") status = native.sendFragment(bytes, false);
    else status = native.sendLastFragment(bytes, false);
    return this.result(status, bytes.byteLength);
  }

  ping(bytes: Uint8Array): SendResult {
    return this.native === null ? "sent" : this.result(this.native.ping(bytes), bytes.byteLength);
  }

  close(code: number, reason: Uint8Array): void {
    if (this.native === null) return;
    // The client's own goodbye has to be read.
    this.resume();
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
    this.stopFlushing();
    if (this.native !== null) this.flow.resume.call(this.native as unknown as NativeResponse);
  }

  together(work: () => void): void {
    if (this.native === null) work();
    else this.native.cork(work);
  }

  /** The engine's last event: it throws on any use from here on. */
  ended(code: number, reason: ArrayBuffer): void {
    this.native = null;
    this.stopFlushing();
    this.events.closed(code, reason);
    this.onEnd(code, this.sentBytes);
  }

  private result(status: number, bytes: number): SendResult {
    if (status === 2) return "refused";
    this.sentBytes += bytes;
    if (status === 1) return "sent";
    // A write that the system did not take whole makes the engine listen for everything again.
    if (this.isPaused && this.native !== null) this.hold(this.native);
    return "full";
  }

  /**
   * A paused socket is not told that it can be written, either. Without looking after that, a client and a library that wait
   * for each other would wait for ever.
   */
  private hold(native: NativeSocket): void {
    this.flow.pause.call(native as unknown as NativeResponse);
    if (this.flusher === null && native.getBufferedAmount() > 0) {
      this.flusher = setInterval(() => this.flush(), FLUSH_MS);
    }
  }

  private flush(): void {
    const { native } = this;
    if (native === null) return;
    native.cork(() => {});
    if (native.getBufferedAmount() > 0) {
      this.flow.pause.call(native as unknown as NativeResponse);
      return;
    }
    this.stopFlushing();
    this.events.drained();
  }

  private stopFlushing(): void {
    if (this.flusher !== null) clearInterval(this.flusher);
    this.flusher = null;
  }
}
