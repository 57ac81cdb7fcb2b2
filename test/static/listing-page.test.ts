// Is a directory's page safe, in order, and readable without a script?

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ListedItem, listingPage, type ListingOptions } from "../../src/static/listing-page.ts";

const MODIFIED_MS = Date.UTC(2023, 10, 14, 22, 13, 20);

function file(name: string, sizeBytes: number | null = 1, modifiedMs: number | null = MODIFIED_MS): ListedItem {
  return { name, kind: "file", sizeBytes, modifiedMs };
}

function directory(name: string): ListedItem {
  return { name, kind: "directory", sizeBytes: null, modifiedMs: MODIFIED_MS };
}

function bodyOf(items: readonly ListedItem[], path = "/", options: ListingOptions = {}): string {
  return listingPage(path, items, options).body;
}

/** The addresses of the table, in order. */
function hrefs(body: string): string[] {
  return [...body.matchAll(/<td><a href="([^"]*)">/g)].map((match) => match[1] ?? "");
}

/** What HTML text or a quoted attribute stands for, as far as the page writes references. */
function unescape(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

describe("A35: the page of a directory", () => {
  it("links each item, directories first and with their slash, sorted as people sort", () => {
    const items = [
      file("b.txt"),
      file("A.txt"),
      directory("zoo"),
      file("a10"),
      file("a9"),
      directory("Ape"),
      file("B"),
    ];
    const expected = ["./Ape/", "./zoo/", "./A.txt", "./a9", "./a10", "./B", "./b.txt"];
    assert.deepEqual(hrefs(bodyOf(items)), expected);
    assert.deepEqual(hrefs(bodyOf(items.toReversed())), expected);
  });

  it("leaves dotfiles out unless they are served", () => {
    const items = [file(".env"), directory(".git"), file("a.txt"), file("..."), file(".."), file(".")];
    const body = bodyOf(items);
    assert.deepEqual(hrefs(body), ["./a.txt"]);
    assert.equal(body.includes(".env") || body.includes(".git"), false);
    assert.deepEqual(hrefs(bodyOf(items, "/", { dotfiles: true })), ["./.git/", "./...", "./.env", "./a.txt"]);
  });

  it("tells sizes and dates", () => {
    const sizes: [bytes: number, text: string][] = [
      [0, "0 B"],
      [999, "999 B"],
      [1000, "1.0 kB"],
      [1536, "1.5 kB"],
      [999_949, "999.9 kB"],
      [999_950, "1.0 MB"],
      [5 * 2 ** 30, "5.4 GB"],
    ];
    for (const [bytes, text] of sizes) {
      assert.match(bodyOf([file("a", bytes)]), new RegExp(`<td class="size">${text}</td>`), text);
    }
    assert.match(
      bodyOf([file("a")]),
      /<td class="time"><time datetime="2023-11-14T22:13:20\.000Z">2023-11-14 22:13<\/time>/,
    );
    assert.match(bodyOf([file("a", null, null)]), /<td class="size"><\/td><td class="time"><\/td>/);
    assert.match(bodyOf([file("a", 1, Number.NaN)]), /<td class="time"><\/td>/);
    assert.match(bodyOf([file("a", 1, 1e300)]), /<td class="time"><\/td>/);
  });

  it("escapes what names hold, and spells addresses so that they stay below the directory", () => {
    const name = `<img src=x onerror=alert(1)>"'&amp; 100%?#`;
    const body = bodyOf([file(name), file("javascript:alert(1)"), file("//evil.example"), file("b\\c"), file("ü")]);
    assert.equal(/<img|<script/.test(body), false);
    assert.match(body, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;amp; 100%\?#<\/a>/);
    for (const href of hrefs(body)) {
      const url = new URL(unescape(href), "https://a.example/d/");
      assert.match(url.href, /^https:\/\/a\.example\/d\/[^/?#]+$/);
    }
  });

  it("names the directory as people write it, escaped", () => {
    assert.match(bodyOf([], "/b%C3%BCcher/a%20b/"), /<h1>Index of \/bücher\/a b\/<\/h1>/);
    assert.match(bodyOf([], "/%3Cb%3E/"), /<title>Index of \/&lt;b&gt;\/<\/title>/);
    assert.match(bodyOf([], "/%ff/"), /<h1>Index of \/%ff\/<\/h1>/);
  });

  it("leads to the parent, but not above the top", () => {
    assert.match(bodyOf([], "/a/"), /<a href="\.\.\/">/);
    assert.doesNotMatch(bodyOf([], "/"), /\.\.\//);
    assert.doesNotMatch(bodyOf([], "/a/", { isTop: true }), /\.\.\//);
  });

  it("says so when there is nothing", () => {
    assert.match(bodyOf([file(".hidden")]), /<p>This directory is empty\.<\/p>/);
  });

  it("has what assistive programs look for: a language, a title, a heading, a main part, column headers", () => {
    const body = bodyOf([file("a")]);
    for (const part of ['<html lang="en">', "<title>", "<main>", "<h1>", '<th scope="col">Name</th>']) {
      assert.ok(body.includes(part), part);
    }
    assert.ok(body.includes('<meta name="viewport" content="width=device-width,initial-scale=1">'));
  });

  it("allows its own style and nothing else to act", () => {
    const { body, fields } = listingPage("/", [file("a")]);
    const style = /<style>([^<]*)<\/style>/.exec(body)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    const policy = fields[fields.indexOf("content-security-policy") + 1] ?? "";
    assert.ok(policy.startsWith(`default-src 'none'; style-src 'sha256-${hash}';`), policy);
    assert.equal(fields[fields.indexOf("content-type") + 1], "text/html; charset=utf-8");
    assert.equal(/<script|\son\w+=|\sstyle=/.test(body), false);
  });

  it("is small: 2 KB and 200 bytes for each item", () => {
    const items = Array.from({ length: 100 }, (_, i) => file(`photo-${i}.jpg`, 123_456));
    assert.ok(bodyOf([]).length < 2_000, String(bodyOf([]).length));
    assert.ok(bodyOf(items).length < 2_000 + 100 * 200);
  });

  it("keeps every name a text and every address an item, whatever names hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }), (names) => {
        const body = bodyOf(names.map((name) => file(name)));
        const expected = names.filter((name) => name !== "" && !name.startsWith(".") && !/\p{Surrogate}/u.test(name));
        assert.deepEqual(
          hrefs(body)
            .map((href) => decodeURIComponent(unescape(href).slice(2)))
            .toSorted(),
          expected.toSorted(),
        );
        assert.equal(body.match(/<a /g)?.length ?? 0, expected.length);
      }),
    );
  });
});
