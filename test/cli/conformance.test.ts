// `easyserver conformance`: what it takes, what it prints, and how it ends.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sloppyHost } from "../support/sloppy-host.ts";
import { folder, run } from "./command.ts";

const INDEX = new URL("../../src/index.ts", import.meta.url).href;
const NODE = new URL("../../adapters/node.ts", import.meta.url).href;

const START = `import { serve } from "${INDEX}";
export const start = (app) => serve(app, { engine: "node", port: 0, host: "127.0.0.1", log: "off", handleSignals: false });`;

describe("easyserver conformance host", () => {
  it("judges a server at an address, says 1 when it fails, and writes a badge", async () => {
    await using host = await sloppyHost("joined-cookies");
    const cwd = folder({});

    const ended = await run(["conformance", "host", host.url, "--only", "H31", "--badge", "badge.json"], { cwd });

    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stdout, /^TAP version 14\n1\.\.2\nnot ok 1 - H31\/two: /);
    assert.equal(JSON.parse(readFileSync(join(cwd, "badge.json"), "utf8")).color, "red");
  });

  it("takes a list of deviations, and gives the report as JSON", async () => {
    await using host = await sloppyHost("joined-cookies");
    const rows = ["two", "rebuilt"].map((name) => ({ id: `H31/${name}`, reason: "cookies are joined" }));
    const cwd = folder({ "known.json": JSON.stringify(rows) });

    const options = ["--only", "H31", "--deviations", "known.json", "--format", "json"];
    const ended = await run(["conformance", "host", host.url, ...options], { cwd });

    assert.equal(ended.code, 0, ended.stderr);
    const report = JSON.parse(ended.stdout) as { statements: unknown[] };
    assert.deepEqual(report.statements, [{ id: "H31", passed: 0, failed: 0, deviations: 2, skipped: 0 }]);
  });

  it("starts the host that a module exports, and stops it", async () => {
    const cwd = folder({ "start.ts": START });

    const ended = await run(["conformance", "host", "./start.ts", "--only", "T1", "--only", "H31", "--strict"], {
      cwd,
    });

    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.match(ended.stdout, /^ok \d - T1\/two/m);
  });

  it("says what is wrong with the command line, all at once, with 2", async () => {
    const parameters = ["conformance", "host", "http://127.0.0.1:1", "--profile", "cor", "--patience", "soon"];

    const ended = await run([...parameters, "--format", "xml", "--deviations", "none.json"]);

    assert.equal(ended.code, 2);
    for (const part of [/Did you mean core\?/, /--patience takes/, /--format takes tap or json/, /none\.json/]) {
      assert.match(ended.stderr, part);
    }
  });

  it("names a kind that it cannot judge, a module that starts nothing, and a server that is not there", async () => {
    const cwd = folder({ "none.mjs": "export const value = 1;" });

    const kind = await run(["conformance", "hots", "x"], { cwd });
    const none = await run(["conformance", "host", "./none.mjs"], { cwd });
    const gone = await run(["conformance", "host", "http://127.0.0.1:1"], { cwd });

    assert.deepEqual([kind.code, none.code, gone.code], [2, 1, 1]);
    assert.match(kind.stderr, /judges a host or an adapter: got "hots"/);
    assert.match(none.stderr, /starts no host: export start\(app\).*It exports: value/);
    assert.match(gone.stderr, /does not serve the fixture/);
  });
});

describe("easyserver conformance adapter", () => {
  it("runs an adapter of a module beside node:http", async () => {
    const cwd = folder({ "adapter.ts": `export { fromNode } from "${NODE}";` });

    const ended = await run(["conformance", "adapter", "./adapter.ts", "--patience", "5000"], { cwd });

    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.match(ended.stdout, /^ok \d+ - D6\/complete/m);
  });
});
