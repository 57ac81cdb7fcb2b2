// What a run of the kit found, as values: cases, statements and whether the claim holds.

import type { AssertionError } from "node:assert";
import type { Level, Profile } from "../spec/registry.ts";
import type { Case } from "./case.ts";
import { UNJUDGED } from "./cases.ts";
import type { Deviation } from "./deviations.ts";

/**
 * - `pass`: the host does what the statement says.
 * - `fail`: it does not, and no deviation is listed; or it fails in another way than listed.
 * - `deviation`: it does not, as listed.
 * - `unexpected-pass`: a deviation is listed, and the case passes: the list is out of date.
 * - `skip`: not judged; `detail` says why.
 */
export type Outcome = "pass" | "fail" | "deviation" | "unexpected-pass" | "skip";

export interface JudgedCase {
  readonly id: string;
  /** `H24` of `H24/legal`. */
  readonly statement: string;
  readonly says: string;
  readonly level: Level;
  readonly profile: Profile;
  readonly outcome: Outcome;
  /** What was seen, why it was skipped, or the reason of a deviation; `null` for a pass. */
  readonly detail: string | null;
  /** What was seen of a deviation. */
  readonly seen?: string;
  readonly durationMs: number;
}

export interface StatementVerdict {
  readonly id: string;
  readonly passed: number;
  readonly failed: number;
  readonly deviations: number;
  readonly skipped: number;
}

export interface Report {
  readonly format: 1;
  /** `host` or `adapter`. */
  readonly kind: "host" | "adapter";
  /** What was judged, as the user names it. */
  readonly subject: string;
  /** Runtime that the fixture ran on, such as `Node 20.20.2`. */
  readonly runtime: string;
  readonly date: string;
  readonly durationMs: number;
  readonly claimed: readonly Profile[];
  /** Profiles that were not claimed, or for which the kit has no case. */
  readonly unclaimed: readonly Profile[];
  readonly cases: readonly JudgedCase[];
  readonly statements: readonly StatementVerdict[];
  /** Rows of the list of deviations that name no case of the kit. */
  readonly unknownDeviations: readonly string[];
  /** No MUST fails unlisted and no listed case passes. With `strict`, no case of any level fails unlisted. */
  readonly conforms: boolean;
}

/** A judgement without what belongs to the case. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly detail: string | null;
  readonly seen?: string;
}

/** `failure` is what a case rejected with, or `null`; `deviation` the row about it. */
export function verdictOf(failure: unknown, deviation: Deviation | undefined): Verdict {
  const seen = failure === null ? null : sentence(failure);
  if (deviation === undefined) return { outcome: seen === null ? "pass" : "fail", detail: seen };
  if (seen === null) {
    return { outcome: "unexpected-pass", detail: "listed as a deviation, and it passes: take it off the list" };
  }
  if (deviation.expect !== undefined && !seen.includes(deviation.expect)) {
    return { outcome: "fail", detail: `fails in another way than listed: ${seen}` };
  }
  return { outcome: "deviation", detail: deviation.reason, seen };
}

/** One line, the same on every version of Node. */
function sentence(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const [first = ""] = failure.message.split("\n");
  const { actual, expected, generatedMessage, operator } = failure as Partial<AssertionError>;
  if (operator === undefined || !/^(?:deepS|s)trictEqual$/.test(operator)) return shortened(first);
  const values = `got ${shown(actual)}, expected ${shown(expected)}`;
  return shortened(generatedMessage === true ? values : `${first}: ${values}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

export function judged(about: Omit<Case, "check" | "needs">, verdict: Verdict, durationMs: number): JudgedCase {
  return {
    id: about.id,
    statement: about.id.split("/", 1)[0] ?? about.id,
    says: about.says,
    level: about.level ?? "MUST",
    profile: about.profile ?? "core",
    ...verdict,
    durationMs: Math.round(durationMs),
  };
}

/** Verdicts by statement, in the order of their numbers. */
export function statementsOf(cases: readonly JudgedCase[]): StatementVerdict[] {
  const ids = [...new Set(cases.map(({ statement }) => statement))];
  const count = (id: string, ...outcomes: Outcome[]): number =>
    cases.filter(({ statement, outcome }) => statement === id && outcomes.includes(outcome)).length;
  return ids.toSorted(byStatement).map((id) => ({
    id,
    passed: count(id, "pass"),
    failed: count(id, "fail", "unexpected-pass"),
    deviations: count(id, "deviation"),
    skipped: count(id, "skip"),
  }));
}

/** `H9` before `H10`, and letters in the order T, H, A, D, M of SPEC.md. */
export function byStatement(one: string, other: string): number {
  const key = (id: string): number => "THADM".indexOf(id.charAt(0)) * 1_000 + Number(/\d+/.exec(id)?.[0] ?? 0);
  return key(one) - key(other) || one.localeCompare(other);
}

export function isConforming(cases: readonly JudgedCase[], strict: boolean): boolean {
  return cases.every(({ outcome, level }) => {
    if (outcome === "unexpected-pass") return false;
    return outcome !== "fail" || (level !== "MUST" && !strict);
  });
}

/** One skipped entry for each statement of a profile that is not claimed or that there is no case for. */
export function unjudged(claimed: readonly Profile[], covered: ReadonlySet<string>): JudgedCase[] {
  return (Object.entries(UNJUDGED) as [Profile, readonly string[]][]).flatMap(([profile, statements]) =>
    statements
      .filter((id) => !covered.has(id))
      .map((id) => {
        const detail = claimed.includes(profile)
          ? `this version of the kit has no case for the profile "${profile}"`
          : `the profile "${profile}" is not claimed`;
        const about = { id, says: `the statements of the profile "${profile}"`, profile };
        return judged(about, { outcome: "skip", detail }, 0);
      }),
  );
}
