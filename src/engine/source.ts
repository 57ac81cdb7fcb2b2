// The reply sources that engines make for themselves, and how a source is let go.

import { ServerError } from "../errors.ts";
import type { Reply, ReplySource } from "./engine.ts";

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

/** A source of `sizeBytes` that has given them all already. */
export function givenSource(sizeBytes: number): ReplySource {
  return { sizeBytes, next: () => null, cancel() {} };
}

/** Tells a source that its rest is not wanted; what it throws in answer changes nothing for the client (H49). */
export function cancelSource(source: ReplySource, reason: unknown): void {
  try {
    source.cancel(reason);
  } catch {
    // The reply is over, whatever the source thinks of it.
  }
}

/** As `cancelSource`, for a reply that may have no source. */
export function cancelReply({ body }: Reply, reason: unknown): void {
  if (body !== null && typeof body === "object" && !(body instanceof Uint8Array)) cancelSource(body, reason);
}

/** A source gave less than it had said. */
export function tooShort(sentBytes: number, totalBytes: number): ServerError {
  return new ServerError(
    "ERR_LENGTH_MISMATCH",
    `The response stream ended after ${sentBytes} of the ${totalBytes} bytes it announced.`,
  );
}
