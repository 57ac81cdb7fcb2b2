// What is on the shelf? Files in memory, the oldest making room for the newest.

export class Shelf {
  #files = new Map();
  #listeners = new Set();
  #maxFiles;
  #lastId = 0;

  constructor({ maxFiles }) {
    this.#maxFiles = maxFiles;
  }

  put({ name, type, bytes, owner }) {
    this.#lastId += 1;
    const file = { id: String(this.#lastId), name, type, bytes, owner };
    this.#files.set(file.id, file);
    if (this.#files.size > this.#maxFiles) this.#files.delete(this.#files.keys().next().value);
    this.#changed();
    return file;
  }

  get(id) {
    return this.#files.get(id);
  }

  remove(id) {
    const isRemoved = this.#files.delete(id);
    if (isRemoved) this.#changed();
    return isRemoved;
  }

  /** Newest first. */
  list() {
    return [...this.#files.values()].toReversed();
  }

  /** How many look on. */
  get readers() {
    return this.#listeners.size;
  }

  /** Calls `listener` for each change of files and readers, and gives the function that ends the calls. */
  onChange(listener) {
    this.#listeners.add(listener);
    this.#changed();
    return () => {
      this.#listeners.delete(listener);
      this.#changed();
    };
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}
