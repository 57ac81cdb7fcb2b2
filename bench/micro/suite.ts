// What is a micro-benchmark here? A few ways to do one thing, timed one after the other in one process.

export interface MicroSuite {
  readonly title: string;
  /** Name and one execution. The result is kept by the caller, so that the work cannot be optimised away. */
  readonly cases: Readonly<Record<string, () => unknown>>;
}
