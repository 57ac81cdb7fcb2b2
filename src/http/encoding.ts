// Which content coding does a client prefer? Pure grammar of Accept-Encoding (RFC 9110 section 12.5.3).

/** The codings a file can have been stored in beforehand. */
export type Coding = "br" | "gzip" | "zstd";

/** Quality of each coding, 0 to 1; 0 is "not acceptable". */
export interface Acceptance {
  readonly br: number;
  readonly gzip: number;
  readonly zstd: number;
  /** Only what the client says itself: 0 when it does not name identity, which is then the last resort. */
  readonly identity: number;
}

/** Of a request without the field: every coding would be allowed, but nobody who wants one leaves it out. */
export const IDENTITY_ONLY: Acceptance = Object.freeze({ br: 0, gzip: 0, zstd: 0, identity: 1 });

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// RFC 9110 section 12.4.2: a number from 0 to 1 with up to three digits.
const QUALITY = /^[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*$/i;

// Browsers send a handful of values, over and over. The bound keeps made-up ones from filling memory.
const KNOWN_MAX = 128;
const KNOWN_LENGTH = 128;
const known = new Map<string, Acceptance>();

/** Reads an `Accept-Encoding` value; `null` is a request without the field. Elements with bad syntax are left out (A21). */
export function parseAcceptEncoding(field: string | null): Acceptance {
  if (field === null) return IDENTITY_ONLY;
  const found = known.get(field);
  if (found !== undefined) return found;
  const acceptance = read(field);
  if (field.length <= KNOWN_LENGTH) {
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(field, acceptance);
  }
  return acceptance;
}

function read(field: string): Acceptance {
  const named = new Map<string, number>();
  for (const element of field.split(",")) {
    const [name = "", parameter, ...more] = element.split(";");
    const coding = name.trim().toLowerCase();
    if (more.length > 0 || !TOKEN.test(coding)) continue;
    const quality = parameter === undefined ? 1 : Number(QUALITY.exec(parameter)?.[1] ?? NaN);
    if (Number.isNaN(quality)) continue;
    const plain = coding === "x-gzip" ? "gzip" : coding;
    if (!named.has(plain)) named.set(plain, quality);
  }
  const rest = named.get("*") ?? 0;
  const of = (coding: string): number => named.get(coding) ?? rest;
  return Object.freeze({ br: of("br"), gzip: of("gzip"), zstd: of("zstd"), identity: named.get("identity") ?? 0 });
}

// Where two variants are equally small: the one that is cheaper to decode.
const ORDER: readonly Coding[] = ["zstd", "br", "gzip"];

/** Orders stored codings for `preferredCoding`: smallest first. */
export function compareCodings(
  left: { readonly coding: Coding; readonly sizeBytes: number },
  right: { readonly coding: Coding; readonly sizeBytes: number },
): number {
  return left.sizeBytes - right.sizeBytes || ORDER.indexOf(left.coding) - ORDER.indexOf(right.coding);
}

/**
 * The coding to send, of those `available` in the order of `compareCodings`; `null` is identity, also where the client
 * takes nothing that there is (A23).
 */
export function preferredCoding<Variant extends { readonly coding: Coding }>(
  acceptance: Acceptance,
  available: readonly Variant[],
): Variant | null {
  let best: Variant | null = null;
  let bestQuality = 0;
  for (const variant of available) {
    const quality = qualityOf(variant.coding, acceptance);
    if (quality > bestQuality && quality >= acceptance.identity) {
      best = variant;
      bestQuality = quality;
    }
  }
  return best;
}

/** By name, as the engine of JavaScript likes it: a look-up by a name that varies takes several times as long. */
function qualityOf(coding: Coding, { br, gzip, zstd }: Acceptance): number {
  if (coding === "br") return br;
  return coding === "gzip" ? gzip : zstd;
}
