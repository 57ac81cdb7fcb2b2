// Which media type would this client rather have? Pure grammar of Accept (RFC 9110 section 12.5.1).

const RANGE = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;|$)/;
// RFC 9110 section 12.4.2: at most three digits. What breaks that makes its element count for nothing.
const QUALITY = /;[ \t]*q=([^;]*)/i;
const QUALITY_VALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

interface Liking {
  /** 0 to 1; 0 is "not acceptable". */
  readonly quality: number;
  /** 2 for the type itself, 1 for `type/*`, 0 for `*` + `/*`, -1 when nothing names it. */
  readonly precision: number;
}

const ANYTHING: Liking = { quality: 1, precision: -1 };

/** Whether `type`, in lower case without parameters, may be sent. Without the field everything may. */
export function acceptsType(accept: string | null, type: string): boolean {
  return liking(accept, type).quality > 0;
}

/**
 * The one of `types` that `accept` likes best, or `null` when it takes none. Between equals the one named more precisely
 * wins (`application/json, *` + `/*` asks for JSON), then the earlier of `types`.
 */
export function preferredType<Type extends string>(accept: string | null, types: readonly Type[]): Type | null {
  let best: Type | null = null;
  let bestLiking: Liking = { quality: 0, precision: -1 };
  for (const type of types) {
    const found = liking(accept, type);
    const isBetter =
      found.quality > bestLiking.quality ||
      (found.quality > 0 && found.quality === bestLiking.quality && found.precision > bestLiking.precision);
    if (isBetter) [best, bestLiking] = [type, found];
  }
  return best;
}

/** What the most precise element that matches `type` says. Parameters of a range other than `q` are not looked at. */
function liking(accept: string | null, type: string): Liking {
  if (accept === null || accept.trim() === "") return ANYTHING;
  let found: Liking = { quality: 0, precision: -1 };
  for (const element of elementsOf(accept)) {
    const range = RANGE.exec(element)?.[1]?.toLowerCase();
    const precision = range === undefined ? -1 : precisionOf(range, type);
    if (precision <= found.precision) continue;
    const quality = qualityOf(element);
    if (quality !== null) found = { quality, precision };
  }
  return found;
}

/** Splits at commas, but not inside a quoted parameter. One pass: a pattern would scan an unclosed quote over and over. */
function elementsOf(list: string): string[] {
  if (!list.includes('"')) return list.split(",");
  const elements: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < list.length; i++) {
    const character = list[i];
    if (isQuoted && character === "\\") i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === "," && !isQuoted) {
      elements.push(list.slice(start, i));
      start = i + 1;
    }
  }
  return [...elements, list.slice(start)];
}

function precisionOf(range: string, type: string): number {
  if (range === type) return 2;
  if (range === "*/*") return 0;
  return range.endsWith("/*") && type.startsWith(range.slice(0, -1)) ? 1 : -1;
}

/** `null` for a weight that breaks the grammar. */
function qualityOf(element: string): number | null {
  const written = QUALITY.exec(element)?.[1]?.trim();
  if (written === undefined) return 1;
  return QUALITY_VALUE.test(written) ? Number(written) : null;
}
