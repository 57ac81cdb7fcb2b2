// What a writer has to know of the exchange whose reply it sends, and tells it.

import type { Closing } from "./closing.ts";
import type { NativeResponse } from "./native.ts";

export interface WriterOwner {
  /** Writes status line and fields; called once, corked, before the first byte. */
  writeHead(response: NativeResponse): void;
  /** The next write completes the reply. */
  ending(): void;
  /** Whether the source may give its next chunk while the engine's parser works on the request of this very exchange. */
  readonly mayBeInParser: boolean;
  /** Ends the connection with this reply, where it has to end. */
  readonly closing: Closing;
  /** Bytes that mean nothing to the client, to open a stream with that has nothing to say yet; `null` when there are none. */
  readonly opening: Uint8Array | null;
  /** The client is still sending, and nothing may be read from it while the engine has unsent bytes. */
  readonly isDuplex: boolean;
  /** Bytes are in the engine's own buffer, because the client takes none. Called outside the parser, behind the write. */
  blocked(): void;
  /** All bytes are with the engine, and so is the end of the message. */
  done(bytes: number): void;
  /** The source failed. `started` says whether the client has seen the head (H47, H48). */
  writerFailed(error: unknown, started: boolean): void;
}
