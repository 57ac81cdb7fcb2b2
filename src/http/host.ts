// Is this a Host field we can build a URL from? (RFC 9112 section 3.2, clause H3.)

const COLON = 0x3a;
const DOT = 0x2e;
const BRACKET = 0x5b;
const MAX_PORT = 65_535;
const BRACKETED = /^\[[0-9A-Fa-f:.]+\]$/;

/**
 * True for `uri-host [ ":" port ]` where the host is a name of `[A-Za-z0-9._-]`, a dotted IPv4 address or a bracketed
 * IPv6 address, and the port is 0 to 65535 or empty.
 *
 * Whatever passes can follow `http://` without `new URL` throwing or changing the authority, apart from case, default
 * port and the shortest form of an IPv6 address.
 */
export function isHost(value: string): boolean {
  const isBracketed = value.charCodeAt(0) === BRACKET;
  const end = isBracketed ? value.indexOf("]") + 1 : nameEnd(value);
  if (end === 0) return false;
  if (end !== value.length && !isPort(value, end)) return false;
  return isBracketed ? isIpv6(value.slice(0, end)) : isName(value, end);
}

/** Index of the first octet that cannot be part of a name. */
function nameEnd(value: string): number {
  let i = 0;
  for (; i < value.length; i++) {
    const c = value.charCodeAt(i);
    const isLetter = (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a;
    const isDigitDotOrDash = (c >= 0x30 && c <= 0x39) || c === DOT || c === 0x2d;
    if (!isLetter && !isDigitDotOrDash && c !== 0x5f) break;
  }
  return i;
}

function isPort(value: string, colon: number): boolean {
  if (value.charCodeAt(colon) !== COLON || value.length > colon + 6) return false;
  let port = 0;
  for (let i = colon + 1; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port <= MAX_PORT;
}

/**
 * The URL parser reads a name whose last label is a number as an IPv4 address (`a.1` throws, `0x7f.1` becomes
 * 127.0.0.1). Ill-formed punycode is its affair: parsers up to Node 22 refuse it, later ones take it as it is
 * (docs/decisions/048-ill-formed-punycode.md).
 */
function isName(value: string, end: number): boolean {
  const stop = value.charCodeAt(end - 1) === DOT ? end - 1 : end;
  if (stop === 0 || value.charCodeAt(stop - 1) === DOT) return false;
  if (isNumberLabel(value, value.lastIndexOf(".", stop - 1) + 1, stop)) return isIpv4(value, end);
  return !hasPunycode(value) || URL.canParse(`http://${value.slice(0, end)}/`);
}

/** True for a label of digits, or of `0x` and hexadecimal digits. */
function isNumberLabel(value: string, start: number, stop: number): boolean {
  const isHex = value.charCodeAt(start) === 0x30 && (value.charCodeAt(start + 1) | 0x20) === 0x78;
  for (let i = isHex ? start + 2 : start; i < stop; i++) {
    const c = value.charCodeAt(i);
    const isDigit = c >= 0x30 && c <= 0x39;
    if (!isDigit && !(isHex && (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)) return false;
  }
  return true;
}

/** Exactly four decimal numbers up to 255 without leading zeros: every other spelling has several readings. */
function isIpv4(value: string, end: number): boolean {
  let dots = 0;
  let digits = 0;
  let number = 0;
  for (let i = 0; i < end; i++) {
    const c = value.charCodeAt(i);
    if (c === DOT) {
      if (digits === 0 || ++dots > 3) return false;
      digits = number = 0;
      continue;
    }
    if (c < 0x30 || c > 0x39 || (digits > 0 && number === 0)) return false;
    digits++;
    number = number * 10 + (c - 0x30);
    if (number > 255) return false;
  }
  return dots === 3 && digits > 0;
}

function hasPunycode(value: string): boolean {
  if (value.indexOf("--") < 0) return false;
  return value.toLowerCase().includes("xn--");
}

function isIpv6(host: string): boolean {
  return BRACKETED.test(host) && URL.canParse(`http://${host}/`);
}
