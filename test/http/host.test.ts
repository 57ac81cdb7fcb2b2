import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isHost } from "../../src/http/host.ts";

describe("isHost", () => {
  it("H3: accepts names, dotted IPv4 and bracketed IPv6, with or without a port", () => {
    const hosts = [
      "a",
      "a.example",
      "A_b-c.example.",
      "localhost:0",
      "127.0.0.1:65535",
      "[::1]",
      "[::ffff:1.2.3.4]:80",
      "a:",
    ];
    for (const host of hosts) assert.ok(isHost(host), host);
  });

  it("H3: refuses what is no host", () => {
    const others = [
      "",
      " ",
      "u@b",
      "a, b",
      "a b",
      "a/b",
      "a?b",
      "a#b",
      "a\\b",
      "%41",
      "\xe9",
      "a\0",
      ":80",
      ".",
      "..",
      "a..",
      "...",
    ];
    for (const host of others) assert.ok(!isHost(host), host);
  });

  it("H3: refuses a port that is none", () => {
    for (const port of ["65536", "99999", "-1", "+1", "8x", "000080", "80:80", " 80"])
      assert.ok(!isHost(`a:${port}`), port);
  });

  it("H3: refuses brackets without a valid IPv6 address", () => {
    const others = [
      "[",
      "[]",
      "[::",
      "[::1",
      "::1",
      "[::1]x",
      "[::1]]",
      "[g::1]",
      "[1:2:3:4:5:6:7:8:9]",
      "[fe80::1%25eth0]",
      "[v1.a]",
    ];
    for (const host of others) assert.ok(!isHost(host), host);
  });

  it("refuses numbers that a URL would turn into another address", () => {
    for (const host of ["1", "1.2.3", "0x7f.1", "a.1", "256.1.1.1", "01.2.3.4", "1.2.3.4.", "a.0x", "1.2.3.4.5"]) {
      assert.ok(!isHost(host), host);
    }
  });

  it("refuses punycode that no URL can carry, and only that", () => {
    assert.ok(isHost("xn--bcher-kva.example"));
    for (const name of ["xn--a", "a.XN--.example"]) assert.equal(isHost(`${name}:80`), URL.canParse(`http://${name}/`));
  });

  it("accepts nothing that new URL refuses or reads as another host", () => {
    const part = fc.constantFrom(
      "a",
      "B",
      "0",
      "9",
      "255",
      "0x",
      "1f",
      ".",
      "-",
      "_",
      ":",
      "[",
      "]",
      "::",
      "xn--",
      "@",
      "%",
      "\xe9",
    );
    const candidate = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));

    fc.assert(
      fc.property(candidate, (host) => {
        if (!isHost(host)) return;
        const name = host.startsWith("[") ? null : host.replace(/:\d*$/, "").toLowerCase();
        const url = new URL(`http://${host}/p`);
        assert.equal(url.pathname, "/p");
        assert.equal(url.username, "");
        if (name !== null) assert.equal(url.hostname, name);
      }),
      { numRuns: 3_000 },
    );
  });
});
