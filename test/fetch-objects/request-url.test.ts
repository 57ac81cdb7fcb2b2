import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { createRequest } from "../../src/engine/request.ts";
import { requestUrl } from "../../src/http/request-url.ts";
import { exchangeOf } from "./request-pair.ts";

describe("requestUrl", () => {
  it("H8: a target that looks like an authority stays a path", () => {
    assert.equal(requestUrl("http", "site.example", "//evil/x"), "http://site.example//evil/x");
  });

  it("H8: dot segments are resolved, encoded ones too", () => {
    assert.equal(requestUrl("http", "site.example", "/a/../b"), "http://site.example/b");
    assert.equal(requestUrl("http", "site.example", "/%2e%2e/b"), "http://site.example/b");
    assert.equal(requestUrl("http", "site.example", "/a/.%2E/b/."), "http://site.example/b/");
    assert.equal(requestUrl("http", "site.example", "/a/..;/b"), "http://site.example/a/..;/b");
  });

  it("H8: a dot that makes no dot segment changes nothing", () => {
    assert.equal(
      requestUrl("http", "site.example", "/.well-known/a.b..c?x=../.."),
      "http://site.example/.well-known/a.b..c?x=../..",
    );
  });

  it("H8: an empty query and a broken escape are kept", () => {
    assert.equal(requestUrl("http", "site.example", "/a?"), "http://site.example/a?");
    assert.equal(requestUrl("http", "site.example", "/%zz%"), "http://site.example/%zz%");
  });

  it("H8: characters the URL standard encodes are encoded where it does", () => {
    assert.equal(
      requestUrl("http", "site.example", '/"<>`{}?"<>`{}'),
      "http://site.example/%22%3C%3E%60%7B%7D?%22%3C%3E`{}",
    );
    assert.equal(requestUrl("http", "site.example", "/it's|?it's|"), "http://site.example/it's|?it%27s|");
    assert.equal(requestUrl("http", "site.example", "/a b?c d"), "http://site.example/a%20b?c%20d");
  });

  it("H8: a backslash is a slash in the path and itself in the query", () => {
    assert.equal(requestUrl("http", "site.example", "/a\\..\\b?c\\d"), "http://site.example/b?c\\d");
  });

  it("H8: a caret is treated as this Node's URL parser treats it", () => {
    assert.equal(requestUrl("http", "site.example", "/a^b?c^d"), new URL("http://site.example/a^b?c^d").href);
  });

  it("H8: the host is lower-cased and a default port left out", () => {
    assert.equal(requestUrl("http", "Site.Example:80", "/A"), "http://site.example/A");
    assert.equal(requestUrl("https", "site.example:443", "/"), "https://site.example/");
    assert.equal(requestUrl("https", "site.example:80", "/"), "https://site.example:80/");
    assert.equal(requestUrl("http", "site.example:443", "/"), "http://site.example:443/");
    assert.equal(requestUrl("http", "site.example:", "/"), "http://site.example/");
    assert.equal(requestUrl("http", "site.example:0080", "/"), "http://site.example/");
  });

  it("H8: an address in an odd form becomes the usual one", () => {
    assert.equal(requestUrl("http", "127.1:3000", "/"), "http://127.0.0.1:3000/");
    assert.equal(requestUrl("http", "0x7f.1", "/"), "http://127.0.0.1/");
    assert.equal(requestUrl("http", "127.0.0.1:3000", "/"), "http://127.0.0.1:3000/");
    assert.equal(requestUrl("http", "[0:0::1]:3000", "/"), "http://[::1]:3000/");
    assert.equal(requestUrl("http", "[::1]:3000", "/x"), "http://[::1]:3000/x");
  });

  it("H8: a verdict on an authority under one scheme is not used under the other", () => {
    assert.equal(requestUrl("http", "two.example:443", "/"), "http://two.example:443/");
    assert.equal(requestUrl("https", "two.example:443", "/"), "https://two.example/");
  });

  it("H18: many authorities in turn each keep their own URL", () => {
    const authorities = Array.from({ length: 50 }, (_, i) => `host-${i}.example`);

    const urls = [...authorities, ...authorities.toReversed()].map((authority) => requestUrl("http", authority, "/"));

    assert.deepEqual(
      urls,
      [...authorities, ...authorities.toReversed()].map((authority) => `http://${authority}/`),
    );
  });

  it("throws a TypeError where there is no URL, and never takes a host out of the target", () => {
    assert.throws(() => requestUrl("http", "", "/evil/x"), TypeError);
    assert.throws(() => requestUrl("http", "site.example", "@evil/x"), TypeError);
    assert.throws(() => requestUrl("http", "site.example", ".evil/x"), TypeError);
    assert.throws(() => requestUrl("http", "site.example", ""), TypeError);
    assert.throws(() => requestUrl("http", "a.1", "/"), TypeError);
    assert.throws(() => requestUrl("http", "site.example:99999", "/"), TypeError);
  });

  it("H8: equals what the URL parser makes of the concatenation, whatever the authority and the target", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("http" as const, "https" as const),
        authorities(),
        targets(),
        (scheme, authority, target) => {
          assert.equal(
            outcome(() => requestUrl(scheme, authority, target)),
            outcome(() => parsed(scheme, authority, target)),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("The url of a Request", () => {
  it("H8: is the client's, parsed once and the same at each reading", () => {
    const request = createRequest(exchangeOf({ authority: "Site.Example:80", target: "/a/../b?x=%20" }));

    assert.equal(request.url, "http://site.example/b?x=%20");
    assert.equal(request.url, request.url);
    assert.equal(new Request(request.url).url, request.url);
  });
});

function parsed(scheme: string, authority: string, target: string): string {
  return new URL(`${scheme}://${authority}${target}`).href;
}

function outcome(url: () => string): string {
  try {
    return url();
  } catch (error) {
    return `${(error as Error).name}`;
  }
}

/** Whatever H3 lets through, with a leaning towards what the URL parser rewrites. */
function authorities(): fc.Arbitrary<string> {
  const alphabet = "abcxXZ0189._-".split("");
  const label = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 6 });
  const number = fc.constantFrom(
    "0",
    "1",
    "127",
    "255",
    "256",
    "0x7f",
    "0177",
    "4294967295",
    "08",
    "xn--",
    "xn--e1afmkfd",
  );
  const name = fc.array(fc.oneof(label, number), { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6().map((text) => `[${text}]`),
  );
  const port = fc.oneof(
    fc.constantFrom("", ":", ":80", ":443", ":0080", ":0"),
    fc.nat(70_000).map((value) => `:${value}`),
  );
  return fc.tuple(fc.oneof(name, address), port).map(([host, suffix]) => host + suffix);
}

function targets(): fc.Arbitrary<string> {
  const printable = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).filter(
    (c) => c !== "#",
  );
  const fragment = fc.constantFrom("/", "//", ".", "..", "/../", "/./", "%2e", "%2E%2e", "%", "?", "\\", "'", "a", " ");
  return fc
    .array(fc.oneof(fragment, fc.constantFrom(...printable)), { maxLength: 24 })
    .map((parts) => `/${parts.join("")}`);
}
