// Is a request path read the way URL parsers read it, once, and refused where it could mean two things?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodePath, resolveDotSegments } from "../../src/http/request-path.ts";

describe("dot segments", () => {
  it("are resolved, encoded ones too, and never above the root", () => {
    assert.equal(resolveDotSegments("/a/../b"), "/b");
    assert.equal(resolveDotSegments("/a/./b"), "/a/b");
    assert.equal(resolveDotSegments("/a/%2e%2E/b"), "/b");
    assert.equal(resolveDotSegments("/a/.%2e/b"), "/b");
    assert.equal(resolveDotSegments("/../../b"), "/b");
    assert.equal(resolveDotSegments("/a/.."), "/");
    assert.equal(resolveDotSegments("/a/."), "/a/");
    assert.equal(resolveDotSegments("//evil.example/%2e%2e/sub"), "//sub");
  });

  it("are only whole segments", () => {
    for (const path of [
      "/",
      "/a",
      "/...",
      "/..a",
      "/a..",
      "/.well-known/x",
      "/..%2f",
      "/..;/a",
      "/%252e%252e/a",
      "//a//",
    ]) {
      assert.equal(resolveDotSegments(path), path);
    }
  });

  it("are resolved exactly as the URL parser does", () => {
    const segment = fc.constantFrom(
      "",
      ".",
      "..",
      "%2e",
      "%2E.",
      ".%2e",
      "%2e%2E",
      "...",
      "a",
      "b.c",
      "%2f",
      "%zz",
      "..;",
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const path = `/${segments.join("/")}`;

        assert.equal(resolveDotSegments(path), new URL(`http://host.example${path}`).pathname);
      }),
    );
  });
});

describe("a request path", () => {
  it("is decoded segment by segment", () => {
    assert.deepEqual(decodePath("/a/b%20c/d.txt"), { names: ["a", "b c", "d.txt"], isDirectory: false });
    assert.deepEqual(decodePath("/sub/"), { names: ["sub"], isDirectory: true });
    assert.deepEqual(decodePath("/"), { names: [], isDirectory: true });
    assert.deepEqual(decodePath(""), { names: [], isDirectory: false });
    assert.deepEqual(decodePath("/a+b&c=d;e:@"), { names: ["a+b&c=d;e:@"], isDirectory: false });
  });

  it("A50: may name any Unicode text, and keeps its form", () => {
    assert.deepEqual(decodePath("/b%C3%BCcher.txt"), { names: ["bücher.txt"], isDirectory: false });
    assert.deepEqual(decodePath("/bu%CC%88cher.txt"), { names: ["bu\u0308cher.txt"], isDirectory: false });
    assert.deepEqual(decodePath("/%F0%9F%8D%93"), { names: ["🍓"], isDirectory: false });
  });

  it("is decoded once, never twice", () => {
    assert.deepEqual(decodePath("/%252e%252e/a%2500"), { names: ["%2e%2e", "a%00"], isDirectory: false });
  });

  it("A41: is 404 with a separator inside a segment, on every system", () => {
    for (const path of ["/a%2fb", "/a%2Fb", "/%2f", "/a%5cb", "/a%5Cb", "/a\\b", "/..%2f..%2fa", "/..%5ca", "/..\\a"]) {
      assert.equal(decodePath(path), 404, path);
    }
  });

  it("A41: is 404 with an empty segment", () => {
    for (const path of ["//", "//a", "/a//b", "/a//", "///"]) assert.equal(decodePath(path), 404, path);
  });

  it("is 404 with a dot segment that nobody resolved, and without the leading slash", () => {
    for (const path of ["/.", "/..", "/a/../b", "/%2e%2e/a", "/.%2E", "*", "a/b", "http://host/a"]) {
      assert.equal(decodePath(path), 404, path);
    }
  });

  it("A42: is 400 with an escape that is none, or is not UTF-8", () => {
    const invalid = [
      "/%",
      "/%z",
      "/%zz",
      "/a%2",
      "/%u0061",
      "/%c3%28",
      "/%ff",
      "/..%c0%afa",
      "/%e0%80%af",
      "/%ed%a0%80",
    ];
    for (const path of invalid) assert.equal(decodePath(path), 400, path);
  });

  it("A42: is 400 with a character split between two segments", () => {
    assert.equal(decodePath("/%C3/%BC"), 400);
  });

  it("A42: is 400 with NUL or a control, raw or encoded", () => {
    for (const path of [
      "/%00",
      "/a.txt%00.html",
      "/.%00./x",
      "/a%0d%0ab",
      "/%7f",
      "/%C2%85",
      "/a\0b",
      "/a\tb",
      "/a\nb",
      "/a b",
    ]) {
      assert.equal(decodePath(path), 400, JSON.stringify(path));
    }
  });

  it("is 400 with a fragment or a raw character beyond ASCII", () => {
    for (const path of ["/a.txt#frag", "/b\xfccher", "/ü", "/\u2215"]) assert.equal(decodePath(path), 400, path);
  });

  it("is 400 rather than 404 where it is both", () => {
    assert.equal(decodePath("//%zz"), 400);
    assert.equal(decodePath("/%2f/%00"), 400);
  });

  it("gives back the names that were encoded", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !/[/\\\p{Cc}]/u.test(text) && text !== "." && text !== "..");
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), fc.boolean(), (names, isDirectory) => {
        const path = `/${names.map(encodeURIComponent).join("/")}${isDirectory ? "/" : ""}`;

        assert.deepEqual(decodePath(path), { names, isDirectory });
      }),
    );
  });

  it("never gives a name that could leave its directory", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      ".",
      "%2e",
      "%2f",
      "%5c",
      "%25",
      "%00",
      "2e",
      "%c0%af",
      "a",
      ";",
      "%",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const decoded = decodePath(resolveDotSegments(`/${pieces.join("")}`));
        if (typeof decoded === "number") return;
        for (const name of decoded.names) {
          assert.equal(name !== "" && name !== "." && name !== "..", true);
          assert.doesNotMatch(name, /[/\\\0]/);
        }
      }),
    );
  });
});
