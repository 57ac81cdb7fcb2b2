// Is SPEC.md what the registry, the linter and the tests say, and can it be trusted as a text?

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { RULES, ruleOf } from "../../src/spec/registry.ts";
import { DEVIATIONS } from "../support/clause.ts";
import { mentions, proofs, testMentions, unproved } from "./evidence.ts";
import { currentSpec, SPEC_FILE } from "./spec-text.ts";

const TEXT = readFileSync(SPEC_FILE, "utf8");
const PROSE = TEXT.replaceAll(/```ts\n[\s\S]*?```/gu, "").replace(/<!-- index -->[\s\S]*?<!-- end -->/u, "");

function isKnown(id: string): boolean {
  return RULES.some((rule) => rule.id === id);
}

describe("SPEC.md", () => {
  it("has the statements and the index of today (else: npm run spec)", () => {
    assert.equal(TEXT, currentSpec(TEXT));
  });

  it("would not pass with a statement that somebody edited by hand", () => {
    const edited = TEXT.replace("MUST call a handler with exactly two", "MUST call a handler with two");

    assert.notEqual(edited, TEXT);
    assert.equal(currentSpec(edited), TEXT);
  });

  it("lists every statement once", () => {
    for (const { id } of RULES) assert.equal(TEXT.split(`\n**${id}**`).length, 2, id);
  });

  it("obliges nobody outside of a statement", () => {
    const outside = PROSE.replaceAll(/<!-- statements: \w+ -->[\s\S]*?<!-- end -->/gu, "").replace(
      "MUST, MUST NOT, SHOULD, SHOULD NOT and MAY mean what RFC 2119",
      "",
    );

    assert.deepEqual(outside.match(/.*\b(?:MUST|SHOULD|MAY|SHALL|REQUIRED|RECOMMENDED|OPTIONAL)\b.*/gu), null);
  });

  it("names no statement that it does not have", () => {
    const named = PROSE.match(/\b[THADM]\d+\b/gu) ?? [];

    assert.ok(named.length > RULES.length);
    assert.deepEqual(
      named.filter((id) => !isKnown(id)),
      [],
    );
  });

  it("is read in fifteen minutes, at 300 words a minute", () => {
    const words = PROSE.split(/\s+/u).filter((word) => /\w/u.test(word)).length;

    assert.ok(words > 3_000 && words < 4_500, `${words} words`);
  });

  it("takes every source to be somewhere a reader can look", () => {
    for (const { id, sources } of RULES) assert.ok(sources.length > 0 && sources.every((source) => source !== ""), id);
  });
});

describe("the proofs", () => {
  it("name no statement that SPEC.md does not have", () => {
    const strangers = mentions().filter(({ id }) => !isKnown(id));

    assert.deepEqual(strangers, []);
  });

  it("leave no statement of a claimed profile without a lint rule or a test", () => {
    assert.deepEqual(unproved(), []);
  });

  it("are missed when they go", () => {
    const without = proofs(mentions().filter(({ id }) => id !== "H35"));

    assert.ok(unproved(without).some(({ id }) => id === "H35"));
  });

  it("are found in titles, in rows and in types, and A and D only where they mean SPEC.md", () => {
    // Written so that this file itself proves nothing.
    const text = [
      'clause~"H1/padded", "a sentence", async () => {});',
      "it~`H2, H3: two at once`, () => {});",
      'it~"A1: mine or theirs", () => {});',
      '  { name: "x", id~: "A5" },',
      "// T1: a type",
      'it~"is about H4 and proves nothing of it", () => {});',
    ]
      .join("\n")
      .replace("id~:", "id:")
      .replaceAll("~", "(");
    const idsOf = (file: string): string[] => testMentions(file, text).map(({ id }) => id);

    assert.deepEqual(idsOf("test/host/x.test.ts").sort(), ["A1", "A5", "H1", "H2", "H3"]);
    assert.deepEqual(idsOf("test/static/x.test.ts").sort(), ["H1", "H2", "H3"]);
    assert.ok(idsOf("test/types/x.ts").includes("T1"));
  });

  it("H56: the deviations each belong to a statement, and say why and how it fails", () => {
    for (const { id, engine, reason, expect } of DEVIATIONS) {
      assert.doesNotThrow(() => ruleOf(id), id);
      for (const text of [engine, reason, expect]) assert.ok(text.length > 0, id);
    }
  });
});
