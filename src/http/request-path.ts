// Which names does a request path stand for? Pure grammar: dot segments as URL parsers resolve them, then one decoding.
// A router and a file server that read one path in two ways are the classic way past an access rule (A41).

/** A decoded path. No name holds `/`, `\` or a control, and none is empty, `.` or `..`. */
export interface DecodedPath {
  readonly names: readonly string[];
  /** The path ended in `/`. */
  readonly isDirectory: boolean;
}

/** The status that refuses a path: 400 for what is no path at all, 404 for one that can name nothing. */
export type PathFault = 400 | 404;

const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
const ONE_DOT = /^(?:\.|%2e)$/i;
const TWO_DOTS = /^(?:\.|%2e){2}$/i;

/**
 * Removes `.` and `..` segments, also those written with `%2e`, exactly as `new URL()` does, and never climbs above `/`.
 * Nothing else changes: empty segments and escapes stay. This is the path that routers compare.
 */
export function resolveDotSegments(path: string): string {
  if (!DOT_SEGMENT.test(path)) return path;
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  for (const [i, segment] of segments.entries()) {
    const climbs = TWO_DOTS.test(segment);
    if (climbs) kept.pop();
    if (!climbs && !ONE_DOT.test(segment)) kept.push(segment);
    else if (i === segments.length - 1) kept.push("");
  }
  return `/${kept.join("/")}`;
}

// RFC 9112 section 3.2 (H5): a target is visible ASCII without a fragment.
const FOREIGN_CHARACTER = /[^\x21-\x7e]|#/;
const CONTROL = /\p{Cc}/u;

/**
 * Decodes each segment once, and never again: `%252e` is the name `%2e`.
 *
 * 400: bad escapes, escapes that are not UTF-8 (overlong forms and surrogates too), controls and NUL, raw characters that
 * no target may hold. 404: an escaped or raw separator, a dot segment, an empty segment. 400 wins where both apply.
 * The empty path stands for a directory named without its slash.
 */
export function decodePath(path: string): DecodedPath | PathFault {
  if (FOREIGN_CHARACTER.test(path)) return 400;
  const isDirectory = path.endsWith("/");
  const segments = isDirectory ? path.slice(0, -1).split("/") : path.split("/");
  // The first one stands before the leading slash.
  const lead = segments.shift();
  let fault: PathFault | null = lead === "" ? null : 404;
  const names: string[] = [];
  for (const segment of segments) {
    const name = decodeSegment(segment);
    if (name === null || CONTROL.test(name)) return 400;
    if (isNoName(name)) fault = 404;
    names.push(name);
  }
  return fault ?? { names, isDirectory };
}

function isNoName(name: string): boolean {
  return name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\\");
}

function decodeSegment(segment: string): string | null {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
