// How many bytes or milliseconds does a written size or duration mean? Pure.

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1024,
  kib: 1024,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
};

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  "": 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes meant by `10mb`, `16kb`, `512` or a number (1kb is 1024 bytes); `null` for anything else. */
export function parseSize(value: string | number): number | null {
  return parseQuantity(value, BYTES_PER_UNIT);
}

/** Milliseconds meant by `30s`, `500ms`, `5m`, `250` or a number; `null` for anything else. */
export function parseDuration(value: string | number): number | null {
  return parseQuantity(value, MS_PER_UNIT);
}

function parseQuantity(value: string | number, units: Readonly<Record<string, number>>): number | null {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : null;
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]*)$/.exec(value.trim().toLowerCase());
  if (match === null) return null;
  const [, amount = "", unit = ""] = match;
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined) return null;
  const total = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(total) ? total : null;
}
