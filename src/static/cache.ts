// What was found a moment ago, within a fixed amount of memory?

// A map slot, the record and its strings, measured generously.
const OVERHEAD_BYTES = 1024;

interface Held<Value> {
  readonly value: Value;
  readonly weightBytes: number;
}

/**
 * A map that forgets what was set longest ago once it would hold more than `limitBytes`.
 *
 * Reading costs one look-up and moves nothing: whatever is still asked for is set again when it is checked again, so the
 * order of setting is the order of use, to within the time between two checks.
 */
export class BoundedCache<Value> {
  readonly #held = new Map<string, Held<Value>>();
  readonly #limitBytes: number;
  #weightBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(key: string): Value | undefined {
    return this.#held.get(key)?.value;
  }

  /** `bytes` is what `value` keeps alive besides itself. A value too big for the whole cache is not kept. */
  set(key: string, value: Value, bytes: number): void {
    this.delete(key);
    const weightBytes = OVERHEAD_BYTES + key.length + bytes;
    if (weightBytes > this.#limitBytes) return;
    for (const oldest of this.#held.keys()) {
      if (this.#weightBytes + weightBytes <= this.#limitBytes) break;
      this.delete(oldest);
    }
    // A path cut out of a long target keeps that target alive; a copy through bytes does not.
    const ownKey = Buffer.from(key, "latin1").toString("latin1");
    this.#held.set(ownKey, { value, weightBytes });
    this.#weightBytes += weightBytes;
  }

  delete(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#weightBytes -= held.weightBytes;
  }
}
