// A connection that has become a WebSocket on node:http: frames on Node's own socket.

import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { headBlock } from "../../http/head-block.ts";
import type { EngineLimits } from "../engine.ts";
import { NO_FRAME, OPCODE, serverClose, serverFrame } from "../frames.ts";
import { missingFields } from "../reply-fields.ts";
import type { EngineSocket, Part, SendResult, SocketEvents } from "../socket.ts";
import { Inbound, type InboundListener } from "./inbound.ts";

/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** How long a silent client has to answer when it is asked whether it is there, unless it was silent for less. As on uWebSockets.js. */
const ANSWER_MS = 16_000;

/** A client that says no goodbye in so long, and takes nothing of what was sent before ours, is cut. */
const GOODBYE_MS = 5_000;

/** With so much waiting, pings are not answered: a client that asks and never reads must not fill memory. */
const MAX_WAITING_BYTES = 1024 * 1024;

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** What the limits of the server say about it. */
export type SocketLimits = Pick<EngineLimits, "maxMessageBytes" | "socketIdleMs">;

/** How it ended, and how many octets of messages were sent. */
export type SocketEnd = (code: number, sentBytes: number) => void;

/** The 101 for a key. `always`: fields that every reply has, unless `fields` has them. */
export function switchingHead(key: string, fields: readonly string[], always: readonly string[]): Buffer {
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  const handshake = ["Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Accept", accept];
  const all = [...handshake, ...fields, ...missingFields(fields, always)];
  return Buffer.from(`HTTP/1.1 ${headBlock(101, "", all)}\r\n\r\n`, "latin1");
}

export class NodeWebSocket implements EngineSocket, InboundListener {
  private readonly socket: Socket;
  private readonly events: SocketEvents;
  private readonly onEnd: SocketEnd;
  private readonly inbound: Inbound;
  private sentBytes = 0;
  /** Our close frame has been written. */
  private isClosing = false;
  private isOver = false;
  private goodbyeTimer: NodeJS.Timeout | null = null;
  private readonly idleMs: number;
  private idleTimer: NodeJS.Timeout | null = null;
  private isAsked = false;
  private writtenBytes = 0;
  /** When somebody last looked: what waited for the client, and what it had taken. */
  private waiting = 0;
  private takenBytes = 0;

  constructor(socket: Socket, events: SocketEvents, { maxMessageBytes, socketIdleMs }: SocketLimits, onEnd: SocketEnd) {
    this.socket = socket;
    this.events = events;
    this.onEnd = onEnd;
    this.idleMs = socketIdleMs;
    this.inbound = new Inbound(this, maxMessageBytes);
  }

  /** Writes the 101, and reads from the next turn on. `early` is what has come already. */
  start(head: Buffer, early: Buffer): void {
    const { socket } = this;
    socket.write(head);
    socket.on("end", () => this.ended(NO_FRAME, NOTHING.buffer));
    socket.on("close", () => this.ended(NO_FRAME, NOTHING.buffer));
    socket.on("drain", () => {
      if (!this.isOver) this.events.drained();
    });
    this.watch(this.idleMs);
    setImmediate(() => {
      if (early.length > 0) this.read(early);
      socket.on("data", (chunk: Buffer) => this.read(chunk));
      socket.resume();
    });
  }

  get bufferedBytes(): number {
    return this.isOver ? 0 : this.socket.writableLength;
  }

  send(bytes: Uint8Array, isText: boolean, part: Part): SendResult {
    if (!this.mayWrite) return "sent";
    const isBeginning = part === "whole" || part === "first";
    const opcode = isBeginning ? (isText ? OPCODE.text : OPCODE.binary) : OPCODE.continuation;
    this.sentBytes += bytes.byteLength;
    return this.write(serverFrame(opcode, bytes, part === "whole" || part === "last"));
  }

  close(code: number, reason: Uint8Array): void {
    if (!this.mayWrite) return;
    this.isClosing = true;
    this.write(serverClose(code, reason));
    this.watch(0);
    this.lookWhatIsTaken();
    this.goodbyeTimer = setInterval(() => {
      if (!this.lookWhatIsTaken()) this.socket.destroy();
    }, GOODBYE_MS);
  }

  cut(): void {
    setImmediate(() => this.socket.destroy());
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  together(work: () => void): void {
    this.socket.cork();
    work();
    this.socket.uncork();
  }

  ping(bytes: Uint8Array): SendResult {
    return this.mayWrite ? this.write(serverFrame(OPCODE.ping, bytes, true)) : "sent";
  }

  received(bytes: ArrayBuffer, isText: boolean): void {
    this.events.message(bytes, isText);
  }

  pinged(bytes: ArrayBuffer): void {
    if (this.mayWrite && this.socket.writableLength < MAX_WAITING_BYTES) {
      this.write(serverFrame(OPCODE.pong, new Uint8Array(bytes), true));
    }
    this.events.ping(bytes);
  }

  ponged(bytes: ArrayBuffer): void {
    this.events.pong(bytes);
  }

  goodbye(code: number, reason: ArrayBuffer): void {
    if (this.mayWrite) this.write(serverClose(code, new Uint8Array(reason)));
    this.ended(code, reason);
  }

  /** As uWebSockets.js tells it, with the reason in the place of the client's; the client learns more here than there. */
  failed(closeCode: number, detail: string): void {
    const reason = Buffer.from(detail);
    if (this.mayWrite) this.write(serverClose(closeCode, reason));
    this.ended(NO_FRAME, new Uint8Array(reason).buffer);
  }

  private get mayWrite(): boolean {
    return !this.isClosing && !this.isOver && this.socket.writable;
  }

  private write(frame: Buffer): SendResult {
    this.writtenBytes += frame.length;
    return this.socket.write(frame) ? "sent" : "full";
  }

  /** What is sent in answer to one chunk goes out in one piece. */
  private read(chunk: Buffer): void {
    if (this.isOver) return;
    if (this.isAsked) this.watch(this.idleMs);
    else this.idleTimer?.refresh();
    this.socket.cork();
    this.inbound.push(chunk);
    this.socket.uncork();
  }

  /** Starts the time anew in which the client has to be heard. */
  private watch(ms: number): void {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer);
    this.isAsked = false;
    this.idleTimer = ms === 0 ? null : setTimeout(() => this.idle(), ms).unref();
  }

  private idle(): void {
    const wasAsked = this.isAsked;
    // A ping has to wait behind what was sent before.
    if (this.lookWhatIsTaken()) this.watch(this.idleMs);
    else if (wasAsked) this.socket.destroy();
    else {
      this.ping(NOTHING);
      this.watch(Math.min(this.idleMs, ANSWER_MS));
      this.isAsked = true;
    }
  }

  /**
   * Whether the client has taken some of what waited for it since the last time. Of a write under way only Node's handle knows how
   * much has gone; the sum counts it twice, which is no harm to a difference.
   */
  private lookWhatIsTaken(): boolean {
    const { writableLength, _handle } = this.socket as Socket & { _handle?: { writeQueueSize?: number } | null };
    const hasWaited = this.waiting > 0;
    const before = this.takenBytes;
    this.waiting = writableLength + (_handle?.writeQueueSize ?? 0);
    this.takenBytes = this.writtenBytes - this.waiting;
    return hasWaited && this.takenBytes > before;
  }

  private ended(code: number, reason: ArrayBuffer): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.goodbyeTimer !== null) clearInterval(this.goodbyeTimer);
    this.watch(0);
    this.events.closed(code, reason);
    this.onEnd(code, this.sentBytes);
  }
}
