// What is a case of the kit: one thing that SPEC.md says of a host, and how to find out whether it holds.

import type { Level, Profile } from "../spec/registry.ts";
import type { Probe } from "./probe.ts";

/** One case, judged over real sockets. */
export interface Case {
  /** The statement, and the case of it: `H1/plus-sign`. Ids are stable; lists of deviations name them. */
  readonly id: string;
  /** One sentence: what a host that passes does. */
  readonly says: string;
  /** Default `MUST`. */
  readonly level?: Level;
  /** Default `core`. */
  readonly profile?: Profile;
  /** `context`: only a host that gives FSGI's second argument can be asked. */
  readonly needs?: "context";
  /** Rejects, with a sentence about what was seen, when the host does otherwise. */
  check(probe: Probe): Promise<void>;
}

/** What has to follow when the octets of a raw case were sent. The handler is never called for a path `…/smuggled`. */
export interface Expectation {
  /** Statuses that may answer. Absent: any. `400` stands for itself, `4` for 400 to 499. */
  readonly status?: readonly number[];
  /** The host may also close without an answer. Default false. */
  readonly orClosed?: boolean;
  /** `never`: no request of this case reaches the handler. Absent: as the host likes. */
  readonly dispatched?: "never";
  /** The connection ends, and nothing more is sent on it. */
  readonly closed?: boolean;
  /** The next request on the connection is answered 200, or the connection has ended. */
  readonly next?: boolean;
  /** The body of the answer. */
  readonly text?: string;
}

/**
 * A case that is nothing but octets, and so can be used by other kits and other languages.
 *
 * `bytes` is latin-1, one string for each segment. `{tag}` stands for the five octets of the case's tag.
 */
export interface RawCase extends Omit<Case, "check"> {
  readonly bytes: string | readonly string[];
  readonly expect: Expectation;
}
