import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAbsoluteTarget, targetForm } from "../../src/http/request-target.ts";

describe("targetForm", () => {
  it("tells the forms apart", () => {
    const forms = ["/", "//a/b?c", "/%zz", "*", "http://a", "HTTPS://a/b"].map(targetForm);

    assert.deepEqual(forms, ["origin", "origin", "origin", "asterisk", "absolute", "absolute"]);
  });

  it("H5: refuses octets that mean something else in a URL", () => {
    for (const octet of ["#", "\\", " ", "\t", "\0", "\x1f", "\x7f", "\x80", "\xe9"]) {
      assert.equal(targetForm(`/a${octet}b`), "invalid", JSON.stringify(octet));
      assert.equal(targetForm(`http://a/${octet}`), "invalid", JSON.stringify(octet));
    }
  });

  it("refuses everything else", () => {
    for (const target of ["", "a", "?a", "**", "ftp://a/", "http:/a", "//a b", "://"]) {
      assert.equal(targetForm(target), "invalid", target);
    }
  });
});

describe("parseAbsoluteTarget", () => {
  it("H6: gives scheme, authority and an origin-form target", () => {
    assert.deepEqual(parseAbsoluteTarget("HTTP://B.example:81/p?q"), {
      scheme: "http",
      authority: "B.example:81",
      target: "/p?q",
    });
    assert.deepEqual(parseAbsoluteTarget("https://[::1]?q"), { scheme: "https", authority: "[::1]", target: "/?q" });
    assert.deepEqual(parseAbsoluteTarget("http://a"), { scheme: "http", authority: "a", target: "/" });
  });

  it("H6: refuses userinfo and authorities that are no host", () => {
    for (const target of ["http://u@a/", "http://u:p@a/", "http:///p", "http://a:99999/", "http://a%41/", "/a"]) {
      assert.equal(parseAbsoluteTarget(target), null, target);
    }
  });
});
