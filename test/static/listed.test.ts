// Are the files of a framework kept in memory by the rules for all files?

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Reply } from "../../src/engine/engine.ts";
import { ListedFiles } from "../../src/static/listed.ts";
import { chunksOf, headOf, Site } from "./site.ts";

const KIB = 1024;

function listedIn(site: Site, names: readonly string[], cacheBytes: number): ListedFiles {
  const listed = (name: string) => ({
    file: join(site.root, name),
    contentType: "text/plain",
    cacheControl: "public",
    isTagged: true,
    gzipFromBytes: 1 * KIB,
  });
  return new ListedFiles(new Map(names.map((name) => [`/${name}`, listed(name)])), cacheBytes);
}

async function ask(files: ListedFiles, path: string, fields: Record<string, string> = {}): Promise<Reply> {
  const reply = await files.answer(headOf("GET", path, fields));
  assert.ok(reply !== null);
  return reply;
}

/** Answered within the call, so from memory. */
function isHeld(files: ListedFiles, path: string): boolean {
  return !(files.answer(headOf("GET", path)) instanceof Promise);
}

describe("files that a framework has listed", () => {
  it("stay in memory when others are walked through once", async () => {
    const names = ["a.txt", "b.txt", "c.txt", "d.txt"];
    await using site = await Site.create(Object.fromEntries(names.map((name) => [name, "x".repeat(40 * KIB)])));
    const files = listedIn(site, names, 100 * KIB);
    await ask(files, "/a.txt");
    await ask(files, "/b.txt");

    for (const path of ["/c.txt", "/d.txt"]) {
      assert.equal(Buffer.concat(await chunksOf(await ask(files, path))).length, 40 * KIB);
    }

    assert.ok(isHeld(files, "/a.txt") && isHeld(files, "/b.txt"));
  });

  it("are kept when they are asked for again, if they are large", async () => {
    await using site = await Site.create({ "large.txt": "x".repeat(100 * KIB) });
    const files = listedIn(site, ["large.txt"], 1024 * KIB);

    assert.equal(Buffer.concat(await chunksOf(await ask(files, "/large.txt"))).length, 100 * KIB);
    await ask(files, "/large.txt");

    assert.ok(isHeld(files, "/large.txt"));
  });

  it("are compressed once, however large they are", async () => {
    await using site = await Site.create({ "large.txt": "x".repeat(100 * KIB) });
    const files = listedIn(site, ["large.txt"], 1024 * KIB);

    const first = await ask(files, "/large.txt", { "accept-encoding": "gzip" });
    const second = files.answer(headOf("GET", "/large.txt", { "accept-encoding": "gzip" }));

    assert.equal(gunzipSync(Buffer.concat(await chunksOf(first))).length, 100 * KIB);
    assert.ok(second !== null && !(second instanceof Promise));
    assert.equal(second.body, first.body);
  });
});
