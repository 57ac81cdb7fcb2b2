// How does a handler read the fields of a request without a Headers being built? Straight from the list of lines.

import { inspect } from "node:util";

import { isToken } from "../http/header-list.ts";
import { sortedPairs, visibleLines, visibleValue } from "../http/hop-by-hop.ts";
import { NativeHeaders, shapeLike, sortedHeadersSymbol } from "./request-native.ts";

type Pair = readonly [name: string, value: string];

const genuineMembers = NativeHeaders.prototype as Headers & {
  [inspect.custom](this: Headers, depth: number, options: object): string;
};

/**
 * The `Headers` of a request, read from the lines that arrived (H12) less those of the connection (H13).
 *
 * The first change makes a genuine `Headers`, which everything goes through from then on. Only calls of
 * `Headers.prototype` methods on it fail, with a TypeError: they want a private field that nothing else can have.
 */
export class LazyHeaders {
  readonly #fields: readonly string[];
  #genuine: Headers | null = null;
  #sorted: Pair[] | null = null;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** What a genuine Headers or Request is made from; a copy of the current state. */
  static init(headers: LazyHeaders): Headers | [string, string][] {
    return headers.#genuine ?? pairsOf(visibleLines(headers.#fields));
  }

  /** Puts `genuine` behind `headers`: from now on they are one list. */
  static adopt(headers: LazyHeaders, genuine: Headers): void {
    headers.#genuine = genuine;
    headers.#sorted = null;
  }

  static genuine(this: void, headers: LazyHeaders): Headers {
    headers.#genuine ??= new NativeHeaders(LazyHeaders.init(headers));
    return headers.#genuine;
  }

  static sorted(headers: LazyHeaders): readonly Pair[] {
    if (headers.#genuine !== null) return [...headers.#genuine];
    headers.#sorted ??= sortedPairs(headers.#fields);
    return headers.#sorted;
  }

  get(name: string): string | null {
    if (this.#genuine !== null || typeof name !== "string") {
      return Reflect.apply(genuineMembers.get, LazyHeaders.genuine(this), arguments);
    }
    const value = visibleValue(this.#fields, name);
    // The genuine class throws for what is no token, in its own words.
    return value === null && !isToken(name) ? LazyHeaders.genuine(this).get(name) : value;
  }

  has(name: string): boolean {
    if (this.#genuine !== null || typeof name !== "string") {
      return Reflect.apply(genuineMembers.has, LazyHeaders.genuine(this), arguments);
    }
    const isThere = visibleValue(this.#fields, name) !== null;
    return isThere || isToken(name) ? isThere : LazyHeaders.genuine(this).has(name);
  }

  getSetCookie(): string[] {
    return LazyHeaders.genuine(this).getSetCookie();
  }

  append(_name: string, _value: string): void {
    Reflect.apply(genuineMembers.append, LazyHeaders.genuine(this), arguments);
  }

  set(_name: string, _value: string): void {
    Reflect.apply(genuineMembers.set, LazyHeaders.genuine(this), arguments);
  }

  delete(_name: string): void {
    Reflect.apply(genuineMembers.delete, LazyHeaders.genuine(this), arguments);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg: unknown = globalThis): void {
    if (typeof callback !== "function") {
      Reflect.apply(genuineMembers.forEach, LazyHeaders.genuine(this), arguments);
    }
    for (const [name, value] of this.entries()) callback.call(thisArg, value, name, this as unknown as Headers);
  }

  keys(): IterableIterator<string> {
    return iterate(this, (pair) => pair[0]);
  }

  values(): IterableIterator<string> {
    return iterate(this, (pair) => pair[1]);
  }

  entries(): IterableIterator<[string, string]> {
    return iterate(this, (pair) => [pair[0], pair[1]]);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

/** Counts positions in the sorted list and asks for the list at each step: as live as the standard wants it. */
class HeadersIterator<Item> {
  readonly #headers: LazyHeaders;
  readonly #item: (pair: Pair) => Item;
  #position = 0;

  constructor(headers: LazyHeaders, item: (pair: Pair) => Item) {
    this.#headers = headers;
    this.#item = item;
  }

  next(): IteratorResult<Item, undefined> {
    const pair = LazyHeaders.sorted(this.#headers)[this.#position];
    if (pair === undefined) return { value: undefined, done: true };
    this.#position += 1;
    return { value: this.#item(pair), done: false };
  }
}

function iterate<Item>(headers: LazyHeaders, item: (pair: Pair) => Item): IterableIterator<Item> {
  // The missing members come from the platform's iterator prototype, below.
  return new HeadersIterator(headers, item) as unknown as IterableIterator<Item>;
}

function pairsOf(lines: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < lines.length; i += 2) pairs.push([lines[i]!, lines[i + 1]!]);
  return pairs;
}

shapeLike(LazyHeaders, NativeHeaders, LazyHeaders.genuine);
Object.defineProperty(LazyHeaders.prototype, inspect.custom, {
  configurable: true,
  writable: true,
  value(this: LazyHeaders, depth: number, options: object): string {
    return genuineMembers[inspect.custom].call(LazyHeaders.genuine(this), depth, options);
  },
});
if (sortedHeadersSymbol !== undefined) {
  Object.defineProperty(LazyHeaders.prototype, sortedHeadersSymbol, {
    configurable: true,
    get(this: LazyHeaders): readonly Pair[] {
      return LazyHeaders.sorted(this);
    },
  });
}

const iteratorPrototype: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
Object.setPrototypeOf(HeadersIterator.prototype, iteratorPrototype);
Reflect.deleteProperty(HeadersIterator.prototype, "constructor");
Object.defineProperties(HeadersIterator.prototype, {
  next: { enumerable: true },
  [Symbol.toStringTag]: { configurable: true, value: "Headers Iterator" },
});
