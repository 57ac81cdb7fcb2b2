// Which bytes of a certificate does Node not show? A reader for just enough of DER (X.690), and the authority's name for a
// certificate (RFC 9773).

import { X509Certificate } from "node:crypto";

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Where the next element starts. */
  readonly end: number;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OBJECT_IDENTIFIER = 0x06;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const KEY_IDENTIFIER = 0x80;

// 2.5.29.35, authorityKeyIdentifier.
const AUTHORITY_KEY_IDENTIFIER = "551d23";

/**
 * The authority's name for a certificate: its key's id and the serial, as they stand in the DER (RFC 9773 section 4.1), or
 * `null` for a certificate that does not say whose key signed it.
 *
 * Node's own `serialNumber` is no use: it drops the leading zero byte that every second serial has.
 */
export function renewalId(certificatePem: string): string | null {
  const [toBeSigned] = children(children(new X509Certificate(certificatePem).raw)[0]?.content);
  const inner = children(toBeSigned?.content);
  const serial = inner.find(({ tag }, index) => tag === INTEGER && index <= (inner[0]?.tag === VERSION ? 1 : 0));
  const extensions = children(children(inner.find(({ tag }) => tag === EXTENSIONS)?.content)[0]?.content);
  for (const extension of extensions) {
    const parts = children(extension.content);
    const [identifier] = parts;
    if (identifier?.tag !== OBJECT_IDENTIFIER || hex(identifier.content) !== AUTHORITY_KEY_IDENTIFIER) continue;
    const key = children(children(parts.at(-1)?.content)[0]?.content).find(({ tag }) => tag === KEY_IDENTIFIER);
    if (key !== undefined && serial !== undefined) return `${base64url(key.content)}.${base64url(serial.content)}`;
  }
  return null;
}

function children(bytes: Uint8Array | undefined): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; bytes !== undefined && at < bytes.length;) {
    const element = elementAt(bytes, at);
    if (element === null) return found;
    found.push(element);
    at = element.end;
  }
  return found;
}

function elementAt(bytes: Uint8Array, at: number): Element | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return null;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) return null;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + i] ?? 0);
    start += count;
  }
  const end = start + length;
  return end > bytes.length ? null : { tag, content: bytes.subarray(start, end), end };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

/** One element of DER, for what is written by hand: `tag`, the length in its shortest form, the content. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.from(content.length.toString(16).padStart(content.length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

/** A SEQUENCE. */
export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(SEQUENCE, ...contents);
}
