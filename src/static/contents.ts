// Which contents are worth their memory (docs/decisions/016, 023)?

import { BoundedCache } from "./cache.ts";

/** Bytes that may be kept: a file, or a coding of it. */
export interface Keepable {
  /** When they were asked for last: Unix milliseconds, or 0. Whoever sends them from memory sets it. */
  askedMs: number;
  keep(bytes: Uint8Array): void;
  release(): void;
}

// A larger file is read while it is sent, until it is asked for again.
const SMALL_FILE_BYTES = 64 * 1024;
// A still larger one always: its bytes cost more than reading them does, and would push out hundreds of small ones.
const LARGE_FILE_BYTES = 2 * 1024 * 1024;

/** Contents of files, within one bound. */
export class Contents<Content extends Keepable> {
  readonly #held: BoundedCache<Content, Content>;
  readonly #limitBytes: number;

  constructor(limitBytes: number) {
    this.#held = new BoundedCache(limitBytes, (content) => content.release());
    this.#limitBytes = limitBytes;
  }

  /** What all that is held weighs. */
  get weightBytes(): number {
    return this.#held.weightBytes;
  }

  /** The largest content that is ever kept. `wasAsked`: for one that is asked for again, or costs more than reading it. */
  largestBytes(wasAsked: boolean): number {
    return Math.min(wasAsked ? LARGE_FILE_BYTES : SMALL_FILE_BYTES, this.#limitBytes / 2);
  }

  /**
   * Whether content that is asked for now, and is not in memory, is to be read as a whole and kept.
   *
   * A walk through all files once must not push out what is asked for again and again. So where there is no room, a file has to be
   * asked for twice while another one, which goes for it, was not asked for at all.
   */
  admits(content: Content, sizeBytes: number, nowMs: number, isCostly = false): boolean {
    const { askedMs } = content;
    content.askedMs = nowMs;
    if (sizeBytes > this.largestBytes(isCostly || askedMs > 0)) return false;
    return askedMs === 0
      ? this.#held.hasRoom(sizeBytes)
      : this.#held.makeRoom(sizeBytes, (other) => other.askedMs < askedMs);
  }

  keep(content: Content, bytes: Uint8Array): void {
    if (this.#held.set(content, content, bytes.length)) content.keep(bytes);
  }

  /** The content is the one that it was: it is not what goes next. */
  touch(content: Content): void {
    this.#held.touch(content);
  }

  delete(content: Content): void {
    this.#held.delete(content);
  }
}
