// Which statements does the contract have? All of them, in the order of SPEC.md.

import { adapterRules } from "./adapter.ts";
import { bodyRules } from "./body.ts";
import { shapeRules } from "./shape.ts";
import { requestRules } from "./request.ts";
import { exchangeRules } from "./exchange.ts";
import { handlerRules } from "./handler.ts";
import { middlewareRules } from "./middleware.ts";
import { profilesRules } from "./profiles.ts";
import { responseRules } from "./response.ts";
import type { Rule } from "./rule.ts";

export { PROFILES } from "./rule.ts";
export type { Level, Party, Profile, Rule, RuleId, Section } from "./rule.ts";

/** The statements of FSGI version 1. */
export const RULES: readonly Rule[] = [
  ...shapeRules,
  ...requestRules,
  ...bodyRules,
  ...responseRules,
  ...exchangeRules,
  ...profilesRules,
  ...handlerRules,
  ...adapterRules,
  ...middlewareRules,
];

const byId: ReadonlyMap<string, Rule> = new Map(RULES.map((entry) => [entry.id, entry]));

/** The statement with this id. A part, as in `H35/stream`, belongs to its statement. @throws RangeError for an unknown id */
export function ruleOf(id: string): Rule {
  const found = byId.get(id.split("/", 1)[0]!);
  if (found === undefined) throw new RangeError(`SPEC.md has no statement "${id}".`);
  return found;
}
