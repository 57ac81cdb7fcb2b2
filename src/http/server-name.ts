// Which name does a Host field mean, and who is responsible for it? (RFC 9110 section 4.2.3, RFC 9525 section 6.3.) Pure.

const COLON = 0x3a;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** The host of a valid Host field: lower-case, without port, without brackets, without the dot of the root. */
export function hostOf(authority: string): string {
  let end = authority.length;
  if (authority.charCodeAt(0) === BRACKET) return authority.slice(1, authority.indexOf("]")).toLowerCase();
  const colon = authority.lastIndexOf(":");
  if (colon >= 0) end = colon;
  if (authority.charCodeAt(end - 1) === 0x2e) end--;
  return authority.slice(0, end).toLowerCase();
}

/** The port of a valid Host field as text; empty when it names none. */
export function portOf(authority: string): string {
  for (let i = authority.length - 1; i >= 0; i--) {
    const code = authority.charCodeAt(i);
    if (code === COLON) return authority.slice(i + 1);
    if (code === CLOSING_BRACKET) break;
  }
  return "";
}

/** Values by server name. An exact name comes before a wildcard, which stands for exactly one label (RFC 9525 section 6.3). */
export class ServerNames<Value> {
  private readonly exact = new Map<string, Value>();
  private readonly wildcards = new Map<string, Value>();

  /**
   * The first value given for a name keeps it; false when there was one. `name` is lower-case: a DNS name, `*.` and a DNS
   * name, or an IP address.
   */
  add(name: string, value: Value): boolean {
    const isWildcard = name.startsWith("*.");
    const names = isWildcard ? this.wildcards : this.exact;
    const key = isWildcard ? name.slice(1) : name;
    if (names.has(key)) return false;
    names.set(key, value);
    return true;
  }

  /** `host` is lower-case, as `hostOf` gives it. */
  find(host: string): Value | null {
    const exact = this.exact.get(host);
    if (exact !== undefined) return exact;
    const dot = host.indexOf(".");
    return dot > 0 ? (this.wildcards.get(host.slice(dot)) ?? null) : null;
  }
}
