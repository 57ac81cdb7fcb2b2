// Does a file name stand for the right Content-Type?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mediaType } from "../../src/http/media-type.ts";

describe("the media type", () => {
  it("A52: names the charset for text, JavaScript, JSON, XML and SVG", () => {
    assert.equal(mediaType("a.html"), "text/html; charset=utf-8");
    assert.equal(mediaType("a.css"), "text/css; charset=utf-8");
    assert.equal(mediaType("a.txt"), "text/plain; charset=utf-8");
    assert.equal(mediaType("a.js"), "text/javascript; charset=utf-8");
    assert.equal(mediaType("a.mjs"), "text/javascript; charset=utf-8");
    assert.equal(mediaType("a.json"), "application/json; charset=utf-8");
    assert.equal(mediaType("a.js.map"), "application/json; charset=utf-8");
    assert.equal(mediaType("a.xml"), "text/xml; charset=utf-8");
    assert.equal(mediaType("a.xsl"), "application/xml; charset=utf-8");
    assert.equal(mediaType("a.svg"), "image/svg+xml; charset=utf-8");
  });

  it("A52: names none for what is not text", () => {
    assert.equal(mediaType("a.png"), "image/png");
    assert.equal(mediaType("a.woff2"), "font/woff2");
    assert.equal(mediaType("a.pdf"), "application/pdf");
    assert.equal(mediaType("a.zip"), "application/zip");
  });

  it("A52: is octets for a name that says nothing", () => {
    for (const name of ["", ".", "a", "a.", "html", ".html", "a.unheard-of", "a.html.bak~", "..."]) {
      assert.equal(mediaType(name), "application/octet-stream", name);
    }
  });

  it("A53: is right where the table of mrmime is silent or means something else", () => {
    assert.equal(mediaType("a.ts"), "video/mp2t");
    assert.equal(mediaType("a.avif"), "image/avif");
    assert.equal(mediaType("a.webmanifest"), "application/manifest+json; charset=utf-8");
    assert.equal(mediaType("a.wasm"), "application/wasm");
    assert.equal(mediaType("a.m3u8"), "application/vnd.apple.mpegurl");
    assert.equal(mediaType("a.mpd"), "application/dash+xml; charset=utf-8");
    assert.equal(mediaType("a.vtt"), "text/vtt; charset=utf-8");
    assert.equal(mediaType("a.cjs"), "text/javascript; charset=utf-8");
    assert.equal(mediaType("a.jxl"), "image/jxl");
    assert.equal(mediaType("favicon.ico"), "image/vnd.microsoft.icon");
    assert.equal(mediaType("a.tar.gz"), "application/gzip");
    assert.equal(mediaType("a.tgz"), "application/gzip");
    assert.equal(mediaType("a.ppt"), "application/vnd.ms-powerpoint");
    assert.equal(mediaType("a.vcf"), "text/vcard; charset=utf-8");
  });

  it("goes by the last extension, in any case", () => {
    assert.equal(mediaType("jquery.min.JS"), "text/javascript; charset=utf-8");
    assert.equal(mediaType("page.html.png"), "image/png");
  });

  it("is not fooled by the names that every object has", () => {
    for (const name of ["a.constructor", "a.__proto__", "a.toString", "a.hasOwnProperty"]) {
      assert.equal(mediaType(name), "application/octet-stream", name);
    }
  });

  it("is a type that can stand in a field, whatever the name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        assert.match(mediaType(`x.${name}`), /^[a-z]+\/[\w.+-]+(?:; charset=utf-8)?$/);
      }),
    );
  });
});
