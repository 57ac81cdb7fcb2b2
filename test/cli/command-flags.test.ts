// Are the arguments of a command read as they were meant, and is what is wrong explained?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CommandLine, commandHelp, type Flag, readCommandLine } from "../../src/cli/command-flags.ts";
import { ServerError } from "../../src/errors.ts";

const LINE = {
  name: "pack",
  usage: "<dir> [options]",
  about: "Packs a folder.",
  examples: ["easyserver pack ./public --level 9"],
  flags: {
    level: { placeholder: "<number>", help: "How hard to try.", defaultText: "6" },
    skipType: { placeholder: "<type>", repeatable: true, help: "Leave these out." },
    dryRun: { help: "Say what would be done." },
  },
  positionals: { from: 1, to: 1 },
} as const satisfies CommandLine<Readonly<Record<string, Flag>>>;

function problem(...argv: string[]): string {
  try {
    readCommandLine(LINE, argv);
  } catch (error) {
    if (error instanceof ServerError && error.code === "ERR_OPTIONS_INVALID") return error.message;
    throw error;
  }
  return "";
}

describe("the flags of a command", () => {
  it("have values of their kind, wherever they stand", () => {
    const read = readCommandLine(LINE, ["--level", "9", "dir", "--dry-run", "--skip-type=a", "--skip-type", "b"]);

    assert.deepEqual(read, { flags: { level: "9", skipType: ["a", "b"], dryRun: true }, positionals: ["dir"] });
  });

  it("are unset, empty and off unless given", () => {
    const read = readCommandLine(LINE, ["--", "--dir"]);

    assert.deepEqual(read, { flags: { level: undefined, skipType: [], dryRun: false }, positionals: ["--dir"] });
  });

  it("are refused by name, with what was likely meant", () => {
    assert.match(problem("dir", "--levle", "9"), /"--levle" is not a flag\. Did you mean --level\?/);
    assert.match(problem("dir", "--dry-run=yes"), /--dry-run takes no value: got "yes"\./);
    assert.match(problem("dir", "--level", "--dry-run"), /--level needs a value: <number>\./);
  });

  it("tell when an argument is missing or too many", () => {
    assert.match(problem(), /easyserver pack takes: <dir> \[options\]\. Got nothing\./);
    assert.match(problem("a", "b"), /Got "a", "b"\./);
  });

  it("D9: are explained in at most 80 columns", () => {
    const help = commandHelp(LINE);

    assert.match(help, /^Usage: easyserver pack <dir> \[options\]\n/);
    for (const spelling of ["--level <number>", "--skip-type <type> (repeatable)", "--dry-run", "-h, --help"]) {
      assert.ok(help.includes(`  ${spelling}\n`), spelling);
    }
    for (const text of help.split("\n")) assert.ok(text.length <= 80, text);
  });
});
