// Memory that files are read into, used again instead of left to the collector: that comes only after 64 MB of it, or later.

const KIB = 1024;

/** What is handed out. Of a smaller file only the pages that are written to are taken from the system. */
const SIZES: readonly number[] = [16 * KIB, 64 * KIB, 256 * KIB];

/** The largest slice there is: what one client may keep in memory. Smaller ones cost a thread switch each, at 64 KiB four times as many. */
export const SLICE_BYTES: number = 256 * KIB;

/** Idle ones that are kept, by size. A server that sends more at once makes new ones. */
const MAX_SPARE_BYTES = 4 * KIB * KIB;

const spare = new Map<number, Buffer[]>(SIZES.map((size) => [size, []]));
let spareBytes = 0;

/** Room for at least so many of `bytes` as a slice can hold; what is in it is left over from before. */
export function takeSlice(bytes: number): Buffer {
  const size = SIZES.find((candidate) => candidate >= bytes) ?? SLICE_BYTES;
  const used = spare.get(size)?.pop();
  if (used === undefined) return Buffer.allocUnsafeSlow(size);
  spareBytes -= size;
  return used;
}

/** Takes a slice back. Nobody may read it any more: not the engine, not the system, not a thread that was asked to fill it. */
export function giveBack(slice: Buffer): void {
  if (spareBytes + slice.length > MAX_SPARE_BYTES) return;
  spare.get(slice.length)?.push(slice);
  spareBytes += slice.length;
}
