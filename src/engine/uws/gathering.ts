// The small chunks of a reply, and what is left over of large ones, on their way to the engine: one write of 15 KB costs a quarter of
// fifteen of 1 KB.

/**
 * What is written in one cork has to fit into the engine's buffer of 16 KB, framing included: of a larger write the engine
 * drops the data, and keeps its announcement, when the client's system takes nothing more just between the two.
 */
export const PIECE_BYTES: number = 15 * 1024;

/** Buffers that nobody is gathering in. One is needed only from a chunk to the end of the same turn. */
const spareBuffers: Buffer[] = [];
const MAX_SPARE_BUFFERS = 16;

/** Sends bytes, and has no use for them when it returns. */
type Send = (bytes: Uint8Array) => void;

export class Gathering {
  /** What is in here: at most one piece. */
  byteLength = 0;
  private buffer: Buffer | null = null;

  /** Gives whole pieces to `send`, and keeps what is left over for the next chunk or the end. */
  take(chunk: Uint8Array, send: Send): void {
    const offset = this.add(chunk);
    if (offset === chunk.byteLength) return;
    this.drain(0, send);
    const wholeBytes = Math.floor((chunk.byteLength - offset) / PIECE_BYTES) * PIECE_BYTES;
    if (wholeBytes > 0) send(chunk.subarray(offset, offset + wholeBytes));
    if (offset + wholeBytes < chunk.byteLength) this.add(chunk.subarray(offset + wholeBytes));
  }

  /** Gives all but the last `keptBytes` to `send`. */
  drain(keptBytes: number, send: Send): void {
    const { buffer, byteLength } = this;
    if (buffer === null || byteLength <= keptBytes) return;
    this.buffer = null;
    this.byteLength = 0;
    send(buffer.subarray(0, byteLength - keptBytes));
    if (keptBytes > 0) this.add(buffer.subarray(byteLength - keptBytes, byteLength));
    if (spareBuffers.length < MAX_SPARE_BUFFERS) spareBuffers.push(buffer);
  }

  /** Copies as much as there is room for, and gives how much that was. */
  private add(chunk: Uint8Array): number {
    const room = PIECE_BYTES - this.byteLength;
    const fits = chunk.byteLength <= room;
    this.buffer ??= spareBuffers.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
    this.buffer.set(fits ? chunk : chunk.subarray(0, room), this.byteLength);
    const count = fits ? chunk.byteLength : room;
    this.byteLength += count;
    return count;
  }
}
