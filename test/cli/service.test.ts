// What does `easyserver service install` hand to systemd, and what does systemd think of it?

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { command } from "../../src/cli/commands/service.ts";
import { serviceUnit, type UnitFacts } from "../../src/cli/service-unit.ts";
import { run as runCommand } from "./command.ts";
import { newFolder } from "../support/folders.ts";

const ISSUE = "systemd-analyze is not installed (Debian: apt-get install systemd)";

const withoutSystemd: string | false = (() => {
  if (spawnSync("systemd-analyze", ["--version"]).status === 0) return false;
  if (process.env["CI"] !== undefined) throw new Error(ISSUE);
  return ISSUE;
})();

const facts: UnitFacts = {
  name: "shop",
  user: null,
  directory: "/srv/shop",
  node: "/usr/bin/node",
  command: "/srv/shop/node_modules/easyserver/dist/src/cli/main.js",
  server: ["./app.js", "--domain", "example.com"],
  description: "./app.js",
};

/** The values of a directive. */
function valuesOf(unit: string, directive: string): readonly string[] {
  return unit
    .split("\n")
    .flatMap((line) => (line.startsWith(`${directive}=`) ? [line.slice(directive.length + 1)] : []));
}

describe("the unit of a service", () => {
  it("runs the command line in its folder, with the two rights it needs", () => {
    const unit = serviceUnit(facts);

    assert.deepEqual(valuesOf(unit, "ExecStart"), [
      "/usr/bin/node /srv/shop/node_modules/easyserver/dist/src/cli/main.js ./app.js --domain example.com",
    ]);
    assert.deepEqual(valuesOf(unit, "WorkingDirectory"), ["/srv/shop"]);
    assert.deepEqual(valuesOf(unit, "AmbientCapabilities"), ["CAP_NET_BIND_SERVICE"]);
    assert.deepEqual(valuesOf(unit, "StateDirectory"), ["shop"]);
    assert.deepEqual(valuesOf(unit, "DynamicUser"), ["yes"]);
    assert.deepEqual(valuesOf(unit, "ExecReload"), ["/bin/kill -HUP $MAINPID"]);
    assert.deepEqual(valuesOf(serviceUnit({ ...facts, user: "www-data" }), "User"), ["www-data"]);
    assert.deepEqual(valuesOf(unit, "ProtectHome"), ["yes"]);
    assert.deepEqual(valuesOf(serviceUnit({ ...facts, directory: "/home/me/shop" }), "ProtectHome"), ["read-only"]);
  });

  it("passes every argument on as it is", () => {
    const unit = serviceUnit({ ...facts, server: ["./my app.js", "--static", "/a$b=50%", 'say "hi"\\'] });

    assert.match(valuesOf(unit, "ExecStart")[0] ?? "", / "\.\/my app\.js" --static \/a\$\$b=50%% "say \\"hi\\"\\\\"$/u);
    assert.equal(valuesOf(serviceUnit({ ...facts, description: "a\nExecStart=/bin/evil" }), "ExecStart").length, 1);
  });

  it("is one that systemd takes without a word, and finds well protected", { skip: withoutSystemd }, async () => {
    const folder = newFolder("unit");
    const written = await runCommand(["service", "install", "--output", folder, "--", "./app.js", "--port", "8080"]);
    assert.equal(written.code, 0, written.stderr);
    assert.match(written.stdout, /systemctl enable --now easyserver/u);
    const file = join(folder, "easyserver.service");
    assert.equal(statSync(file).mode & 0o777, 0o644);

    const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    // What is said of other units of the machine is not about ours.
    const about = verified.stderr
      .split("\n")
      .filter((line) => line.includes("easyserver") && !line.includes("main.js"));
    assert.deepEqual(about, []);
    const judged = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], {
      encoding: "utf8",
    });
    const exposure = Number(/Overall exposure level for .*: ([\d.]+)/u.exec(judged.stdout)?.[1] ?? "10");
    assert.ok(exposure <= 3, `C19: exposure ${exposure}\n${judged.stdout}${judged.stderr}`);
  });
});

describe("easyserver service", () => {
  it("prints the unit and writes nothing with --dry-run", async () => {
    const { stdout, code } = await runCommand(["service", "install", "--dry-run", "--name", "shop", "--", "./app.js"]);

    assert.equal(code, 0);
    assert.match(stdout, /^\[Unit\]\nDescription=easyserver: \.\/app\.js\n/u);
    assert.deepEqual(valuesOf(stdout, "StateDirectory"), ["shop"]);
  });

  it("refuses what would fail later, with a sentence", () => {
    for (const [argv, sentence] of [
      [["remove"], /service "remove" does not exist/u],
      [["install", "--name", "../x", "--", "a.js"], /--name is "\.\.\/x"/u],
      [["install", "--dry-run", "--", "a.js", "--prot", "80"], /"--prot" is not a flag.*--port/u],
      [["install", "--dry-run", "--", "a.js", "--port", "high"], /--port is "high"/u],
      [["install", "--dry-run"], /needs what to serve: -- \.\/app\.js/u],
      [["install", "--dry-run", "--", "--port", "80"], /needs what to serve/u],
      [["install", "--output", "/proc/nowhere", "--", "a.js"], /cannot be written: .*ENOENT.*sudo/u],
    ] as const) {
      assert.throws(() => command.run([...argv]), sentence);
    }
  });
});
