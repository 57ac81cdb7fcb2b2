// The seam for connections that go on as WebSockets: an offer comes with an exchange, and is taken up instead of `send`.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { HeadFault } from "./engine.ts";

/**
 * An upgrade offer (H57). A good one can be taken up by `accept`, from where on the engine speaks the protocol, and where the socket is Node's own
 * also by `handOver`. Both are for use instead of `send`, once.
 */
export interface UpgradeOffer {
  /** Why it must not be taken up: 426 for another version, 400 for a malformed one. `null` for a good one. */
  readonly fault: HeadFault | null;
  /**
   * Answers 101 with `fields` (checked, without those of the handshake itself), and the connection is a WebSocket from there
   * on. `null` when the client has gone or another answer was given.
   */
  accept?(fields: readonly string[], events: SocketEvents): EngineSocket | null;
  /** Gives the connection away, before any answer. `null` as for `accept`. */
  handOver?(): NodeUpgrade | null;
}

/** What node:http gives with its event 'upgrade'. */
export interface NodeUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request. */
  readonly head: Buffer;
}

/** Where a piece stands in its message. */
export type Part = "whole" | "first" | "middle" | "last";

/**
 * `sent`: more is welcome. `full`: taken, but the client is slow, and `drained` will be called. `refused`: not taken, because
 * too much is waiting already; try again after `drained`.
 */
export type SendResult = "sent" | "full" | "refused";

/** A WebSocket that the engine speaks. Where `close` comes in a turn in which the engine must not write, it is put off to the next. After `closed` every method does nothing. */
export interface EngineSocket {
  /** Bytes handed over that the system has not taken yet. */
  readonly bufferedBytes: number;
  send(bytes: Uint8Array, isText: boolean, part: Part): SendResult;
  ping(bytes: Uint8Array): SendResult;
  /**
   * Says goodbye, after what was sent. `closed` follows: within the call where the engine does not wait for the client's goodbye, and with
   * that goodbye where it does. `code` 1005 for a frame without one.
   */
  close(code: number, reason: Uint8Array): void;
  /** Ends the connection without a word, in the next turn of the loop. */
  cut(): void;
  /** Reads no more from the client until `resume`. What has been read already still comes. */
  pause(): void;
  resume(): void;
  /** Sends what `work` sends in one go. */
  together(work: () => void): void;
}

/** What is heard of it. Nothing may throw. Bytes are lent: they are gone when the call returns. */
export interface SocketEvents {
  message(bytes: ArrayBuffer, isText: boolean): void;
  /** The engine has answered it. */
  ping(bytes: ArrayBuffer): void;
  pong(bytes: ArrayBuffer): void;
  /** Everything that was waiting has gone out. */
  drained(): void;
  /**
   * Once, and the last event. 1005: the client's frame had no code. 1006: there was no such frame; with a reason, it is because the client
   * has broken the protocol, and the reason says how.
   */
  closed(code: number, reason: ArrayBuffer): void;
  /** The server stops: close with 1001 as soon as nothing is waiting. */
  goingAway(): void;
}
