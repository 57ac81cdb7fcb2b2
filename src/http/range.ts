// Which bytes did the client ask for? Pure grammar of the Range field (RFC 9110 section 14.2).

/** First and last byte, both included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/**
 * Resolves a `Range` field against a representation of `sizeBytes`.
 *
 * Gives `"ignore"` for anything that may be answered in full: another unit, bad syntax, several ranges, and a suffix of
 * nothing (an empty representation, which no Content-Range can describe). `"unsatisfiable"` is status 416.
 */
export function parseRange(field: string, sizeBytes: number): ByteRange | "ignore" | "unsatisfiable" {
  const parts = SINGLE_RANGE.exec(field);
  if (parts === null) return "ignore";
  const [, first, last, suffix] = parts;

  if (suffix !== undefined) {
    const length = Number(suffix);
    if (length === 0) return "unsatisfiable";
    return sizeBytes === 0 ? "ignore" : { start: Math.max(0, sizeBytes - length), end: sizeBytes - 1 };
  }

  const start = Number(first);
  const end = last === "" ? Infinity : Number(last);
  if (start > end) return "ignore";
  return start >= sizeBytes ? "unsatisfiable" : { start, end: Math.min(end, sizeBytes - 1) };
}

/** The `Content-Range` value of a 206. */
export function formatContentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end}/${sizeBytes}`;
}

/** The `Content-Range` value of a 416: what there would be to ask for. */
export function formatUnsatisfiedRange(sizeBytes: number): string {
  return `bytes */${sizeBytes}`;
}
