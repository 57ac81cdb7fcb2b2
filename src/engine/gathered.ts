// Octets that come in pieces, and are wanted in one.

/** Room grows with what comes, never with what is announced, and pieces are copied: a list of them would cost hundreds of octets for each. */
const FIRST_BYTES = 4096;

const NOTHING = new Uint8Array(0);

export class Gathered {
  private room: Uint8Array = NOTHING;
  private filled = 0;

  get isEmpty(): boolean {
    return this.filled === 0;
  }

  add(bytes: Uint8Array): void {
    const needed = this.filled + bytes.length;
    if (needed > this.room.length) {
      const larger = new Uint8Array(Math.max(needed, this.room.length * 2, FIRST_BYTES));
      larger.set(this.room.subarray(0, this.filled));
      this.room = larger;
    }
    this.room.set(bytes, this.filled);
    this.filled = needed;
  }

  /** All of it, for the caller alone; empty from here on. */
  take(): Uint8Array {
    const all = this.room.subarray(0, this.filled);
    this.room = NOTHING;
    this.filled = 0;
    return all;
  }
}
