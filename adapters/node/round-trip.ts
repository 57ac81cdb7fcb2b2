// What was this made from? Adapting there and back again gives the original (clause D1).

const origins = new WeakMap<object, object>();

/** Notes that `made` was adapted from `origin`. */
export function remember(made: object, origin: object): void {
  origins.set(made, origin);
}

/** What `made` was adapted from, if it was made here. */
export function originOf(made: object): object | undefined {
  return origins.get(made);
}
