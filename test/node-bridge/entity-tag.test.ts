// The entity tags that Express gives its answers, computed by us: the same, letter by letter.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";

import express from "express";
import express4 from "express4";

import { quickenTags, strongTag, weakTag } from "../../adapters/node/entity-tag.ts";
import { bridged } from "./bridged.ts";

const require = createRequire(import.meta.url);

interface Utils {
  readonly etag: (body: unknown, encoding?: string) => string;
  readonly wetag: (body: unknown, encoding?: string) => string;
}

const BODIES: readonly (readonly [unknown, BufferEncoding?])[] = [
  [""],
  ["Hello, World!", "utf8"],
  ["Grüße, 🚀", "utf8"],
  ["half of a pair: \ud83d", "utf8"],
  ["a zero: \0 inside"],
  ["café", "latin1"],
  ["00ff", "hex"],
  [Buffer.from([0, 255, 128])],
  [new Uint8Array([1, 2, 3])],
  [Buffer.alloc(0)],
  ["x".repeat(100_000), "utf8"],
];

for (const [major, create, path] of [
  [5, express, "express/lib/utils"],
  [4, express4, "express4/lib/utils"],
] as const) {
  describe(`Entity tags of Express ${major}`, () => {
    const { etag, wetag } = require(path) as Utils;

    it("are the same as Express's own", () => {
      for (const [body, encoding] of BODIES) {
        assert.equal(weakTag(body, encoding), wetag(body, encoding));
        assert.equal(strongTag(body, encoding), etag(body, encoding));
      }
    });

    it("are the same for every length up to several blocks of the hash", () => {
      for (let length = 0; length < 260; length++) {
        const body = Buffer.from(Array.from({ length }, (_, i) => (i * 197 + length * 31) & 255));
        assert.equal(weakTag(body), wetag(body), `${length} bytes`);
      }
    });

    it("are ours for an app that is served, and the app's own where it has set them", async () => {
      const app = (create as typeof express)();
      app.get("/", (_request, response) => void response.send("Hello, World!"));
      const own = (create as typeof express)();
      const tag = (): string => '"own"';
      own.set("etag", tag);

      await using server = await bridged("fast", app);
      const answer = await fetch(`http://127.0.0.1:${server.port}/`);
      quickenTags(own, Object.values(require.cache));

      assert.equal(answer.headers.get("etag"), wetag("Hello, World!"));
      assert.equal(app.get("etag fn"), weakTag);
      assert.equal(own.get("etag fn"), tag);
    });
  });
}
