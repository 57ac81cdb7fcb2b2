// What does the linter do with what it finds? Throw it, tell it or keep it, with the id of the statement.

import { ServerError } from "../errors.ts";
import { type Party, ruleOf, type RuleId } from "../spec/registry.ts";

/** One breach of one statement. */
export interface Violation {
  /** The statement of SPEC.md. */
  readonly id: RuleId;
  /** Who broke it. `middleware` is what stands between two linters. */
  readonly party: Party;
  readonly level: "must" | "should";
  /** What was seen, with the value. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** The label of the linter that saw it. */
  readonly label: string;
  /** `GET /path`, or `null` outside of a request. */
  readonly request: string | null;
}

export interface LintOptions {
  /**
   * What becomes of a violation. Default `throw`.
   *
   * `throw`: a MUST is thrown where the party that broke it can see it, into a call, a result or a stream; what is found
   * when nobody is there to catch it, and every SHOULD, is told. `report`: all is told, nothing is thrown. `collect`:
   * all is kept for `violationsOf()`.
   */
  readonly mode?: "throw" | "report" | "collect";
  /** Whose duties are checked: those of the caller (`host`), of the handler, or of both. Default `both`. */
  readonly side?: "both" | "host" | "handler";
  /** `must` leaves out what is only advised. Default `should`, which is everything. */
  readonly level?: "must" | "should";
  /** Names this linter in reports, where several are nested. */
  readonly label?: string;
  /** Hears of what is told. By default it becomes a process warning of the type `FsgiViolation`. Must not throw. */
  onViolation?(violation: Violation): void;
}

/** What a check says. */
export interface Finding {
  readonly id: RuleId;
  readonly party: Party;
  /** Whose duty it was as seen from the linter: the caller's or the handler's. */
  readonly side: "host" | "handler";
  readonly message: string;
  readonly advice: string;
  /** Weaker than the statement where the check is a guess. */
  readonly level?: "should";
}

/** Where the findings of one linter go. */
export class Recorder {
  readonly kept: Violation[] = [];
  readonly #options: LintOptions;

  constructor(options: LintOptions) {
    this.#options = options;
  }

  /**
   * Takes a finding. @throws ServerError `ERR_CONTRACT_VIOLATED` with the violation as cause, in the mode `throw`, unless
   * it is `isLate`: found where nobody could catch it.
   */
  take(finding: Finding, request: string | null, isLate: boolean): void {
    const { mode = "throw", side = "both", level = "should", label = "" } = this.#options;
    const isMust = finding.level === undefined && ruleOf(finding.id).level === "MUST";
    if ((side !== "both" && side !== finding.side) || (level === "must" && !isMust)) return;
    const { id, party, message, advice } = finding;
    const violation: Violation = { id, party, level: isMust ? "must" : "should", message, advice, label, request };
    if (mode === "collect") this.kept.push(violation);
    else if (mode === "throw" && isMust && !isLate) throw errorFor(violation);
    else this.#tell(violation);
  }

  /** Runs checks. Unless what is found has to be thrown, nothing they throw reaches the one who is watched. */
  check(checks: () => void): void {
    if ((this.#options.mode ?? "throw") === "throw") return checks();
    try {
      checks();
    } catch (error) {
      process.emitWarning(`The linter itself failed: ${String(error)}`, { type: "FsgiViolation" });
    }
  }

  #tell(violation: Violation): void {
    if (this.#options.onViolation !== undefined) this.#options.onViolation(violation);
    else process.emitWarning(describeViolation(violation), { type: "FsgiViolation", code: violation.id });
  }
}

/** One line: where, who, what, and what to do. */
export function describeViolation({ id, party, message, advice, label, request }: Violation): string {
  const place = [label, request].filter((part) => part !== "" && part !== null).join(", ");
  return `${id} (${party}${place === "" ? "" : `; ${place}`}): ${message} ${advice}`;
}

/**
 * Lets each violation pass once for its statement and place, so that a route that is called a thousand times is told of
 * once. `limit` bounds the memory: after so many different ones nothing passes any more. Default 500.
 */
export function onceEach(tell: (violation: Violation) => void, limit: number = 500): (violation: Violation) => void {
  const told = new Set<string>();
  return (violation) => {
    const key = `${violation.id} ${violation.party} ${violation.label} ${violation.request}`;
    if (told.has(key) || told.size >= limit) return;
    told.add(key);
    tell(violation);
  };
}

function errorFor(violation: Violation): ServerError {
  return new ServerError("ERR_CONTRACT_VIOLATED", describeViolation(violation), { cause: violation });
}
