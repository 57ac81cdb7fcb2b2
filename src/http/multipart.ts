// How do several ranges share one reply? Pure grammar of multipart/byteranges (RFC 9110 section 14.6).

import type { ByteRange } from "./range.ts";
import { formatContentRange } from "./range.ts";

/** The Content-Type of the whole, and its content in order: text, and ranges of the representation. */
export interface ByteRangesBody {
  readonly contentType: string;
  readonly pieces: readonly (string | ByteRange)[];
}

/**
 * Puts each range into a part of its own, with the type of the representation and its place in it.
 *
 * `boundary` has to be a token that cannot be guessed: whoever wrote the file could otherwise end a part early.
 */
export function byteRangesBody(
  ranges: readonly ByteRange[],
  sizeBytes: number,
  contentType: string,
  boundary: string,
): ByteRangesBody {
  const pieces: (string | ByteRange)[] = [];
  for (const [i, range] of ranges.entries()) {
    const lineEnd = i === 0 ? "" : "\r\n";
    pieces.push(
      `${lineEnd}--${boundary}\r\ncontent-type: ${contentType}\r\n` +
        `content-range: ${formatContentRange(range, sizeBytes)}\r\n\r\n`,
      range,
    );
  }
  pieces.push(`\r\n--${boundary}--\r\n`);
  return { contentType: `multipart/byteranges; boundary=${boundary}`, pieces };
}
