// Which URL did the client ask for? Scheme, authority and target put together and parsed once (H8); pure.

/** Characters the URL parser of every supported Node leaves as they are in a path, and in the query of an http URL. */
const PLAIN_IN_PATH = 1;
const PLAIN_IN_QUERY = 2;

const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const PERCENT = 0x25;

const CHARACTER_CLASSES = characterClasses();

/** More would only help a server of many names, and each miss costs one URL parse. */
const KEPT_AUTHORITIES = 8;

const plainAuthorities: Record<"http" | "https", string[]> = { http: [], https: [] };

/**
 * The URL of a request: `new URL(scheme + "://" + authority + target).href`, without parsing where that changes nothing.
 *
 * The target is never resolved against a base, so `//evil/x` stays a path (H8). It is in origin form (RFC 9112 section
 * 3.2.1) and the authority is not empty: otherwise the one could be read as part of the other.
 *
 * @throws TypeError when one is not, or when the URL standard refuses the authority.
 */
export function requestUrl(scheme: "http" | "https", authority: string, target: string): string {
  const url = `${scheme}://${authority}${target}`;
  if (authority === "" || target.charCodeAt(0) !== SLASH) throw new TypeError(`"${url}" is not the URL of a request.`);

  return isPlainTarget(target) && isPlainAuthority(scheme, authority) ? url : new URL(url).href;
}

/** True when the URL parser would keep every character: no dot segment, nothing it encodes, no backslash. */
function isPlainTarget(target: string): boolean {
  let wanted = PLAIN_IN_PATH;
  for (let i = 0; i < target.length; i += 1) {
    const code = target.charCodeAt(i);
    if (code === QUESTION_MARK) wanted = PLAIN_IN_QUERY;
    if (((CHARACTER_CLASSES[code] ?? 0) & wanted) === 0) return false;
    if (wanted === PLAIN_IN_PATH && (code === SLASH || code === PERCENT) && mayBeDotSegment(target, i)) return false;
  }
  return true;
}

/** Any segment that starts with a dot, and any encoded dot: wider than needed, since both are rare. */
function mayBeDotSegment(target: string, at: number): boolean {
  if (target.charCodeAt(at) === SLASH) return target.charCodeAt(at + 1) === DOT;
  return target.charCodeAt(at + 1) === 0x32 && (target.charCodeAt(at + 2) | 0x20) === 0x65;
}

/** The URL parser itself is the judge; only its yes is remembered, a pure fact about a name. */
function isPlainAuthority(scheme: "http" | "https", authority: string): boolean {
  const kept = plainAuthorities[scheme];
  if (kept.includes(authority)) return true;

  const url = `${scheme}://${authority}/`;
  if (!URL.canParse(url) || new URL(url).href !== url) return false;
  kept.unshift(authority);
  if (kept.length > KEPT_AUTHORITIES) kept.pop();
  return true;
}

function characterClasses(): Uint8Array {
  const classes = new Uint8Array(128);
  const pathEncoded = ` "#<>?^\`{}\\`;
  const queryEncoded = ` "#<>'`;
  for (let code = 0x21; code < 0x7f; code += 1) {
    const character = String.fromCharCode(code);
    if (!pathEncoded.includes(character)) classes[code] = PLAIN_IN_PATH;
    if (!queryEncoded.includes(character)) classes[code] = (classes[code] ?? 0) | PLAIN_IN_QUERY;
  }
  return classes;
}
