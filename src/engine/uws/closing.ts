// How does a reply end its connection, on an engine that can only do so with a small body in one call?
//
// The engine closes by itself after a request whose Connection field has exactly five characters (`clientClose`). In every
// other case its own close flag works only for `end(body, true)` on a reply that has not begun: later it would write
// "Connection: close" into the middle of the body. The other three kinds of reply are ended by hand here.

import type { NativeResponse } from "./native.ts";

/** A last chunk in the only shape that the engine lets through unframed, `name: value CRLF`: the colon hides in an extension. */
const LAST_CHUNK_NAME = '\r\n0;end="';
const LAST_CHUNK_VALUE = '"\r\n';

/** A client that may have been full gets this long to take more of the rest before the socket is closed. */
const FLUSH_MS = 10_000;

export class Closing {
  /** The connection has to end with this reply. */
  readonly wanted: boolean;
  /** The engine will do it. */
  readonly clientClose: boolean;
  /** Closes the socket. The exchange is over by then. */
  private readonly close: () => void;
  /** Ended, as far as we know, with bytes in the engine's own buffer. */
  private unsent: NativeResponse | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(wanted: boolean, clientClose: boolean, close: () => void) {
    this.wanted = wanted;
    this.clientClose = clientClose;
    this.close = close;
  }

  /** Whether the engine's own flag can be used for a reply that goes out in one call. */
  get byHand(): boolean {
    return this.wanted && !this.clientClose;
  }

  /** The field, unless `end(…, true)` is about to write it. */
  field(inOneCall: boolean): string {
    if (!this.wanted) return "";
    return this.clientClose || !inOneCall ? "\r\nconnection: close" : "";
  }

  /**
   * Ends a reply that has no body. `block` is the status line and the fields; where we close by hand, the blank line goes
   * out as the end of a last field's value, and the reply stays open for the engine until the socket is closed.
   */
  endHead(response: NativeResponse, block: string | Uint8Array): void {
    response.writeStatus(block);
    if (!this.byHand) {
      response.endWithoutBody();
      return;
    }
    // The engine adds Date with the framing fields, which this reply never gets to.
    response.writeHeader("date", new Date().toUTCString());
    response.writeHeader("connection", "close\r\n");
    setImmediate(this.close);
  }

  /** Before the last bytes of a reply of announced length: nothing more is read, and the engine's timer ends the connection. */
  beforeSizedEnd(response: NativeResponse): void {
    if (this.byHand) response.pause();
  }

  /** Ends a chunked reply. `mayBeBuffered`: the engine may have bytes in its own buffer, which closing would drop. */
  endChunked(response: NativeResponse, started: boolean, mayBeBuffered: boolean): void {
    if (!this.byHand) response.end("");
    else if (!started) response.end("", true);
    else {
      response.writeHeader(LAST_CHUNK_NAME, LAST_CHUNK_VALUE);
      if (!mayBeBuffered) setImmediate(this.close);
      else {
        this.unsent = response;
        this.timer = setTimeout(this.close, FLUSH_MS).unref();
      }
    }
  }

  /** The client takes more after the end of the reply. While the engine has unsent bytes, it goes on calling. */
  flush(): void {
    this.timer?.refresh();
    this.unsent?.cork(() => {});
  }
}

/** Never inside the parser, which would go on in freed memory. */
export function closeSocket(response: NativeResponse): void {
  try {
    response.close();
  } catch {
    // Already gone: that is what was wanted.
  }
}
