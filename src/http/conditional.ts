// Does a precondition change the answer? Pure evaluation in the order of RFC 9110 section 13.2.2.

import { parseEntityTags, strongMatch, weakMatch } from "./etag.ts";
import { parseHttpDate } from "./http-date.ts";

/** What is known of the representation that would be sent. */
export interface Validators {
  /** As on the wire, quotes included; `null` when there is none. */
  readonly etag: string | null;
  /** Unix milliseconds of a whole second; `null` when there is none. */
  readonly lastModifiedMs: number | null;
}

/** The four fields as received; `null` when absent. */
export interface Preconditions {
  readonly ifMatch: string | null;
  readonly ifUnmodifiedSince: string | null;
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
}

/** `"failed"` is status 412, `"not-modified"` is 304. */
export type PreconditionResult = "proceed" | "not-modified" | "failed";

/**
 * Evaluates the preconditions of a request whose answer would otherwise be 2xx. For any other answer do not call it (A5).
 *
 * `nowMs` is only used to place two-digit years.
 */
export function evaluatePreconditions(
  method: string,
  preconditions: Preconditions,
  validators: Validators,
  nowMs: number,
): PreconditionResult {
  const { ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince } = preconditions;
  const isRead = method === "GET" || method === "HEAD";

  if (ifMatch !== null) {
    if (!namesTag(ifMatch, validators.etag, strongMatch)) return "failed";
  } else if (ifUnmodifiedSince !== null && isUnmodified(ifUnmodifiedSince, validators, nowMs) === false) {
    return "failed";
  }

  if (ifNoneMatch !== null) {
    if (!namesTag(ifNoneMatch, validators.etag, weakMatch)) return "proceed";
    return isRead ? "not-modified" : "failed";
  }
  if (isRead && ifModifiedSince !== null && isUnmodified(ifModifiedSince, validators, nowMs) === true) {
    return "not-modified";
  }
  return "proceed";
}

/**
 * True when `If-Range` lets the `Range` field count: it is absent, or names exactly this representation (A16).
 *
 * A weak tag, another date (a later one too) or bad syntax means the whole representation is sent.
 */
export function isRangeCurrent(ifRange: string | null, validators: Validators, nowMs: number): boolean {
  if (ifRange === null) return true;
  if (validators.etag !== null && strongMatch(ifRange, validators.etag)) return true;
  return validators.lastModifiedMs !== null && parseHttpDate(ifRange, nowMs) === validators.lastModifiedMs;
}

function namesTag(field: string, etag: string | null, match: (left: string, right: string) => boolean): boolean {
  // What a browser repeats is what it was given: nothing has to be taken apart.
  if (field === etag) return match(field, etag);
  const tags = parseEntityTags(field);
  if (tags === "*") return true;
  return etag !== null && tags !== null && tags.some((tag) => match(tag, etag));
}

/** `null` when the field has to be ignored: no date in it, or no date to compare with. */
function isUnmodified(since: string, { lastModifiedMs }: Validators, nowMs: number): boolean | null {
  if (lastModifiedMs === null) return null;
  const sinceMs = parseHttpDate(since, nowMs);
  return sinceMs === null ? null : lastModifiedMs <= sinceMs;
}
