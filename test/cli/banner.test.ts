// What is said when the server listens, and when it cannot start?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { banner, type BannerFacts, bannerLine } from "../../src/cli/banner.ts";
import { describeFailure, exitCodeOf } from "../../src/cli/failure.ts";
import { ServerError } from "../../src/errors.ts";

const facts: BannerFacts = {
  version: "1.2.3",
  urls: ["http://localhost:3000"],
  host: "::",
  engine: { name: "node", version: "20.20.2", note: 'because of "glibc"' },
  workers: 0,
  mode: "production",
  mounts: { "/": "./public", "/assets": "./dist" },
  readyMs: 41.7,
  pid: 17,
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
};

describe("the banner", () => {
  it("D13: has at most eight lines with everything in it", () => {
    const text = banner(facts, false);

    assert.equal(
      text,
      [
        "easyserver 1.2.3 ready in 42 ms",
        "  Local:   http://localhost:3000",
        "  Network: every address of this machine",
        "  Static:  / from ./public, /assets from ./dist",
        "  Engine:  node 20.20.2",
        '  Note:    because of "glibc"',
        "  Mode:    production",
        "",
      ].join("\n"),
    );
  });

  it("leaves out what there is not", () => {
    const text = banner({ ...facts, host: "localhost", mounts: {}, engine: { ...facts.engine, note: null } }, false);

    assert.doesNotMatch(text, /Network|Static|Note/);
  });

  it("D12: differs by color codes alone", () => {
    // oxlint-disable-next-line no-control-regex -- the codes
    assert.equal(banner(facts, true).replace(/\u001b\[\d+m/g, ""), banner(facts, false));
    assert.notEqual(banner(facts, true), banner(facts, false));
  });

  it("D13: is one JSON object for machines", () => {
    const line = bannerLine(facts);

    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(JSON.parse(line), {
      time: "2026-01-02T03:04:05.006Z",
      event: "listening",
      url: "http://localhost:3000",
      version: "1.2.3",
      engine: "node",
      engineVersion: "20.20.2",
      note: 'because of "glibc"',
      mode: "production",
      readyMs: 42,
      pid: 17,
    });
  });
});

describe("a failed start", () => {
  it("D18: is one sentence and a hint, without a stack", () => {
    const error = new ServerError("ERR_ADDRESS_INVALID", "EADDRNOTAVAIL: cannot listen on 192.0.2.1:80.");

    assert.equal(
      describeFailure(error, false),
      "easyserver: EADDRNOTAVAIL: cannot listen on 192.0.2.1:80.\n" +
        "hint: --host takes a name or address of this machine, such as localhost, 0.0.0.0 or ::1.\n",
    );
  });

  it("D18: shows the stack of the app's own code", () => {
    const cause = new TypeError("boom", { cause: new Error("deep") });
    const text = describeFailure(new ServerError("ERR_APP_LOAD", '"a.js" could not be loaded: boom', { cause }), false);

    assert.match(text, /^easyserver: "a\.js" could not be loaded: boom\nTypeError: boom\n\s+at /);
    assert.match(text, /\ncaused by: Error: deep\n\s+at /);
    assert.match(describeFailure(new RangeError("from start()"), false), /the app failed to start\.\nRangeError: from/);
    assert.match(describeFailure("a string", false), /the app failed to start\.\na string\n$/);
  });

  it("D18: shows every stack when debugging", () => {
    const error = new ServerError("ERR_ENGINE_UNAVAILABLE", "No.", { cause: new Error("GLIBC_2.38 not found") });

    assert.doesNotMatch(describeFailure(error, false), /GLIBC/);
    assert.match(describeFailure(error, true), /caused by: Error: GLIBC_2\.38 not found\n\s+at /);
  });

  it("D10: exits 2 for wrong settings and 1 for the rest", () => {
    assert.equal(exitCodeOf(new ServerError("ERR_OPTIONS_INVALID", "")), 2);
    assert.equal(exitCodeOf(new ServerError("ERR_STATIC_ROOT", "")), 2);
    assert.equal(exitCodeOf(new ServerError("ERR_ADDRESS_IN_USE", "")), 1);
    assert.equal(exitCodeOf(new ServerError("ERR_APP_INVALID", "")), 1);
    assert.equal(exitCodeOf(new Error("app")), 1);
  });
});
