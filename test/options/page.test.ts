// Is the table of docs/options.md the one that the declaration makes?

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { optionTable, withOptionTable } from "../../src/cli/options-page.ts";
import { listedSettings } from "../../src/options/listing.ts";

const PAGE = new URL("../../docs/options.md", import.meta.url);

describe("the option table", () => {
  it("is up to date in docs/options.md: npm run options writes it", () => {
    const text = readFileSync(PAGE, "utf8");

    assert.equal(withOptionTable(text), text);
  });

  it("has a row of four cells for each setting", () => {
    const [, , ...rows] = optionTable().split("\n");
    const settings = listedSettings();

    assert.equal(rows.length, settings.length);
    for (const [index, row] of rows.entries()) {
      assert.equal(row.split(/(?<!\\)\|/).length, 6, row);
      assert.ok(row.includes(`\`${settings[index]?.isForFiles ? settings[index].name : settings[index]?.flag}\``), row);
    }
  });

  it("replaces only what stands between the marks", () => {
    const text = "before\n<!-- options:start -->\nold\n<!-- options:end -->\nafter\n";
    const rewritten = withOptionTable(text) ?? "";

    assert.ok(rewritten.startsWith("before\n<!-- options:start -->\n\n| setting |"));
    assert.ok(rewritten.endsWith("|\n\n<!-- options:end -->\nafter\n"));
    assert.equal(withOptionTable(rewritten), rewritten);
    assert.equal(withOptionTable("no marks"), null);
  });
});
