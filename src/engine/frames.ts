// Frames of RFC 6455, for whoever has bytes and wants messages: those of a server's library, which stands before an engine that
// speaks for itself, and those of a client, where the engine does not. No I/O, no clock.

import { Gathered } from "./gathered.ts";
import type { Part } from "./socket.ts";

/** RFC 6455 section 11.8. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Close codes that say what a frame did not (RFC 6455 section 7.4.1). */
export const NO_CODE = 1005;
export const NO_FRAME = 1006;

/** Close codes that say what was wrong with what the other end sent. */
const PROTOCOL_ERROR = 1002;
export const NOT_UTF8 = 1007;
const TOO_BIG = 1009;

/** Section 5.5: the payload of a control frame. */
const CONTROL_BYTES = 125;

/** Smaller frames are put together when they come in pieces; of longer ones each piece goes on as a fragment, so that nothing grows. */
const WHOLE_BYTES = 64 * 1024;

const EMPTY = new Uint8Array(0);

/** Whose frames are read. Those of a client are masked, and everybody else's are not (section 5.1). */
export type Sender = "client" | "server";

/** What was read, frame by frame. Bytes are those of the chunk where possible: they are lent. */
export interface FrameSink {
  data(bytes: Uint8Array, isText: boolean, part: Part): void;
  ping(bytes: Uint8Array): void;
  pong(bytes: Uint8Array): void;
  /** `code` is 1005 when the frame had none. */
  close(code: number, reason: Uint8Array): void;
  /** This is no frame that the sender may send. Nothing is read any more. `closeCode` says so to the sender. */
  broken(detail: string, closeCode: number): void;
}

/** Reads frames out of chunks that are cut anywhere. Chunks of a client are unmasked where they are. */
export class FrameReader {
  private readonly sink: FrameSink;
  private readonly isMasked: boolean;
  private readonly maxMessageBytes: number;
  private readonly mask: Uint8Array = new Uint8Array(4);
  /** The beginning of a frame's head that came without its end. */
  private head: Uint8Array = EMPTY;
  /** Payload bytes still to come; -1 between frames. */
  private left = -1;
  private length = 0;
  private opcode = 0;
  private isFinal = false;
  private readonly pieces: Gathered = new Gathered();
  /** The message that is under way: its type, and whether a part of it has been passed on. */
  private messageOpcode = 0;
  private isBegun = false;
  /** Octets of its frames so far. */
  private messageBytes = 0;
  private isOver = false;

  constructor(sink: FrameSink, sender: Sender = "server", maxMessageBytes: number = Infinity) {
    this.sink = sink;
    this.isMasked = sender === "client";
    this.maxMessageBytes = maxMessageBytes;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.head.length > 0) {
      rest = Buffer.concat([this.head, chunk]);
      this.head = EMPTY;
    }
    let at = 0;
    while (!this.isOver && at < rest.length) {
      if (this.left < 0) {
        const size = this.readHead(rest, at);
        if (size === 0) {
          // Not with `slice`, which is a view where the chunk is a Buffer.
          this.head = Uint8Array.from(rest.subarray(at));
          return;
        }
        at += size;
        if (this.left === 0 && !this.isOver) this.payload(EMPTY);
      } else {
        const end = Math.min(rest.length, at + this.left);
        if (this.isMasked) unmask(rest, at, end, this.mask, this.length - this.left);
        this.payload(at === 0 && end === rest.length ? rest : rest.subarray(at, end));
        at = end;
      }
    }
  }

  /** Octets of the head, 0 when it is not all there. Section 5.2. */
  private readHead(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at;
    if (available < 2) return 0;
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const short = second & 0x7f;
    const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10;
    const size = second >= 0x80 && this.isMasked ? lengthEnd + 4 : lengthEnd;
    if (available < size) return 0;
    this.opcode = first & 0x0f;
    this.isFinal = first >= 0x80;
    this.length = lengthEnd === 2 ? short : number(bytes, at + 2, at + lengthEnd);
    this.left = this.length;
    for (let i = lengthEnd; i < size; i++) this.mask[i - lengthEnd] = bytes[at + i]!;
    const fault = this.faultOf(first, second);
    if (fault !== null) this.break(fault, PROTOCOL_ERROR);
    else if (this.opcode < OPCODE.close) this.count();
    return size;
  }

  /** Judged by the head, before a payload has to be kept anywhere. */
  private count(): void {
    this.messageBytes += this.length;
    if (this.messageBytes > this.maxMessageBytes) this.break("the message is too big", TOO_BIG);
    if (this.isFinal) this.messageBytes = 0;
  }

  private faultOf(first: number, second: number): string | null {
    if ((first & 0x70) !== 0) return "a reserved bit is set, which no extension was agreed for";
    if (second >= 0x80 !== this.isMasked) return `the frame is ${this.isMasked ? "not masked" : "masked"}`;
    if (!Number.isSafeInteger(this.length)) return "the frame is longer than anybody can count";
    const { opcode } = this;
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) return `there is no opcode ${opcode}`;
      if (!this.isFinal) return "a control frame is fragmented";
      if (this.length > CONTROL_BYTES) return "a control frame has more than 125 octets";
      return opcode === OPCODE.close && this.length === 1 ? "a close code has two octets" : null;
    }
    if (opcode > OPCODE.binary) return `there is no opcode ${opcode}`;
    if (opcode === OPCODE.continuation) return this.messageOpcode === 0 ? "nothing is to be continued" : null;
    if (this.messageOpcode !== 0) return "a message begins inside another one";
    this.messageOpcode = opcode;
    return null;
  }

  private payload(bytes: Uint8Array): void {
    this.left -= bytes.length;
    const isWhole = this.left === 0;
    if (!isWhole && this.length <= WHOLE_BYTES) {
      this.pieces.add(bytes);
      return;
    }
    let all = bytes;
    if (!this.pieces.isEmpty) {
      this.pieces.add(bytes);
      all = this.pieces.take();
    }
    if (isWhole) this.left = -1;
    if (this.opcode >= OPCODE.close) this.control(all);
    else this.data(all, isWhole);
  }

  private data(bytes: Uint8Array, isWhole: boolean): void {
    const isLast = isWhole && this.isFinal;
    const isText = this.messageOpcode === OPCODE.text;
    const part: Part = this.isBegun ? (isLast ? "last" : "middle") : isLast ? "whole" : "first";
    this.isBegun = !isLast;
    if (isLast) this.messageOpcode = 0;
    this.sink.data(bytes, isText, part);
  }

  private control(bytes: Uint8Array): void {
    if (this.opcode === OPCODE.ping) this.sink.ping(bytes);
    else if (this.opcode === OPCODE.pong) this.sink.pong(bytes);
    else {
      const code = bytes.length === 0 ? NO_CODE : number(bytes, 0, 2);
      if (this.isMasked && bytes.length > 0 && !isCloseCode(code)) {
        this.break(`the close code is ${code}`, PROTOCOL_ERROR);
        return;
      }
      this.isOver = true;
      this.sink.close(code, bytes.subarray(2));
    }
  }

  private break(detail: string, closeCode: number): void {
    this.isOver = true;
    this.sink.broken(detail, closeCode);
  }
}

/** Section 5.3. `offset`: octets of the frame's payload before `from`. */
function unmask(bytes: Uint8Array, from: number, to: number, mask: Uint8Array, offset: number): void {
  for (let i = from; i < to; i++) bytes[i]! ^= mask[(offset + i - from) & 3]!;
}

/** A frame of a server's: `payload` is copied. `isFinal`: the message ends with it. */
export function serverFrame(opcode: number, payload: Uint8Array, isFinal: boolean): Buffer {
  const { byteLength } = payload;
  const size = byteLength < 126 ? 2 : byteLength < 0x10000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(size + byteLength);
  frame[0] = (isFinal ? 0x80 : 0) | opcode;
  writeLength(frame, byteLength, 0);
  frame.set(payload, size);
  return frame;
}

/** A server's close frame. `code` is 1005 for one without. */
export function serverClose(code: number, reason: Uint8Array): Buffer {
  const payload = code === NO_CODE ? EMPTY : Buffer.concat([Buffer.from([code >> 8, code & 0xff]), reason]);
  return serverFrame(OPCODE.close, payload, true);
}

/** The octets behind the first one: how long the payload is, and `maskBit`. */
function writeLength(frame: Buffer, byteLength: number, maskBit: 0 | 0x80): void {
  if (byteLength < 126) frame[1] = maskBit | byteLength;
  else if (byteLength < 0x10000) {
    frame[1] = maskBit | 126;
    frame.writeUInt16BE(byteLength, 2);
  } else {
    frame[1] = maskBit | 127;
    frame.writeUInt32BE(Math.floor(byteLength / 0x1_0000_0000), 2);
    frame.writeUInt32BE(byteLength % 0x1_0000_0000, 6);
  }
}

/** Whether a close frame may say this (section 7.4). */
function isCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_CODE && code !== NO_FRAME;
}

/**
 * A whole frame from a client. Clients have to mask (section 5.3); a key of zeros says so, and leaves every octet as it is.
 */
export function clientFrame(opcode: number, payload: ArrayBuffer): Buffer {
  const { byteLength } = payload;
  const size = byteLength < 126 ? 6 : byteLength < 0x10000 ? 8 : 14;
  const frame = Buffer.allocUnsafe(size + byteLength);
  frame[0] = 0x80 | opcode;
  writeLength(frame, byteLength, 0x80);
  frame.fill(0, size - 4, size);
  if (byteLength > 0) frame.set(new Uint8Array(payload), size);
  return frame;
}

/** A client's close frame. `code` is 1005 for one without. */
export function clientClose(code: number, reason: ArrayBuffer): Buffer {
  if (code === NO_CODE) return clientFrame(OPCODE.close, EMPTY.buffer);
  const payload = new Uint8Array(2 + reason.byteLength);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  payload.set(new Uint8Array(reason), 2);
  return clientFrame(OPCODE.close, payload.buffer);
}

function number(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + bytes[i]!;
  return value;
}
