// Bytes that are known at every offset, so that a lost, doubled or displaced one is found, however large the body.

import { createHash, type Hash } from "node:crypto";

const BLOCK_BYTES = 16 * 1024;

/** Block `index` of the pattern: its number in every word of it, mixed with the place of the word. */
export function patternBlock(index: number): Buffer {
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const words = new Uint32Array(block.buffer, block.byteOffset, BLOCK_BYTES / 4);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(index * words.length + i + 1, 2_654_435_761);
  return block;
}

/** The first `sizeBytes` bytes of the pattern, block by block. */
export function* pattern(sizeBytes: number): Generator<Buffer, void> {
  for (let offset = 0, index = 0; offset < sizeBytes; offset += BLOCK_BYTES, index++) {
    yield patternBlock(index).subarray(0, sizeBytes - offset);
  }
}

export function patternBytes(sizeBytes: number): Buffer {
  return Buffer.concat([...pattern(sizeBytes)]);
}

/** SHA-256 of the first `sizeBytes` bytes of the pattern. */
export function patternHash(sizeBytes: number): string {
  const hash = createHash("sha256");
  for (const block of pattern(sizeBytes)) hash.update(block);
  return hash.digest("hex");
}

export function hasher(): Hash {
  return createHash("sha256");
}
