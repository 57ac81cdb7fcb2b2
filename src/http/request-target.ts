// Which form has a request target, and may a handler see it? (RFC 9112 section 3.2, clauses H5 to H7.)

import { isHost } from "./host.ts";

export type TargetForm = "origin" | "asterisk" | "absolute" | "invalid";

const SLASH = 0x2f;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * `origin` for a path, `asterisk` for a lone `*`, `absolute` for an `http:` or `https:` URL, `invalid` for everything
 * else and for any target with a space, a control, a non-ASCII octet, `#` or `\`: the URL parser gives those another
 * meaning than the octets have.
 */
export function targetForm(target: string): TargetForm {
  for (let i = 0; i < target.length; i++) {
    const c = target.charCodeAt(i);
    if (c <= 0x20 || c >= 0x7f || c === HASH || c === BACKSLASH) return "invalid";
  }
  if (target.charCodeAt(0) === SLASH) return "origin";
  if (target === "*") return "asterisk";
  return ABSOLUTE.test(target) ? "absolute" : "invalid";
}

export interface AbsoluteTarget {
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** The rest, as an origin-form target: it always starts with `/`. */
  readonly target: string;
}

/** The parts of an absolute-form target; `null` when the authority is not a plain host (userinfo included, H6). */
export function parseAbsoluteTarget(target: string): AbsoluteTarget | null {
  const parts = ABSOLUTE.exec(target);
  if (parts === null) return null;
  const [, scheme = "", authority = "", rest = ""] = parts;
  if (!isHost(authority)) return null;
  return {
    scheme: scheme.toLowerCase() === "https" ? "https" : "http",
    authority,
    target: rest.charCodeAt(0) === SLASH ? rest : `/${rest}`,
  };
}
