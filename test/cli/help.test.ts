// What does the help say?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fullHelp, shortHelp } from "../../src/cli/help.ts";
import { parseArguments } from "../../src/cli/arguments.ts";
import { listedSettings } from "../../src/options/listing.ts";

const help = fullHelp();
const flags = listedSettings().filter((setting) => setting.flag !== null);

/** The part of the help about one flag, joined to one line. */
function entryOf(flag: string): string {
  const lines = help.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^  (-\\w, )?(${flag}|--no-${flag.slice(2)})( |$)`).test(line));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("      "));
  return lines
    .slice(start, end)
    .map((line) => line.trim())
    .join(" ");
}

describe("the help", () => {
  it("D9: is at most 80 columns wide", () => {
    for (const line of help.split("\n")) assert.ok(line.length <= 80, line);
  });

  it("D9: starts with the usage and two examples that parse", () => {
    const lines = help.split("\n");
    const examples = lines.filter((line) => line.startsWith("  easyserver "));

    assert.match(lines[0] ?? "", /^Usage: easyserver \[app\]/);
    assert.equal(lines[2], "Examples:");
    assert.equal(examples.length, 2);
    for (const example of examples) parseArguments(example.trim().split(" ").slice(1));
  });

  it("D9: has every flag with its default and its variables", () => {
    for (const setting of flags) {
      const entry = entryOf(setting.flag ?? "");
      assert.ok(entry.includes(setting.help.slice(1)), setting.name);
      for (const name of setting.variables) assert.ok(entry.includes(name), name);
      if (setting.placeholder !== null) assert.ok(entry.includes(`default: ${setting.defaultText}`), setting.name);
    }
  });

  it("shows a switch that is on by default as what turns it off", () => {
    assert.match(entryOf("--fast-response"), /^--no-fast-response Do not install/);
  });

  it("does not show what only code can set", () => {
    assert.doesNotMatch(help, /handle-signals|logger/);
  });

  it("D9: is short where an app is missing, and says where the rest is", () => {
    assert.ok(shortHelp().split("\n").length <= 10);
    assert.match(shortHelp(), /easyserver --help/);
  });
});
