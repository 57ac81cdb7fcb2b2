// Which bytes did the client ask for? Pure grammar of the Range field (RFC 9110 section 14.2).

/** First and last byte, both included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Ranges that exist, in the order asked for; never an empty list. */
export type RangeResult = readonly ByteRange[] | "ignore" | "unsatisfiable";

// RFC 9110 section 17.15: each range of a list costs a part of a reply. Readers of documents ask for a handful at once.
const MAX_RANGES = 16;

const UNIT = /^bytes=/i;
const SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * Resolves a `Range` field against a representation of `sizeBytes`.
 *
 * Gives `"ignore"` for what is to be answered in full: another unit, bad syntax anywhere in the list, more ranges than a
 * reader needs or ranges that add up to more than there is (A15), and a suffix of nothing (an empty representation, which
 * no Content-Range can describe). `"unsatisfiable"` is status 416: no range of the list exists.
 */
export function parseRanges(field: string, sizeBytes: number): RangeResult {
  const plain = plainRange(field, sizeBytes);
  if (plain !== null) return [plain];
  if (!UNIT.test(field)) return "ignore";
  const specs = field.slice("bytes=".length).split(",", MAX_RANGES + 1);
  if (specs.length > MAX_RANGES) return "ignore";
  const ranges: ByteRange[] = [];
  let total = 0;
  let elements = 0;
  for (const spec of specs) {
    const element = specs.length === 1 ? spec : withoutBlanks(spec);
    // Empty elements of a list are skipped (RFC 9110 section 5.6.1.2).
    if (element === "" && specs.length > 1) continue;
    elements++;
    const range = resolveRange(element, sizeBytes);
    if (range === "ignore") return "ignore";
    if (range === "unsatisfiable") continue;
    ranges.push(range);
    total += range.end - range.start + 1;
  }
  if (elements === 0 || (ranges.length > 1 && total > sizeBytes)) return "ignore";
  return ranges.length === 0 ? "unsatisfiable" : ranges;
}

/** What most fields are, one range with both ends inside the representation, without the regular expressions; `null` for all others. */
function plainRange(field: string, sizeBytes: number): ByteRange | null {
  if (!field.startsWith("bytes=")) return null;
  const dash = field.indexOf("-");
  const start = digits(field, "bytes=".length, dash);
  const end = digits(field, dash + 1, field.length);
  return start >= 0 && start <= end && end < sizeBytes ? { start, end } : null;
}

/** -1 for what is no number, or a longer one than is exact. */
function digits(text: string, from: number, to: number): number {
  if (to <= from || to - from > 15) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function resolveRange(spec: string, sizeBytes: number): ByteRange | "ignore" | "unsatisfiable" {
  const parts = SPEC.exec(spec);
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

function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The `Content-Range` value of a 206. */
export function formatContentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end}/${sizeBytes}`;
}

/** The `Content-Range` value of a 416: what there would be to ask for. */
export function formatUnsatisfiedRange(sizeBytes: number): string {
  return `bytes */${sizeBytes}`;
}
