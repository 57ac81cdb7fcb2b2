// What is a statement of SPEC.md? One checkable duty with a stable id, which linter, kit and text share.

/** `MUST` and `SHOULD` as in RFC 2119, prohibitions included. */
export type Level = "MUST" | "SHOULD" | "MAY";

/** Who owes it. `contract`: whoever takes part. */
export type Party = "contract" | "host" | "handler" | "adapter" | "middleware";

/** What a host claims: everybody `core`, the rest as it can. */
export type Profile = "core" | "stream" | "file" | "websocket" | "informational" | "trailers" | "node-upgrade";

export const PROFILES: readonly Profile[] = [
  "core",
  "stream",
  "file",
  "websocket",
  "informational",
  "trailers",
  "node-upgrade",
];

/** The chapters of SPEC.md that list statements. */
export type Section =
  | "shape"
  | "request"
  | "body"
  | "response"
  | "exchange"
  | "profiles"
  | "handler"
  | "adapter"
  | "middleware";

/** `H35`. Ids are never given to another statement; a retired one stays retired. */
export type RuleId = `${"T" | "H" | "A" | "D" | "M"}${number}`;

export interface Rule {
  readonly id: RuleId;
  /** The level of the statement as a whole; its text may contain weaker and stronger sentences. */
  readonly level: Level;
  readonly party: Party;
  readonly profile: Profile;
  readonly section: Section;
  /** One line, for reports. */
  readonly title: string;
  /** The normative text, as SPEC.md prints it. */
  readonly text: string;
  /** Where the duty comes from. */
  readonly sources: readonly string[];
}

/** One statement. */
export function rule(id: RuleId, parts: Omit<Rule, "id">): Rule {
  return Object.freeze({ id, ...parts });
}
