// What does this Node's own fetch offer a look-alike? The genuine classes, and how far their insides can be forwarded.

/** The platform's classes, taken before anyone replaces the globals with light ones. */
export const NativeRequest: typeof Request = globalThis.Request;
export const NativeHeaders: typeof Headers = globalThis.Headers;
export const NativeResponse: typeof Response = globalThis.Response;

/**
 * The symbols under which a genuine Request keeps its insides: what `new Request(x)` and `fetch(x)` read from `x`.
 * Empty where they are private fields (Node 24 and later), which no other object can have.
 */
export const requestSymbols: readonly symbol[] = forwardableSymbols();

/** The one inside that `Headers.prototype.entries` and its kin read through a symbol (Node 20 and 22). */
export const sortedHeadersSymbol: symbol | undefined = Object.getOwnPropertySymbols(NativeHeaders.prototype).find(
  (symbol) => Object.getOwnPropertyDescriptor(NativeHeaders.prototype, symbol)?.get !== undefined,
);

/** Tries it instead of trusting a version number: an object with only the symbols must pass as a Request. */
function forwardableSymbols(): readonly symbol[] {
  const abort = new AbortController();
  const probe = new NativeRequest("http://localhost/", { signal: abort.signal });
  const symbols = Object.getOwnPropertySymbols(probe);
  const lookAlike: object = Object.create(NativeRequest.prototype);
  for (const symbol of symbols) Object.defineProperty(lookAlike, symbol, { value: Reflect.get(probe, symbol) });
  try {
    return new NativeRequest(lookAlike as Request).url === probe.url ? symbols : [];
  } catch {
    return [];
  }
}

/**
 * Makes `lazy` indistinguishable in shape from `native`: its prototype chain, its name, its `constructor`, and what a
 * `for … in` loop lists. Members of `native` that `lazy` does not define, which a later Node may add, are answered by
 * `genuine(instance)`.
 */
export function shapeLike<Lazy extends object>(
  lazy: { readonly prototype: Lazy },
  native: { readonly name: string; readonly prototype: object },
  genuine: (instance: Lazy) => object,
): void {
  Object.setPrototypeOf(lazy.prototype, native.prototype);
  Object.defineProperty(lazy, "name", { value: native.name });
  Reflect.deleteProperty(lazy.prototype, "constructor");
  for (const key of Object.getOwnPropertyNames(native.prototype)) {
    if (key === "constructor") continue;
    const theirs = Object.getOwnPropertyDescriptor(native.prototype, key)!;
    const ours = Object.getOwnPropertyDescriptor(lazy.prototype, key) ?? forwarding(key, theirs, genuine);
    Object.defineProperty(lazy.prototype, key, { ...ours, enumerable: theirs.enumerable === true });
  }
}

function forwarding<Lazy extends object>(
  key: string,
  theirs: PropertyDescriptor,
  genuine: (instance: Lazy) => object,
): PropertyDescriptor {
  if (theirs.get !== undefined) {
    return {
      configurable: true,
      get(this: Lazy): unknown {
        return Reflect.get(genuine(this), key);
      },
    };
  }
  const { value } = theirs as { value: unknown };
  if (typeof value !== "function") return theirs;
  return {
    configurable: true,
    writable: true,
    value(this: Lazy, ...args: unknown[]): unknown {
      return Reflect.apply(value, genuine(this), args);
    },
  };
}
