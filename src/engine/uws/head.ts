// What the engine's request says, copied out while it is alive.

import type { Endpoint } from "../../contract.ts";
import type { NativeRequest, NativeResponse } from "./native.ts";

/** The engine decodes field values as UTF-8; this is what it puts where the octets were none. */
const REPLACEMENT = "\uFFFD";

/** The request's head, as the engine gives it. */
export interface ReceivedHead {
  readonly method: string;
  readonly path: string;
  readonly query: string | undefined;
  readonly fields: string[];
  /** How the field values stand to the octets received. */
  readonly octets: "decoded" | "octets" | "lost";
}

let collected: string[] = [];

/** The names of earlier requests by place and length, so that clients of several kinds rarely meet. The engine makes each name anew. */
const keys: string[] = [];

function collect(name: string, value: string): void {
  const slot = ((collected.length >> 1) << 5) | (name.length & 31);
  if (keys[slot] !== name) keys[slot] = keyOf(name);
  collected.push(keys[slot]!, value);
}

/** The same text as the one string that the platform keeps for it as a key: every later look at it by name is faster. */
function keyOf(name: string): string {
  for (const key in { [name]: true }) return key;
  return name;
}

/** All field lines in one native call: single look-ups would not show repeated or empty lines (H1). */
export function readFields(request: NativeRequest): string[] {
  collected = [];
  request.forEach(collect);
  return collected;
}

/**
 * How the values read stand to the octets received (H11).
 *
 * `decoded`: all octets were UTF-8, so `isomorphicFields` can restore them at any time. `octets`: they are restored, from
 * the one call that gives octets, which knows only the first line of a name. `lost`: it knew too little, and the request
 * has to be refused rather than altered.
 */
export function fieldOctets(request: NativeRequest, fields: string[]): "decoded" | "octets" | "lost" {
  let broken = false;
  // On a one-byte string this search ends at once, without reading it.
  for (let i = 1; i < fields.length; i += 2) if (fields[i]!.includes(REPLACEMENT)) broken = true;
  if (!broken) return "decoded";
  for (let i = 1; i < fields.length; i += 2) {
    const name = fields[i - 1]!;
    if (!fields[i]!.includes(REPLACEMENT)) fields[i] = isomorphic(fields[i]!);
    else if (fields.indexOf(name) === i - 1) fields[i] = request.getHeader(name);
    else return "lost";
  }
  return "octets";
}

/** Turns text decoded as UTF-8 back into one code point per octet, in place (H11). */
export function isomorphicFields(fields: string[]): void {
  for (let i = 1; i < fields.length; i += 2) fields[i] = isomorphic(fields[i]!);
}

export function isomorphic(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, "utf8").toString("latin1");
}

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/**
 * A line with an empty name hides every later line from us, Content-Length among them, while a proxy in front may see it.
 * Methods that normally carry a body and announce none are therefore answered and closed.
 */
export function normallyHasBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

// Requests come in runs from one client: an address is turned into text once for each run.
let lastIpv4 = -1;
let lastEndpoint: Endpoint | null = null;

/** The far end of the socket; IPv4-mapped addresses as IPv4 (H50). Port 0 where the build does not tell it. */
export function peerEndpoint(response: NativeResponse): Endpoint | null {
  const bytes = new Uint8Array(response.getRemoteAddress());
  const port = response.getRemotePort?.() ?? 0;
  if (bytes.byteLength === 4) return ipv4Endpoint(bytes, 0, port);
  if (bytes.byteLength !== 16) return null;
  if (isMapped(bytes)) return ipv4Endpoint(bytes, 12, port);
  return { address: ipv6Text(bytes), port, family: "IPv6" };
}

function ipv4Endpoint(bytes: Uint8Array, at: number, port: number): Endpoint {
  const a = bytes[at]!;
  const b = bytes[at + 1]!;
  const c = bytes[at + 2]!;
  const d = bytes[at + 3]!;
  const key = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  if (lastEndpoint === null || key !== lastIpv4 || port !== lastEndpoint.port) {
    lastIpv4 = key;
    lastEndpoint = Object.freeze({ address: `${a}.${b}.${c}.${d}`, port, family: "IPv4" });
  }
  return lastEndpoint;
}

/** The client has reset the connection: the system no longer knows who it was. Builds from 20.66 on remember, and cannot tell. */
export function isGone(response: NativeResponse): boolean {
  return response.getRemoteAddress().byteLength === 0;
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups as `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}
