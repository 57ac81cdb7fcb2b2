// A handler's WebSocket and the engine's: in which state are the two, what waits for the client, and which events come of it?

import { AsyncResource } from "node:async_hooks";
import type { EngineSocket, SocketEvents } from "../engine/socket.ts";
import { NO_FRAME } from "../engine/frames.ts";
import { ServerSocket, type SocketBacking } from "./server-socket.ts";
import { SocketClose, SocketEvent, SocketMessage } from "./socket-events.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const GOING_AWAY = 1001;

const NO_REASON = new Uint8Array(0);

/** What the sockets of one host share. */
export interface SocketShare {
  /** A client that lets more than this wait for it is cut. */
  readonly maxWaitingBytes: number;
  /** A client that takes nothing for this long of what was sent before a close is cut, whatever it sends meanwhile; 0 = never. */
  readonly longestStallMs: number;
  /** Never throws. */
  report(error: unknown): void;
}

/** A message that the engine did not take, because too much was waiting. */
interface Refused {
  readonly bytes: Uint8Array;
  readonly isText: boolean;
}

export class SocketLine implements SocketBacking, SocketEvents {
  readonly socket: ServerSocket;
  readyState: 0 | 1 | 2 | 3 = CONNECTING;
  private readonly share: SocketShare;
  /** Listeners run in the async context of the call that made the socket, and what they leave in theirs stays there (H18). */
  private readonly scope: AsyncResource = new AsyncResource("EasyserverWebSocket");
  private engine: EngineSocket | null = null;
  private refused: Refused[] = [];
  private refusedBytes = 0;
  private goodbye: { readonly code: number; readonly reason: Uint8Array } | null = null;
  private goodbyeTimer: NodeJS.Timeout | null = null;
  /** Something waits for the client, and `drain` is owed. */
  private isFull = false;
  private failure: string | null = null;

  constructor(protocol: string, share: SocketShare) {
    this.share = share;
    this.socket = new ServerSocket(protocol, this);
  }

  get bufferedAmount(): number {
    return (this.engine?.bufferedBytes ?? 0) + this.refusedBytes;
  }

  report(error: unknown): void {
    this.share.report(error);
  }

  send(bytes: Uint8Array, isText: boolean): void {
    if (this.readyState === CONNECTING) throw new DOMException("The WebSocket is not open yet.", "InvalidStateError");
    const { engine } = this;
    // After the end, HTML lets it vanish: the client may have closed while the message was on its way here.
    if (engine === null || this.readyState !== OPEN) return;
    if (this.isFull && this.bufferedAmount + bytes.byteLength > this.share.maxWaitingBytes) {
      this.overflow(engine);
      return;
    }
    const result = this.refused.length > 0 ? "refused" : engine.send(bytes, isText, "whole");
    if (result === "sent") return;
    this.isFull = true;
    if (result === "refused") this.keep(bytes, isText);
  }

  close(code: number, reason: Uint8Array): void {
    if (this.readyState >= CLOSING) return;
    const wasOpen = this.readyState === OPEN;
    this.readyState = CLOSING;
    this.goodbye = { code, reason };
    if (wasOpen) this.sayGoodbye();
    if (this.goodbye !== null) this.watchBacklog();
  }

  /** The 101 has been written (H60). One that the handler has closed before is closed now, with its code. */
  opened(engine: EngineSocket): void {
    this.engine = engine;
    if (this.readyState === CONNECTING) {
      this.readyState = OPEN;
      this.fire("open");
    } else this.sayGoodbye();
  }

  /** There will be no WebSocket (H58). Does nothing once there was one. */
  abandon(): void {
    if (this.engine !== null || this.readyState === CLOSED || this.failure !== null) return;
    this.readyState = CLOSING;
    this.failure = "";
    this.end(NO_FRAME, "", false);
  }

  message(bytes: ArrayBuffer, isText: boolean): void {
    if (this.readyState !== OPEN || !ServerSocket.hears(this.socket, "message")) return;
    this.fireEvent(new SocketMessage(isText ? Buffer.from(bytes).toString() : bytes.slice(0)));
  }

  ping(): void {}

  pong(): void {}

  drained(): void {
    const { engine } = this;
    if (engine === null || !this.isFull) return;
    if (this.refused.length > 0) engine.together(() => this.sendRefused(engine));
    if (this.refused.length > 0 || engine.bufferedBytes > 0) return;
    this.isFull = false;
    if (this.readyState === CLOSING) this.sayGoodbye();
    else this.fire("drain");
  }

  goingAway(): void {
    this.close(GOING_AWAY, NO_REASON);
  }

  closed(code: number, reason: ArrayBuffer): void {
    const text = this.failure ?? Buffer.from(reason).toString();
    const isClean = code !== NO_FRAME;
    this.engine = null;
    this.stopWatching();
    this.refused = [];
    this.refusedBytes = 0;
    this.readyState = CLOSING;
    this.end(code, text, isClean);
  }

  private keep(bytes: Uint8Array, isText: boolean): void {
    // Text has been encoded for this call; bytes are the caller's, who may use them again.
    this.refused.push({ bytes: isText ? bytes : bytes.slice(), isText });
    this.refusedBytes += bytes.byteLength;
  }

  private sendRefused(engine: EngineSocket): void {
    const { refused } = this;
    let count = 0;
    while (count < refused.length) {
      const { bytes, isText } = refused[count]!;
      if (engine.send(bytes, isText, "whole") === "refused") break;
      this.refusedBytes -= bytes.byteLength;
      count++;
    }
    this.refused = refused.slice(count);
  }

  /** After everything that was sent before. */
  private sayGoodbye(): void {
    const { engine, goodbye } = this;
    if (engine === null || goodbye === null || this.refused.length > 0) return;
    this.goodbye = null;
    this.stopWatching();
    engine.close(goodbye.code, goodbye.reason);
  }

  /** The engine counts a client that sends as one that is there, and the goodbye waits for one that reads. */
  private watchBacklog(): void {
    const { longestStallMs } = this.share;
    if (this.goodbyeTimer !== null || longestStallMs === 0) return;
    let before = this.bufferedAmount;
    this.goodbyeTimer = setInterval(() => {
      if (this.bufferedAmount >= before) this.engine?.cut();
      before = this.bufferedAmount;
    }, longestStallMs).unref();
  }

  private stopWatching(): void {
    if (this.goodbyeTimer !== null) clearInterval(this.goodbyeTimer);
    this.goodbyeTimer = null;
  }

  private overflow(engine: EngineSocket): void {
    this.readyState = CLOSING;
    this.failure = `the client lets more than ${this.share.maxWaitingBytes} octets wait for it`;
    engine.cut();
  }

  /** In a turn of its own, since it may be the handler's own `close()` that ends it. */
  private end(code: number, reason: string, isClean: boolean): void {
    const hasFailed = !isClean && reason !== "";
    queueMicrotask(() => {
      this.readyState = CLOSED;
      if (hasFailed) this.fire("error");
      if (ServerSocket.hears(this.socket, "close")) this.fireEvent(new SocketClose(code, reason, isClean));
    });
  }

  private fire(type: "open" | "drain" | "error"): void {
    if (ServerSocket.hears(this.socket, type)) this.fireEvent(new SocketEvent(type));
  }

  private fireEvent(event: SocketEvent): void {
    this.scope.runInAsyncScope(ServerSocket.fire, undefined, this.socket, event);
  }
}
