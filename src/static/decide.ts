// Which answer does a found file give to this head? Pure: facts and fields in, status, fields and bytes out.

import { evaluatePreconditions, isRangeCurrent } from "../http/conditional.ts";
import type { ByteRange } from "../http/range.ts";
import { formatContentRange, formatUnsatisfiedRange, parseRange } from "../http/range.ts";
import type { RequestHead } from "../engine/engine.ts";
import type { EntryFacts } from "./entry.ts";

/** `range` is `null` for the whole file. The fields of a refusal (412, 416) are what it adds to any refusal's. */
export type Decision =
  | { readonly status: 200; readonly fields: readonly string[]; readonly range: null }
  | { readonly status: 206; readonly fields: readonly string[]; readonly range: ByteRange }
  | { readonly status: 304; readonly fields: readonly string[] }
  | { readonly status: 412 | 416; readonly fields: readonly string[] };

/**
 * Answers a GET or HEAD for a file that exists, in the order of RFC 9110 section 13.2.2 (A1).
 *
 * Ranges count for GET only (A17), one at a time: a request for several gets the whole file. The caller leaves the body
 * of HEAD out.
 */
export function decide(
  facts: EntryFacts,
  head: Pick<RequestHead, "method" | "fields" | "field">,
  nowMs: number,
): Decision {
  if (!hasConditions(head.fields)) return { status: 200, fields: facts.fields, range: null };

  const preconditions = {
    ifMatch: head.field("if-match"),
    ifUnmodifiedSince: head.field("if-unmodified-since"),
    ifNoneMatch: head.field("if-none-match"),
    ifModifiedSince: head.field("if-modified-since"),
  };
  const result = evaluatePreconditions(head.method, preconditions, facts, nowMs);
  if (result === "failed") return { status: 412, fields: [] };
  if (result === "not-modified") return { status: 304, fields: facts.notModifiedFields };

  const range = requestedRange(facts, head, nowMs);
  if (range === "ignore") return { status: 200, fields: facts.fields, range: null };
  if (range === "unsatisfiable") {
    const extent = formatUnsatisfiedRange(facts.sizeBytes);
    return { status: 416, fields: ["content-range", extent, "accept-ranges", "bytes"] };
  }
  const extent = formatContentRange(range, facts.sizeBytes);
  return { status: 206, fields: [...facts.fields, "content-range", extent], range };
}

function requestedRange(
  facts: EntryFacts,
  head: Pick<RequestHead, "method" | "field">,
  nowMs: number,
): ReturnType<typeof parseRange> {
  const field = head.method === "GET" ? head.field("range") : null;
  if (field === null || !isRangeCurrent(head.field("if-range"), facts, nowMs)) return "ignore";
  return parseRange(field, facts.sizeBytes);
}

// Most requests carry none of the six fields: one look at the names is cheaper than six look-ups.
function hasConditions(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    if (name === "range" || name?.startsWith("if-") === true) return true;
  }
  return false;
}
