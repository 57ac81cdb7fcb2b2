// Frames of RFC 6455 as octets: what a client sends, well-formed or not, and what a server has sent.

import type { RawClient } from "./raw-client.ts";

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type Opcode = keyof typeof OPCODES;

/** The nonce of RFC 6455 section 1.3, and what has to be answered to it. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

/** The lines of a good offer. What `other` says of a field replaces it; `null` leaves it out. */
export function offerLines(other: Readonly<Record<string, string | null>> = {}): string[] {
  const fields = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
    ...other,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
}

/** A frame of a client's. Text is UTF-8. */
export function clientFrame(
  opcode: Opcode | number,
  payload: string | Uint8Array = "",
  how: { readonly isFinal?: boolean; readonly isMasked?: boolean; readonly reserved?: number } = {},
): Buffer {
  const { isFinal = true, isMasked = true, reserved = 0 } = how;
  const bytes = Buffer.from(payload as string);
  const code = typeof opcode === "number" ? opcode : OPCODES[opcode];
  const bit = isMasked ? 0x80 : 0;
  const size = bytes.length;
  const head = [(isFinal ? 0x80 : 0) | reserved | code];
  if (size < 126) head.push(bit | size);
  else if (size < 0x10000) head.push(bit | 126, size >> 8, size & 0xff);
  else head.push(bit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (size >>> shift) & 0xff));
  if (!isMasked) return Buffer.concat([Buffer.from(head), bytes]);
  return Buffer.concat([Buffer.from([...head, ...MASK]), bytes.map((octet, i) => octet ^ MASK[i % 4]!)]);
}

/** A close frame of a client's, or an empty one. */
export function clientClose(code?: number, reason = ""): Buffer {
  if (code === undefined) return clientFrame("close");
  return clientFrame("close", Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));
}

/** The complete frames of a server's at the beginning of `bytes`. @throws Error when one is masked */
export function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = bytes[at + 1]!;
    if (short >= 0x80) throw new Error("the server masks its frames");
    const size = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + size > bytes.length) break;
    const length = size === 2 ? short : size === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
    if (at + size + length > bytes.length) break;
    const first = bytes[at]!;
    frames.push({
      opcode: first & 0x0f,
      isFinal: first >= 0x80,
      payload: bytes.subarray(at + size, at + size + length),
    });
    at += size + length;
  }
  return frames;
}

/** All frames since the 101, as soon as there are `count` of them. */
export async function received(client: RawClient, count: number, withinMs?: number): Promise<Frame[]> {
  for (let bytes = 0; ;) {
    const buffer = await client.peek(bytes, withinMs);
    const frames = framesOf(buffer);
    if (frames.length >= count) return frames;
    bytes = buffer.length + 1;
  }
}

/** What a close frame says. */
export function closing({ payload }: Frame): readonly [code: number, reason: string] {
  return payload.length < 2 ? [1005, ""] : [payload.readUInt16BE(0), payload.toString("utf8", 2)];
}
