// Is the list of known gaps still about tests that exist?

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { CASES } from "../../src/conformance/cases.ts";
import { DEVIATIONS } from "../support/clause.ts";

describe("deviations.json", () => {
  it("names tests that exist, each once for an engine", () => {
    const folders = ["./", "../host/"].map((path) => new URL(path, import.meta.url));
    const source = folders
      .flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => name.endsWith(".ts"))
          .map((name) => readFileSync(new URL(name, folder), "utf8")),
      )
      .join("");
    const clauses = Array.from(source.matchAll(/clause\(\s*"([^"]+)"/g), (match) => match[1]);
    const ids = new Set([...clauses, ...CASES.map(({ id }) => id)]);
    const keys = DEVIATIONS.map(({ id, engine }) => `${id} ${engine}`);

    assert.deepEqual(
      DEVIATIONS.filter(({ id }) => !ids.has(id)),
      [],
    );
    assert.equal(new Set(keys).size, keys.length);
  });

  it("gives a reason and the way of failing for each", () => {
    for (const { id, reason, expect } of DEVIATIONS) assert.ok(reason.length > 20 && expect.length > 1, id);
  });
});
