// SHA-1 of short texts. Node's own is the faster one in a loop of nothing else; among all that a request touches, the way into
// it and back costs several times the sums themselves.

/** What `shortSha1` is for. Beyond it, Node's own is as fast. */
export const SHORT_BYTES = 119;

const words = new Int32Array(80);
const state = new Int32Array(5);
const DIGITS = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

/** The first 27 characters of the digest in base64: all of it but the padding. */
export function shortSha1(bytes: Uint8Array): string {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
  const { length } = bytes;
  let at = 0;
  for (; at + 64 <= length; at += 64) {
    for (let i = 0, from = at; i < 16; i++, from += 4) {
      words[i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
    }
    addBlock();
  }
  words.fill(0, 0, 16);
  const rest = length - at;
  for (let i = 0; i < rest; i++) words[i >> 2]! |= bytes[at + i]! << (24 - (i & 3) * 8);
  words[rest >> 2]! |= 0x80 << (24 - (rest & 3) * 8);
  if (rest >= 56) {
    addBlock();
    words.fill(0, 0, 16);
  }
  words[15] = length << 3;
  addBlock();
  return digits();
}

/**
 * FIPS 180-4, section 6.1.2, for the block in the first sixteen words. Four loops, whose sums stay sums of 32 bits for the
 * compiler: one loop with a choice in it takes twice as long.
 */
function addBlock(): void {
  for (let i = 16; i < 80; i++) {
    const word = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!;
    words[i] = (word << 1) | (word >>> 31);
  }
  let [a, b, c, d, e] = [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!];
  let next: number;
  for (let i = 0; i < 20; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + words[i]! + 0x5a827999) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 20; i < 40; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + words[i]! + 0x6ed9eba1) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 40; i < 60; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + words[i]! - 0x70e44324) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 60; i < 80; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + words[i]! - 0x359d3e2a) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
}

function digits(): string {
  const [a, b, c, d, e] = [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!];
  return String.fromCharCode(
    DIGITS[a >>> 26]!,
    DIGITS[(a >>> 20) & 63]!,
    DIGITS[(a >>> 14) & 63]!,
    DIGITS[(a >>> 8) & 63]!,
    DIGITS[(a >>> 2) & 63]!,
    DIGITS[((a << 4) | (b >>> 28)) & 63]!,
    DIGITS[(b >>> 22) & 63]!,
    DIGITS[(b >>> 16) & 63]!,
    DIGITS[(b >>> 10) & 63]!,
    DIGITS[(b >>> 4) & 63]!,
    DIGITS[((b << 2) | (c >>> 30)) & 63]!,
    DIGITS[(c >>> 24) & 63]!,
    DIGITS[(c >>> 18) & 63]!,
    DIGITS[(c >>> 12) & 63]!,
    DIGITS[(c >>> 6) & 63]!,
    DIGITS[c & 63]!,
    DIGITS[d >>> 26]!,
    DIGITS[(d >>> 20) & 63]!,
    DIGITS[(d >>> 14) & 63]!,
    DIGITS[(d >>> 8) & 63]!,
    DIGITS[(d >>> 2) & 63]!,
    DIGITS[((d << 4) | (e >>> 28)) & 63]!,
    DIGITS[(e >>> 22) & 63]!,
    DIGITS[(e >>> 16) & 63]!,
    DIGITS[(e >>> 10) & 63]!,
    DIGITS[(e >>> 4) & 63]!,
    DIGITS[(e << 2) & 63]!,
  );
}
