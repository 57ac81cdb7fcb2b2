// Is a refusal small, escaped, and in the form that the client asked for?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorPage } from "../../src/static/error-page.ts";

const CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

function fieldOf(fields: readonly string[], name: string): string | null {
  const at = fields.indexOf(name);
  return at === -1 ? null : (fields[at + 1] ?? null);
}

describe("A57: an error page", () => {
  it("is a page that may load and run nothing, unless the client asks for something else", () => {
    for (const accept of [null, "*/*", CHROMIUM, "image/avif,image/webp,*/*;q=0.8", "text/css", "nonsense"]) {
      const { body, fields } = errorPage(404, "Nothing here.", accept);
      assert.equal(fieldOf(fields, "content-type"), "text/html; charset=utf-8", String(accept));
      assert.match(fieldOf(fields, "content-security-policy") ?? "", /^default-src 'none';/);
      assert.match(body, /<title>404 Not Found<\/title>/);
      assert.match(body, /<h1>404 Not Found<\/h1>\n<p>Nothing here\.<\/p>/);
    }
  });

  it("is JSON for clients that ask for it", () => {
    const expected = { title: "Not Found", status: 404, detail: 'No "x".' };
    for (const accept of [
      "application/json",
      "application/json, text/plain, */*",
      "text/html;q=0.9, application/json",
    ]) {
      const { body, fields } = errorPage(404, 'No "x".', accept);
      assert.equal(fieldOf(fields, "content-type"), "application/json");
      assert.deepEqual(JSON.parse(body), expected);
    }
    const { body, fields } = errorPage(404, 'No "x".', "application/problem+json");
    assert.equal(fieldOf(fields, "content-type"), "application/problem+json");
    assert.deepEqual(JSON.parse(body), expected);
  });

  it("varies by Accept in every form", () => {
    for (const accept of [null, "application/json"]) {
      assert.equal(fieldOf(errorPage(403, "No.", accept).fields, "vary"), "accept");
    }
  });

  it("escapes its sentence", () => {
    assert.match(errorPage(400, "<b>\"&'", null).body, /<p>&lt;b&gt;&quot;&amp;&#39;<\/p>/);
  });

  it("is small", () => {
    assert.ok(errorPage(404, "Nothing here.", null).body.length < 2_000);
    assert.ok(errorPage(404, "Nothing here.", "application/json").body.length < 100);
  });

  it("has a title for statuses that have no name", () => {
    assert.match(errorPage(599, "Odd.", null).body, /<title>599 Error<\/title>/);
  });

  it("is made once for equal arguments", () => {
    assert.equal(errorPage(416, "Too far.", CHROMIUM), errorPage(416, "Too far.", null));
    assert.notEqual(errorPage(416, "Too far.", null), errorPage(416, "Too near.", null));
  });
});
