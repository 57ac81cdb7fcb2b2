// From a client to messages: frames are joined, and what RFC 6455 does not allow is told from what it does.

import { isUtf8 } from "node:buffer";
import { FrameReader, type FrameSink, NOT_UTF8 } from "../frames.ts";
import { Gathered } from "../gathered.ts";
import type { Part } from "../socket.ts";

/** Who hears of it. Bytes are the listener's own. */
export interface InboundListener {
  received(bytes: ArrayBuffer, isText: boolean): void;
  pinged(bytes: ArrayBuffer): void;
  ponged(bytes: ArrayBuffer): void;
  /** The client has said goodbye. `code` is 1005 when it gave none. */
  goodbye(code: number, reason: ArrayBuffer): void;
  /** The client has broken the protocol. Nothing is read any more. */
  failed(closeCode: number, detail: string): void;
}

export class Inbound implements FrameSink {
  private readonly listener: InboundListener;
  private readonly reader: FrameReader;
  private readonly fragments: Gathered = new Gathered();
  private isOver = false;

  constructor(listener: InboundListener, maxMessageBytes: number) {
    this.listener = listener;
    this.reader = new FrameReader(this, "client", maxMessageBytes);
  }

  /** `chunk` is unmasked where it is. */
  push(chunk: Uint8Array): void {
    this.reader.push(chunk);
  }

  data(bytes: Uint8Array, isText: boolean, part: Part): void {
    if (this.isOver) return;
    if (part === "whole") {
      this.deliver(copyOf(bytes), isText);
      return;
    }
    this.fragments.add(bytes);
    if (part === "last") this.deliver(copyOf(this.fragments.take()), isText);
  }

  ping(bytes: Uint8Array): void {
    if (!this.isOver) this.listener.pinged(copyOf(bytes));
  }

  pong(bytes: Uint8Array): void {
    if (!this.isOver) this.listener.ponged(copyOf(bytes));
  }

  close(code: number, reason: Uint8Array): void {
    if (this.isOver) return;
    if (!isUtf8(reason)) this.broken("the reason of a close frame is not UTF-8", NOT_UTF8);
    else {
      this.isOver = true;
      this.listener.goodbye(code, copyOf(reason));
    }
  }

  broken(detail: string, closeCode: number): void {
    if (this.isOver) return;
    this.isOver = true;
    this.listener.failed(closeCode, detail);
  }

  private deliver(bytes: ArrayBuffer, isText: boolean): void {
    if (isText && !isUtf8(bytes)) this.broken("a text is not UTF-8", NOT_UTF8);
    else this.listener.received(bytes, isText);
  }
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
