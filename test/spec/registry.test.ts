// Which statements are there, and can a report rely on their ids?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROFILES, RULES, ruleOf } from "../../src/spec/registry.ts";

describe("the statements", () => {
  it("have the ids that version 1 gave them, each once and without a gap", () => {
    const counts = { T: 6, H: 66, A: 10, D: 10, M: 8 };
    const expected = Object.entries(counts).flatMap(([family, count]) =>
      Array.from({ length: count }, (_, index) => `${family}${index + 1}`),
    );

    assert.deepEqual(
      RULES.map(({ id }) => id),
      expected,
    );
  });

  it("say in capitals what their level is", () => {
    for (const { id, level, text } of RULES) assert.match(text, new RegExp(`\\b${level}\\b`, "u"), id);
  });

  it("have a title of one line that fits a report", () => {
    for (const { id, title } of RULES) assert.ok(title.length <= 64 && !/\.$|\n/u.test(title), `${id}: ${title}`);
  });

  it("belong to a profile that a host can claim", () => {
    for (const { id, profile } of RULES) assert.ok(PROFILES.includes(profile), id);
  });

  it("are found by their id, and by the id of a part", () => {
    assert.equal(ruleOf("H35").title, "HEAD runs the handler and sends no body");
    assert.equal(ruleOf("H35/stream"), ruleOf("H35"));
  });

  it("are not invented for an id that is not there", () => {
    assert.throws(() => ruleOf("H67"), { name: "RangeError", message: /no statement "H67"/u });
  });
});
