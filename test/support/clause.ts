// Runs one clause of SPEC.md on every engine, and holds known gaps to exactly what deviations.json says of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { ENGINES, type EngineName } from "./engines.ts";

export interface Deviation {
  /** The id of the test, as given to `clause`, or of a case of the kit. */
  readonly id: string;
  /** An engine, or `to-node`. */
  readonly engine: string;
  /** Why the engine cannot, for the reader of the list. */
  readonly reason: string;
  /** A part of the message with which the test has to fail. */
  readonly expect: string;
}

export const DEVIATIONS = JSON.parse(
  readFileSync(new URL("../../deviations.json", import.meta.url), "utf8"),
) as readonly Deviation[];

/**
 * Registers `id: sentence` for each engine. `id` is a clause, `H24`, or a clause and the part of it that is tested,
 * `H24/trailers`, which only the deviation list shows.
 *
 * A listed deviation is run too: it must fail, and for the reason listed. One that passes fails the run.
 */
export function clause(id: string, sentence: string, check: (engine: EngineName) => Promise<void>): void {
  for (const engine of ENGINES) {
    const deviation = DEVIATIONS.find((known) => known.id === id && known.engine === engine);
    const name = `${id.split("/", 1)[0]}: ${sentence} [${engine}]`;
    if (deviation === undefined) it(name, () => check(engine));
    else it(`${name}, a known gap`, () => assertFails(deviation, () => check(engine)));
  }
}

async function assertFails(deviation: Deviation, check: () => Promise<void>): Promise<void> {
  let failure: unknown = null;
  try {
    await check();
  } catch (error) {
    failure = error;
  }
  assert.ok(failure instanceof Error, `${deviation.id} passes on ${deviation.engine}: take it off deviations.json`);
  assert.ok(
    failure.message.includes(deviation.expect),
    `${deviation.id} fails on ${deviation.engine} in another way than listed: ${failure.message}`,
  );
}
