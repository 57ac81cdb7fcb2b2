// Who makes certificates? The seam between the manager, which knows when, and authorities, which know how.

import type { RenewalWindow } from "./renewal.ts";

/** What the manager wants. */
export interface IssueRequest {
  /** In the form of names.ts; at least one. */
  readonly names: readonly string[];
  /** The chain that this one replaces, for authorities that count renewals apart (RFC 9773 section 5). */
  readonly replaces: string | null;
  /** The key to use again, or `null` for a new one. */
  readonly keyPem: string | null;
  /** Stops the order between two steps. */
  readonly signal: AbortSignal;
}

/** A new pair, leaf first. */
export interface Issued {
  readonly chainPem: string;
  readonly keyPem: string;
}

/**
 * One authority. Calls may overlap for different names; the manager sees to it that one name has one order in the whole
 * fleet.
 */
export interface Issuer {
  /** Its folder in the store: certificates of one never count for another. */
  readonly id: string;
  /** For messages. */
  readonly label: string;
  /** The same authority's place for trials, where one is known (ops B17). */
  readonly rehearsal: Issuer | null;
  /**
   * Until when it wants no new order, in milliseconds since 1970; 0 when it takes one now.
   */
  quietUntil(): Promise<number>;
  /** @throws ServerError `ERR_CERTIFICATE`, or `ERR_STORE` when the store fails meanwhile */
  issue(request: IssueRequest): Promise<Issued>;
  /** When it wants this chain renewed, and when to ask again; `null` when it has no opinion. May reject. */
  renewalInfo(chainPem: string): Promise<RenewalAdvice | null>;
}

/** An answer of RFC 9773. */
export interface RenewalAdvice {
  readonly window: RenewalWindow;
  /** Milliseconds. */
  readonly retryAfterMs: number;
  /** Where a reason is given for people. */
  readonly explanationUrl: string | null;
}
