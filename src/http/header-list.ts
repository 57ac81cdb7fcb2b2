// Is this a field name, a field value, a reason phrase, and what does a list of options or a length say? Pure grammar of
// field lines (RFC 9110 sections 5.1, 5.5, 5.6.1 and 8.6; the Fetch standard where it says more).

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

// The Fetch standard allows other control characters in a value; these three and what is no byte are what breaks framing.
// oxlint-disable-next-line no-control-regex
const NOT_IN_VALUE = /[\0\r\n\u0100-\uffff]/;

// RFC 9112 section 4: reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ).
const NOT_IN_REASON = /[^\t\x20-\x7e\x80-\xff]/;

const DIGITS = /^[0-9]+$/;

// Servers send the same few names over and over. A name made up per request must not fill memory, hence the bound.
const KNOWN_NAMES_MAX = 512;
const knownNames = new Map<string, string>();

/** Whether `text` is a token (RFC 9110 section 5.6.2), which is what a field name has to be. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The field name in lower case, or `null` when it is not a token. */
export function fieldName(name: string): string | null {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  if (!TOKEN.test(name)) return null;
  const lower = name.toLowerCase();
  if (knownNames.size < KNOWN_NAMES_MAX && name.length <= 64) knownNames.set(name, lower);
  return lower;
}

/** Whether `value` may be written as a field value as it is: bytes (U+0000 to U+00FF) without NUL, CR and LF (H30). */
export function isFieldValue(value: string): boolean {
  return !NOT_IN_VALUE.test(value);
}

/**
 * The field value without HTTP whitespace (space, tab, CR, LF) at both ends, or `null` when it is not one.
 *
 * This is "normalize" followed by "is a header value" of the Fetch standard, for a string that has to be a ByteString.
 */
export function fieldValue(value: string): string | null {
  let start = 0;
  let end = value.length;
  while (end > start && isHttpSpace(value.charCodeAt(end - 1))) end--;
  while (end > start && isHttpSpace(value.charCodeAt(start))) start++;
  const normal = end - start === value.length ? value : value.slice(start, end);
  return NOT_IN_VALUE.test(normal) ? null : normal;
}

function isHttpSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** Whether `text` can stand in a status line as the reason phrase. The empty one can. */
export function isReason(text: string): boolean {
  return !NOT_IN_REASON.test(text);
}

/**
 * Whether a list field such as `Connection` names `option`, which is given in lower case.
 *
 * Options are compared without case; empty elements are skipped (RFC 9110 section 5.6.1.2).
 */
export function hasOption(field: string, option: string): boolean {
  for (const element of field.split(",")) {
    if (element.trim().toLowerCase() === option) return true;
  }
  return false;
}

/** The number in a `Content-Length` value, or `null` when it is not `1*DIGIT` or too large to count exactly. */
export function parseLength(value: string): number | null {
  if (!DIGITS.test(value)) return null;
  const length = Number(value);
  return Number.isSafeInteger(length) ? length : null;
}
