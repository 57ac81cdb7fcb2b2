// Which names may a certificate carry, and who can vouch for them? Pure.

import { isIP, isIPv4 } from "node:net";
import { domainToASCII } from "node:url";

/** A subject name in the form that orders, files and SNI use. */
export interface SubjectName {
  /** Lower-case ASCII without a dot at the end; an IP address in its shortest form. */
  readonly name: string;
  readonly kind: "dns" | "wildcard" | "ip";
  /** `local`: no public authority gives certificates for it, so that the local one must. */
  readonly scope: "public" | "local";
}

/** What is wrong with a name: the end of a sentence that starts with the name. */
export interface NameFault {
  readonly fault: string;
}

const MAX_NAME_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 63;

// RFC 6761, RFC 6762, RFC 8375, RFC 9476 and ICANN's choice of ".internal": names that never lead to one machine of the internet.
const LOCAL_SUFFIXES = ["localhost", "local", "internal", "home.arpa", "lan", "test"];

/**
 * 4, 6, or 0 for what is no address. Node's test for version 6 takes seven milliseconds at its first use, which is a third of what a
 * start may spend on certificates, and no host name needs it.
 */
function addressFamily(text: string): number {
  if (text.includes(":")) return isIP(text);
  return isIPv4(text) ? 4 : 0;
}

/** Reads a name as people write it: any case, any script, a dot at the end, brackets around an IPv6 address. */
export function subjectName(written: string): SubjectName | NameFault {
  const bare = written.trim().replace(/^\[(.*)\]$/u, "$1");
  if (addressFamily(bare) !== 0) return ipName(bare);
  const isWildcard = bare.startsWith("*.");
  const host = (isWildcard ? bare.slice(2) : bare).replace(/\.$/u, "");
  if (host === "") return { fault: "is empty" };
  if (/[\s/:@?#]/u.test(host)) return { fault: "is not a bare host name: leave out scheme, port and path" };
  if (host.includes("*")) return { fault: "has a * that is not its whole first label" };
  const ascii = domainToASCII(host).toLowerCase();
  if (ascii === "" || addressFamily(ascii) !== 0) return { fault: "is no host name" };
  const fault = labelFault(ascii);
  if (fault !== null) return { fault };
  const labels = ascii.split(".");
  const isLocal = LOCAL_SUFFIXES.some((suffix) => ascii === suffix || ascii.endsWith(`.${suffix}`));
  if (isWildcard && labels.length < 2 && !isLocal) return { fault: "is a wildcard for a whole top level" };
  if (labels.length === 1 && !isLocal)
    return { fault: "is a single word; a public name has a dot, such as example.com" };
  return {
    name: isWildcard ? `*.${ascii}` : ascii,
    kind: isWildcard ? "wildcard" : "dns",
    scope: isLocal ? "local" : "public",
  };
}

function labelFault(name: string): string | null {
  if (name.length > MAX_NAME_CHARACTERS) return `is longer than ${MAX_NAME_CHARACTERS} characters`;
  for (const label of name.split(".")) {
    if (label === "") return "has an empty label: two dots in a row, or a dot at the start";
    if (label.length > MAX_LABEL_CHARACTERS) return `has a label of more than ${MAX_LABEL_CHARACTERS} characters`;
    if (label.includes("_")) return "has an underscore, which no authority accepts";
    if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u.test(label))
      return `has the label "${label}", which is no host name label`;
  }
  return null;
}

function ipName(address: string): SubjectName {
  const name = addressFamily(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  return { name, kind: "ip", scope: isPrivateAddress(name) ? "local" : "public" };
}

/** Whether an address is loopback, link-local, unspecified or of a private range (RFC 1918, 3927, 4193, 4291, 6598). */
export function isPrivateAddress(address: string): boolean {
  if (addressFamily(address) === 6) return /^(?:::1?$|f[cd]|fe[89ab])/iu.test(address);
  const [a = 0, b = 0] = address.split(".").map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168)
  );
}

/** Whether `names` cover a host: itself, or by a wildcard of one level (RFC 6125 section 6.4.3). */
export function covers(names: readonly string[], host: string): boolean {
  const dot = host.indexOf(".");
  return names.includes(host) || (dot > 0 && addressFamily(host) === 0 && names.includes(`*${host.slice(dot)}`));
}
