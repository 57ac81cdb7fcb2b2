// How is a command line read?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Arguments, parseArguments } from "../../src/cli/arguments.ts";

const parsed = (...argv: string[]): Arguments => parseArguments(argv);

function refusal(...argv: string[]): string {
  try {
    parseArguments(argv);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("the command line", () => {
  it("is empty by default", () => {
    assert.deepEqual(parsed(), { app: null, settings: {}, command: {} });
  });

  it("takes a value after a space, after an equals sign, and glued to a letter", () => {
    const expected = { app: null, settings: { port: "80" }, command: {} };

    assert.deepEqual(parsed("--port", "80"), expected);
    assert.deepEqual(parsed("--port=80"), expected);
    assert.deepEqual(parsed("-p", "80"), expected);
    assert.deepEqual(parsed("-p80"), expected);
    assert.deepEqual(parsed("-p=80"), expected);
  });

  it("takes the app before, between and after flags", () => {
    for (const argv of [
      ["app.js", "--port", "80"],
      ["--port", "80", "app.js"],
      ["--port=80", "app.js", "--quiet"],
    ]) {
      assert.equal(parseArguments(argv).app, "app.js");
    }
  });

  it("takes everything after -- for the app", () => {
    assert.equal(parsed("--port", "80", "--", "--strange.js").app, "--strange.js");
  });

  it("keeps an equals sign inside of a value", () => {
    assert.deepEqual(parsed("--static=/a=b").settings, { static: ["/a=b"] });
  });

  it("collects a repeatable flag in order", () => {
    assert.deepEqual(parsed("--static", "a", "--static=/b=c").settings, { static: ["a", "/b=c"] });
  });

  it("lets the last one of a flag count", () => {
    assert.deepEqual(parsed("--port", "1", "--port=2").settings, { port: "2" });
    assert.deepEqual(parsed("--quiet", "--no-quiet").command, { quiet: false });
  });

  it("turns switches on, off, and by a word", () => {
    assert.deepEqual(parsed("--fast-response").settings, { fastResponse: true });
    assert.deepEqual(parsed("--no-fast-response").settings, { fastResponse: false });
    assert.deepEqual(parsed("--fast-response=off").settings, { fastResponse: "off" });
  });

  it("tells the settings of the command from those of the server", () => {
    assert.deepEqual(parsed("-c", "a.json", "-q", "-h", "-v", "--debug", "--log", "off"), {
      app: null,
      settings: { log: "off" },
      command: { config: "a.json", quiet: true, help: true, version: true, debug: true },
    });
  });

  it("does not swallow the next flag as a value", () => {
    assert.equal(refusal("--port", "--host", "a"), "--port needs a value: <port>.");
    assert.equal(refusal("--host"), "--host needs a value: <host>.");
    assert.equal(refusal("--host="), "--host needs a value: <host>.");
  });

  it("leaves a negative number to the setting, which says what is allowed", () => {
    assert.deepEqual(parsed("--port", "-1").settings, { port: "-1" });
  });

  it("refuses an unknown flag with a suggestion", () => {
    assert.equal(refusal("--prot", "80"), '"--prot" is not a flag. Did you mean --port?');
    assert.equal(refusal("--no-fast-respons"), '"--no-fast-respons" is not a flag. Did you mean --no-fast-response?');
    assert.equal(refusal("--bananas=a.example"), '"--bananas" is not a flag.');
    assert.equal(refusal("-x"), '"-x" is not a flag.');
    assert.equal(refusal("-qh"), '"-qh" is not a flag.');
    assert.match(refusal("--handle-signals"), /is not a flag/);
  });

  it("refuses --no- before a flag that takes a value, and a value after --no-", () => {
    assert.equal(refusal("--no-port"), "--no-port is not a flag: --port takes a value.");
    assert.equal(refusal("--no-quiet=1"), '--no-quiet takes no value: got "1".');
  });

  it("refuses a second app", () => {
    assert.equal(refusal("a.js", "b.js"), 'There can be one app only: got "a.js", "b.js".');
    assert.equal(refusal("a.js", "--prot", "80"), '"--prot" is not a flag. Did you mean --port?');
  });

  it("reports everything at once", () => {
    assert.equal(
      refusal("--a-strange-one", "--port", "--log"),
      '3 settings are wrong:\n"--a-strange-one" is not a flag.\n--port needs a value: <port>.\n' +
        "--log needs a value: <auto|short|json|off>.",
    );
  });
});
