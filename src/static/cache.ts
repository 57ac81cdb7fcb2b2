// What was found a moment ago, within a fixed amount of memory?

// A map slot, the record and its strings, measured generously.
const OVERHEAD_BYTES = 1024;

interface Held<Value> {
  readonly value: Value;
  readonly weightBytes: number;
}

/**
 * A map that forgets what was set longest ago once it would hold more than `limitBytes`, and tells `forgotten` of it.
 *
 * Reading costs one look-up and moves nothing. Who keeps what is set again, or touched, when it is checked again has the order of
 * use, to within the time between two checks; who knows when a value was used last says so when room is made.
 */
export class BoundedCache<Key extends string | object, Value> {
  readonly #held = new Map<Key, Held<Value>>();
  readonly #limitBytes: number;
  readonly #forgotten: (value: Value) => void;
  #weightBytes = 0;

  constructor(limitBytes: number, forgotten: (value: Value) => void = () => {}) {
    this.#limitBytes = limitBytes;
    this.#forgotten = forgotten;
  }

  /** What all that is held weighs. */
  get weightBytes(): number {
    return this.#weightBytes;
  }

  get(key: Key): Value | undefined {
    return this.#held.get(key)?.value;
  }

  /** `bytes` is what `value` keeps alive besides itself. A value too big for the whole cache is not kept: gives false. */
  set(key: Key, value: Value, bytes: number): boolean {
    this.delete(key);
    const weightBytes = OVERHEAD_BYTES + (typeof key === "string" ? key.length : 0) + bytes;
    if (weightBytes > this.#limitBytes) return false;
    for (const [oldest, held] of this.#held) {
      if (this.#weightBytes + weightBytes <= this.#limitBytes) break;
      this.delete(oldest);
      this.#forgotten(held.value);
    }
    this.#held.set(key, { value, weightBytes });
    this.#weightBytes += weightBytes;
    return true;
  }

  /** Whether so many bytes fit in besides what is held. */
  hasRoom(bytes: number): boolean {
    return this.#weightBytes + OVERHEAD_BYTES + bytes <= this.#limitBytes;
  }

  /**
   * Makes room for `bytes` by forgetting what was set longest ago, as long as `isIdle` says that it may go. What may not becomes
   * the youngest, and ends the search: gives false then, as for what is too big for the whole cache.
   */
  makeRoom(bytes: number, isIdle: (value: Value) => boolean): boolean {
    for (const [oldest, { value }] of this.#held) {
      if (this.hasRoom(bytes)) break;
      if (!isIdle(value)) {
        this.touch(oldest);
        return false;
      }
      this.delete(oldest);
      this.#forgotten(value);
    }
    return this.hasRoom(bytes);
  }

  /** Makes what is held under `key` the youngest. */
  touch(key: Key): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#held.set(key, held);
  }

  delete(key: Key): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#weightBytes -= held.weightBytes;
  }
}
