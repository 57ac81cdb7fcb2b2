// Promises of a maker who does not keep to what a Promise promises.

export type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** An object with this `then`. */
export function thenable(then: Then): PromiseLike<never> {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  return { then } as unknown as PromiseLike<never>;
}
