// From the library to the client: frames in, messages of the engine out, no faster than the client takes them.

import type { EngineSocket, Part } from "../engine/socket.ts";
import { FrameReader, type FrameSink } from "../engine/frames.ts";

const GOING_AWAY = 1001;
const SERVER_FAULT = 1011;
const NO_REASON = new Uint8Array(0);

/** Of a message: what the engine did not take, because too much was waiting. */
interface Refused {
  readonly bytes: Uint8Array;
  readonly isText: boolean;
  readonly part: Part;
}

export class Outflow implements FrameSink {
  /** The client is slow: nothing should be written until `drained` says so. */
  isFull = false;
  /** A close frame has been written: nothing more goes out. */
  isClosing = false;
  private readonly engine: EngineSocket;
  private readonly failed: (detail: string) => void;
  private readonly reader: FrameReader = new FrameReader(this);
  private refused: Refused[] = [];
  private goodbye: { readonly code: number; readonly reason: Uint8Array } | null = null;

  /** `failed` hears of what is no frame; the client has been told goodbye then. */
  constructor(engine: EngineSocket, failed: (detail: string) => void) {
    this.engine = engine;
    this.failed = failed;
  }

  /** Reads a chunk of frames. All of it is taken; `isFull` says whether to wait before the next one. */
  write(chunk: Uint8Array): void {
    if (!this.isClosing) this.reader.push(chunk);
  }

  /** The client has taken everything. */
  drained(): void {
    this.isFull = false;
    const { refused, goodbye } = this;
    this.refused = [];
    for (const { bytes, isText, part } of refused) this.data(bytes, isText, part);
    if (goodbye !== null && this.refused.length === 0) this.sayGoodbye(goodbye.code, goodbye.reason);
  }

  /** The server stops. */
  leave(): void {
    this.close(GOING_AWAY, NO_REASON);
  }

  data(bytes: Uint8Array, isText: boolean, part: Part): void {
    const result = this.refused.length > 0 ? "refused" : this.engine.send(bytes, isText, part);
    if (result === "sent") return;
    this.isFull = true;
    if (result === "refused") this.refused.push({ bytes: bytes.slice(), isText, part });
  }

  ping(bytes: Uint8Array): void {
    if (this.engine.ping(bytes) !== "sent") this.isFull = true;
  }

  /** The engine answers pings, and cannot send a pong that answers none. */
  pong(): void {}

  close(code: number, reason: Uint8Array): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (this.refused.length === 0) this.sayGoodbye(code, reason);
    else this.goodbye = { code, reason: reason.slice() };
  }

  broken(detail: string): void {
    this.close(SERVER_FAULT, NO_REASON);
    this.failed(detail);
  }

  private sayGoodbye(code: number, reason: Uint8Array): void {
    this.goodbye = null;
    this.engine.close(code, reason);
  }
}
