// Which answer does a variant give to this head? Pure: facts and fields in, status, fields and bytes out.

import { evaluatePreconditions, isRangeCurrent } from "../http/conditional.ts";
import type { ByteRange, RangeResult } from "../http/range.ts";
import { formatUnsatisfiedRange, parseRanges } from "../http/range.ts";
import type { RequestHead } from "../engine/engine.ts";
import type { VariantFacts } from "./entry.ts";

/**
 * `ranges` is empty for the whole file. The fields of a 206 are those of the whole: the sender adds what says which part it is. The
 * fields of a refusal (412, 416) are what it adds to any refusal's.
 */
export type Decision =
  | { readonly status: 200; readonly fields: readonly string[]; readonly ranges: readonly [] }
  | { readonly status: 206; readonly fields: readonly string[]; readonly ranges: readonly ByteRange[] }
  | { readonly status: 304; readonly fields: readonly string[] }
  | { readonly status: 412 | 416; readonly fields: readonly string[] };

/** What may be asked of a variant. */
export interface Answerable {
  /** Preconditions count. */
  readonly conditional: boolean;
  /** Ranges count. */
  readonly ranges: boolean;
}

const EVERYTHING: Answerable = { conditional: true, ranges: true };

/**
 * Answers a GET or HEAD for a file that exists, in the order of RFC 9110 section 13.2.2 (A1).
 *
 * Ranges count for GET only (A17). The caller leaves the body of HEAD out.
 */
export function decide(
  facts: VariantFacts,
  head: Pick<RequestHead, "method" | "field" | "isConditional">,
  nowMs: number,
  answerable: Answerable = EVERYTHING,
): Decision {
  if (!head.isConditional) return { status: 200, fields: facts.fields, ranges: [] };

  if (answerable.conditional) {
    if (isHeld(facts, head)) return { status: 304, fields: facts.notModifiedFields };
    const preconditions = {
      ifMatch: head.field("if-match"),
      ifUnmodifiedSince: head.field("if-unmodified-since"),
      ifNoneMatch: head.field("if-none-match"),
      ifModifiedSince: head.field("if-modified-since"),
    };
    const result = evaluatePreconditions(head.method, preconditions, facts, nowMs);
    if (result === "failed") return { status: 412, fields: [] };
    if (result === "not-modified") return { status: 304, fields: facts.notModifiedFields };
  }

  const ranges = answerable.ranges ? requestedRanges(facts, head, nowMs) : "ignore";
  if (ranges === "ignore") return { status: 200, fields: facts.fields, ranges: [] };
  if (ranges === "unsatisfiable") {
    const extent = formatUnsatisfiedRange(facts.sizeBytes);
    return { status: 416, fields: ["content-range", extent, "accept-ranges", "bytes"] };
  }
  return { status: 206, fields: facts.fields, ranges };
}

/** What most conditional requests are: a browser repeats the tag that it was given, and asks nothing that comes before it. */
function isHeld({ etag }: VariantFacts, head: Pick<RequestHead, "field">): boolean {
  if (etag === null || head.field("if-none-match") !== etag) return false;
  return head.field("if-match") === null && head.field("if-unmodified-since") === null;
}

function requestedRanges(facts: VariantFacts, head: Pick<RequestHead, "method" | "field">, nowMs: number): RangeResult {
  const field = head.method === "GET" ? head.field("range") : null;
  if (field === null || !isRangeCurrent(head.field("if-range"), facts, nowMs)) return "ignore";
  return parseRanges(field, facts.sizeBytes);
}
