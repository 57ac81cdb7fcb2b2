// Which names does a certificate get, and which are refused before anybody is asked?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { covers, isPrivateAddress, subjectName } from "../../src/tls/names.ts";

function nameOf(written: string): string {
  const read = subjectName(written);
  return "fault" in read ? `fault: ${read.fault}` : read.name;
}

function scopeOf(written: string): string {
  const read = subjectName(written);
  return "fault" in read ? "fault" : read.scope;
}

describe("a subject name", () => {
  it("B6: is lower-case ASCII without a dot at the end", () => {
    assert.deepEqual(["Example.COM", "example.com.", "Bücher.example", "*.BÜCHER.example", " a.example "].map(nameOf), [
      "example.com",
      "example.com",
      "xn--bcher-kva.example",
      "*.xn--bcher-kva.example",
      "a.example",
    ]);
  });

  it("B10: may be an IP address, in its shortest form", () => {
    assert.deepEqual(["192.0.2.1", "[2001:DB8:0:0::1]", "2001:db8::1"].map(nameOf), [
      "192.0.2.1",
      "2001:db8::1",
      "2001:db8::1",
    ]);
  });

  it("B7: is refused when no authority could take it", () => {
    const label = "a".repeat(64);
    const long = `${"a.".repeat(126)}example`;
    for (const written of [
      "",
      ".",
      "*.",
      "a_b.example",
      ".example.com",
      "a..example",
      "a.*.example",
      "a*.example",
      "*.com",
    ]) {
      assert.match(nameOf(written), /^fault: /u, written);
    }
    for (const written of [
      `${label}.example`,
      long,
      "https://a.example",
      "a.example:443",
      "a b.example",
      "-a.example",
      "a-.example",
    ]) {
      assert.match(nameOf(written), /^fault: /u, written);
    }
    for (const written of ["example", "a.example/..", "1.2.3", "a.example\u0000"])
      assert.match(nameOf(written), /^fault: /u, written);
  });

  it("B8: is local where no public authority may vouch for it", () => {
    for (const written of [
      "localhost",
      "*.localhost",
      "a.localhost",
      "printer.local",
      "db.internal",
      "nas.home.arpa",
    ]) {
      assert.equal(scopeOf(written), "local", written);
    }
    for (const written of [
      "10.1.2.3",
      "127.0.0.1",
      "::1",
      "fd00::1",
      "fe80::1",
      "172.31.0.1",
      "100.64.0.1",
      "169.254.1.1",
    ]) {
      assert.equal(scopeOf(written), "local", written);
    }
    for (const written of [
      "example.com",
      "notlocalhost.com",
      "8.8.8.8",
      "172.32.0.1",
      "100.128.0.1",
      "2001:4860::8888",
    ]) {
      assert.equal(scopeOf(written), "public", written);
    }
  });

  it("tells private addresses from others", () => {
    assert.ok(isPrivateAddress("192.168.0.1"));
    assert.ok(!isPrivateAddress("192.169.0.1"));
  });
});

describe("names", () => {
  it("B49: cover a host exactly or by a wildcard of one level", () => {
    const names = ["example.com", "*.example.com"];

    assert.deepEqual(
      ["example.com", "a.example.com", "a.b.example.com", "xexample.com", "com"].map((host) => covers(names, host)),
      [true, true, false, false, false],
    );
  });

  it("cover no address by a wildcard", () => {
    assert.ok(!covers(["*.0.0.1"], "127.0.0.1"));
  });
});
