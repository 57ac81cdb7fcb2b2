// Is the right media type chosen from what a client says it takes?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { acceptsType, preferredType } from "../../src/http/accept.ts";

const PAGE_OR_JSON = ["text/html", "application/json"] as const;

describe("the preferred type", () => {
  it("is the first of the server's when the client does not say", () => {
    for (const accept of [null, "", "  ", "*/*", "text/html, application/json", "*/*;q=0.1"]) {
      assert.equal(preferredType(accept, PAGE_OR_JSON), "text/html", String(accept));
    }
  });

  it("is the one with the greater weight", () => {
    assert.equal(preferredType("text/html;q=0.5, application/json", PAGE_OR_JSON), "application/json");
    assert.equal(preferredType("application/json;q=0.5, text/*;q=0.501", PAGE_OR_JSON), "text/html");
    assert.equal(preferredType("TEXT/HTML ; Q=0.2 , Application/JSON;q=0.3", PAGE_OR_JSON), "application/json");
  });

  it("is the one that is named, where a pattern weighs as much", () => {
    assert.equal(preferredType("application/json, text/plain, */*", PAGE_OR_JSON), "application/json");
    assert.equal(preferredType("application/*, */*", PAGE_OR_JSON), "application/json");
  });

  it("is a page for a browser's address bar, and JSON for its scripts that ask for it", () => {
    const chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    assert.equal(preferredType(chromium, PAGE_OR_JSON), "text/html");
    assert.equal(preferredType("application/json, text/javascript, */*; q=0.01", PAGE_OR_JSON), "application/json");
  });

  it("is none when the client takes none", () => {
    assert.equal(preferredType("image/png", PAGE_OR_JSON), null);
    assert.equal(preferredType("*/*;q=0", PAGE_OR_JSON), null);
    assert.equal(preferredType("text/html;q=0", PAGE_OR_JSON), null);
  });

  it("lets the precise element overrule the pattern, wherever it stands", () => {
    assert.equal(preferredType("text/html;q=0, */*", PAGE_OR_JSON), "application/json");
    assert.equal(preferredType("*/*, text/html;q=0.000", PAGE_OR_JSON), "application/json");
    assert.equal(acceptsType("text/*;q=0, */*", "text/html"), false);
    assert.equal(acceptsType("text/*, */*;q=0", "text/html"), true);
  });

  it("skips what breaks the grammar", () => {
    for (const accept of [
      "text",
      "text/",
      "/html",
      "te xt/html",
      "text/html;q=1.5",
      "text/html;q=-1",
      "text/html;q=a",
    ]) {
      assert.equal(acceptsType(accept, "text/html"), false, accept);
    }
    assert.equal(acceptsType("text/html;q=0.1234, text/html", "text/html"), true);
    assert.equal(acceptsType(",, text/html ,", "text/html"), true);
  });

  it("does not split inside quotes", () => {
    assert.equal(acceptsType('image/png;a=", text/html"', "text/html"), false);
    assert.equal(acceptsType('image/png;a="\\", text/html"', "text/html"), false);
    assert.equal(acceptsType('image/png;a="x", text/html', "text/html"), true);
  });

  it("matches whole names only", () => {
    assert.equal(acceptsType("text/htm", "text/html"), false);
    assert.equal(acceptsType("tex/*", "text/html"), false);
    assert.equal(acceptsType("*/html", "text/html"), false);
  });

  it("is found in time that grows with the length, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (accept) => {
        const type = preferredType(accept, PAGE_OR_JSON);
        assert.ok(type === null || PAGE_OR_JSON.includes(type));
      }),
    );
    for (const piece of ['"', '\\"', ";q=", "text/html;", ",", ';a="', " ", "/"]) {
      const start = performance.now();
      preferredType(`text/html;q=${piece.repeat(16_000 / piece.length)}x`, PAGE_OR_JSON);
      preferredType(piece.repeat(16_000 / piece.length), PAGE_OR_JSON);
      assert.ok(performance.now() - start < 500, piece);
    }
  });
});
