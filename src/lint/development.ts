// The linter as `serve()` runs it during development: it tells, once for each place, and never gets in the way.

import type { App } from "../contract.ts";
import { describeViolation, lint, onceEach, type Violation } from "../lint.ts";

/** The native entry of an app of our own adapters: what it calls is no handler, and there is nothing to watch. */
const NATIVE: unique symbol = Symbol.for("easyserver.native") as never;

/** Says a violation to people, with what can be searched for beside it. Its own failures are contained. */
export type Tell = (facts: { readonly statement: string; readonly party: string }, sentence: string) => void;

/** `app`, watched. Gives it back as it is where watching would mean to serve it in another way than in production. */
export function lintForDevelopment(app: App, tell: Tell): App {
  if (NATIVE in app) return app;
  const onViolation = onceEach((violation: Violation) => {
    const { id, party, level } = violation;
    const prefix = level === "must" ? "The contract is broken" : "A recommendation is not followed";
    try {
      tell(
        { statement: id, party },
        `${prefix}: ${describeViolation(violation)} (SPEC.md, ${id}; --no-lint turns this off)`,
      );
    } catch {
      // A logger that fails is told of elsewhere; the request must not notice.
    }
  });
  return lint(app, { mode: "report", onViolation });
}
