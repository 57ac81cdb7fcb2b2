// The reply sources that engines make for themselves, and how a source is let go.

import type { ReplySource } from "./engine.ts";

/** Bytes at hand as a source, in pieces of at most `pieceBytes`. */
export function bytesSource(bytes: Uint8Array, pieceBytes: number): ReplySource {
  let offset = 0;
  return {
    sizeBytes: bytes.byteLength,
    next() {
      if (offset >= bytes.byteLength) return null;
      offset += pieceBytes;
      return bytes.subarray(offset - pieceBytes, offset);
    },
    cancel() {},
  };
}

/** Tells a source that its rest is not wanted; what it throws in answer changes nothing for the client (H49). */
export function cancelSource(source: ReplySource, reason: unknown): void {
  try {
    source.cancel(reason);
  } catch {
    // The reply is over, whatever the source thinks of it.
  }
}
