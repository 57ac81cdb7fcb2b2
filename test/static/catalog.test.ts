// Does the catalog notice changes in time, and look at the disk no more than it has to?

import assert from "node:assert/strict";
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Catalog, type Known } from "../../src/static/catalog.ts";
import { refusedBy } from "../../src/static/search.ts";
import type { Entry, Variant } from "../../src/static/entry.ts";
import { ask, asNobody, MODIFIED_MS, mountOf, phaseFor, Site } from "./site.ts";

/** Long after the files of the test were written, so that their versions are settled. */
const START_MS = Date.now() + 60_000;

class Watcher {
  readonly catalog: Catalog;

  constructor(site: Site, cacheBytes = 1_000_000) {
    this.catalog = new Catalog([mountOf(site.root)], { revalidateMs: 1_000, cacheBytes, warn: () => {} });
  }

  find(path: string, atMs: number): Known | Promise<Known> {
    const known = this.catalog.find(path, START_MS + atMs);
    assert.ok(known !== null);
    return known;
  }

  readonly entry = async (path: string, atMs: number): Promise<Entry> => {
    const { finding } = await this.find(path, atMs);
    assert.ok(finding.kind === "entry", `${path} is ${finding.kind}`);
    return finding.entry;
  };

  async text(path: string, atMs: number): Promise<string> {
    const { identity } = await this.entry(path, atMs);
    const bytes = identity.bytes ?? (await this.catalog.content(identity, START_MS + atMs));
    assert.ok(bytes instanceof Uint8Array);
    return Buffer.from(bytes).toString();
  }

  async status(path: string, atMs: number): Promise<number> {
    const { finding } = await this.find(path, atMs);
    return finding.kind === "refused" ? finding.status : 200;
  }
}

describe("the catalog", () => {
  it("A59: notices a changed file within a second", async () => {
    await using site = await Site.create({ "a.txt": "old" });
    const watcher = new Watcher(site);
    const before = await watcher.entry("/a.txt", 0);
    assert.equal(await watcher.text("/a.txt", 0), "old");
    await writeFile(join(site.root, "a.txt"), "new");

    assert.equal(await watcher.text("/a.txt", 999), "old");
    assert.equal(await watcher.text("/a.txt", 1_000), "new");
    assert.notEqual((await watcher.entry("/a.txt", 1_000)).identity.etag, before.identity.etag);
  });

  it("A59: notices a file of the same size and modification time", async () => {
    await using site = await Site.create({ "a.txt": "old" });
    const watcher = new Watcher(site);
    await watcher.entry("/a.txt", 0);

    await site.write("root/a.txt", "new");

    assert.equal(await watcher.text("/a.txt", 1_000), "new");
  });

  it("A59: reads a file again whose version is too young to prove anything", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const watcher = new Watcher(site);

    const young = await watcher.entry("/a.txt", Date.now() - START_MS);
    const later = await watcher.entry("/a.txt", 0);
    const settled = await watcher.entry("/a.txt", 1_000);

    assert.notEqual(later, young);
    assert.equal(settled, later);
  });

  it("keeps the entry of an unchanged file, with its fields and bytes", async () => {
    await using site = await Site.create({ "a.txt": "a", "sub/index.html": "sub" });
    const watcher = new Watcher(site);

    for (const path of ["/a.txt", "/sub/"]) {
      assert.equal(await watcher.entry(path, 5_000), await watcher.entry(path, 0), path);
    }
  });

  it("A59: notices deleted and new files, and replaced directories", async () => {
    await using site = await Site.create({ "a.txt": "a", "sub/index.html": "old" });
    await site.write("next/index.html", "new");
    const watcher = new Watcher(site);
    assert.equal(await watcher.status("/a.txt", 0), 200);
    assert.equal(await watcher.status("/b.txt", 0), 404);
    assert.equal(await watcher.text("/sub/", 0), "old");

    await rm(join(site.root, "a.txt"));
    await site.write("root/b.txt", "b");
    await rename(join(site.root, "sub"), join(site.base, "gone"));
    await rename(join(site.base, "next"), join(site.root, "sub"));

    assert.equal(await watcher.status("/b.txt", 500), 404);
    assert.equal(await watcher.status("/a.txt", 1_000), 404);
    assert.equal(await watcher.text("/b.txt", 1_000), "b");
    assert.equal(await watcher.text("/sub/", 1_000), "new");
  });

  it("A45: notices a file that became a link out of the root", async () => {
    await using site = await Site.create({ "a.txt": "inside" });
    await site.write("secret.txt", "inside");
    const watcher = new Watcher(site);
    assert.equal(await watcher.status("/a.txt", 0), 200);

    await rm(join(site.root, "a.txt"));
    await symlink("../secret.txt", join(site.root, "a.txt"));

    assert.equal(await watcher.status("/a.txt", 1_000), 404);
  });

  it("A64: answers for known and for missing paths without a promise", async () => {
    await using site = await Site.create({ "a.txt": "a", "sub/index.html": "sub" });
    const watcher = new Watcher(site);

    for (const path of ["/a.txt", "/missing", "/sub", "/sub/"]) {
      const found = await watcher.find(path, 0);
      assert.equal(watcher.find(path, 999), found, path);
    }
    assert.equal(watcher.find("/%zz", 0) instanceof Promise, false);
    assert.equal(watcher.find("/.env", 0) instanceof Promise, false);
  });

  it("asks the disk once for requests that arrive together", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const watcher = new Watcher(site);

    assert.equal(watcher.find("/a.txt", 0), watcher.find("/a.txt", 0));
    await watcher.find("/a.txt", 0);
    assert.equal(watcher.find("/a.txt", 5_000), watcher.find("/a.txt", 5_000));
  });

  it("looks again when the clock was set back", async () => {
    await using site = await Site.create({ "a.txt": "old" });
    const watcher = new Watcher(site);
    assert.equal(await watcher.text("/a.txt", 0), "old");
    await writeFile(join(site.root, "a.txt"), "new");

    assert.equal(await watcher.text("/a.txt", -1), "new");
  });

  it("A59: confirms unchanged files without a promise, and notices what changes beside them", async () => {
    await using site = await Site.create({ "a.js": "a", "b.txt": "b" });
    const watcher = new Watcher(site);
    const known = await watcher.find("/a.js", 0);
    await watcher.find("/b.txt", 0);

    assert.equal(watcher.find("/a.js", 5_000), known);
    await site.write("root/a.js.br", "br");
    await rm(join(site.root, "b.txt"));

    assert.equal((await watcher.entry("/a.js", 6_000)).coded.length, 1);
    assert.equal(await watcher.status("/b.txt", 6_000), 404);
    await rm(join(site.root, "a.js.br"));
    assert.equal((await watcher.entry("/a.js", 7_000)).coded.length, 0);
  });

  it("leaves a disk alone that took long for a look, for so long that such looks are half a percent of the time", async (context) => {
    await using site = await Site.create({ "a.bin": "a" });
    const watcher = new Watcher(site);
    const known = await watcher.find("/a.bin", 0);
    const clock = { nowMs: 1_000, lookMs: 1 };
    // Twice for each look: when it begins, and when it has ended.
    context.mock.method(performance, "now", () => (clock.nowMs += clock.lookMs));
    const isLookedAt = (atMs: number): boolean => !(watcher.find("/a.bin", atMs) instanceof Promise);

    assert.equal(watcher.find("/a.bin", 2_000), known);
    clock.lookMs = 10;
    assert.equal(isLookedAt(4_000), true, "slow for the first time");
    clock.lookMs = 1;
    assert.equal(isLookedAt(6_000), false, "right after it");
    await watcher.find("/a.bin", 6_000);
    clock.nowMs += 1_900;
    assert.equal(isLookedAt(8_000), false, "not yet 200 times as long");
    await watcher.find("/a.bin", 8_000);
    clock.nowMs += 200;
    assert.equal(isLookedAt(10_000), true);
  });

  it("A58: keeps a small file at once, a larger one when it is asked for again, and a huge one never", async () => {
    const sizes = { "a.bin": 65_536, "b.bin": 65_537, "c.bin": 2 * 1024 * 1024 + 1 };
    const files = Object.entries(sizes).map(([name, size]) => [name, new Uint8Array(size)]);
    await using site = await Site.create(Object.fromEntries(files) as Record<string, Uint8Array>);
    const { catalog, entry } = new Watcher(site, 10_000_000);

    const kept = async (path: string): Promise<boolean> =>
      (await catalog.content((await entry(path, 0)).identity, START_MS)) !== null;

    assert.deepEqual([await kept("/a.bin"), await kept("/b.bin"), await kept("/c.bin")], [true, false, false]);
    assert.deepEqual([await kept("/a.bin"), await kept("/b.bin"), await kept("/c.bin")], [true, true, false]);
  });

  it("A58: keeps what is there when other files are asked for once, and lets go of it for one that is asked for again", async () => {
    const names = ["a.bin", "b.bin", "c.bin"];
    const files = names.map((name) => [name, new Uint8Array(40_000)]);
    await using site = await Site.create(Object.fromEntries(files) as Record<string, Uint8Array>);
    const { catalog, entry } = new Watcher(site, 100_000);
    const found = await Promise.all(names.map(async (name) => (await entry(`/${name}`, 0)).identity));
    const [first, second, third] = found as [Variant, Variant, Variant];
    const held = (): string[] => names.filter((_, i) => found[i]!.bytes !== null);

    for (const [i, variant] of found.entries()) await catalog.content(variant, START_MS + i);
    assert.deepEqual(held(), ["a.bin", "b.bin"], "a walk through all");
    second.askedMs = START_MS + 10;
    await catalog.content(third, START_MS + 11);
    assert.deepEqual(held(), ["b.bin", "c.bin"], "twice, while a.bin was not asked for");
    third.askedMs = START_MS + 20;
    second.askedMs = START_MS + 21;
    await catalog.content(first, START_MS + 22);
    assert.deepEqual(held(), ["b.bin", "c.bin"], "twice, but the others in between");
    assert.ok(catalog.contentBytes <= 100_000);
  });

  it("goes by the name that was asked for, not by the one a link leads to", async () => {
    await using site = await Site.create({ "app.abc123": "x" });
    await symlink("app.abc123", join(site.root, "app.js"));

    const { fields, lastModifiedMs } = (await new Watcher(site).entry("/app.js", 0)).identity;

    assert.equal(fields[1], "text/javascript; charset=utf-8");
    assert.equal(lastModifiedMs, MODIFIED_MS);
  });

  it("A8: tags a file from a container image by its content, and gives it no time", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    await utimes(join(site.root, "a.txt"), 1, 1);

    const { etag, fields } = (await new Watcher(site).entry("/a.txt", 0)).identity;
    await writeFile(join(site.root, "a.txt"), "b");
    await utimes(join(site.root, "a.txt"), 1, 1);
    const changed = (await new Watcher(site).entry("/a.txt", 0)).identity;

    assert.match(etag ?? "", /^"[\w-]{21}"$/);
    assert.notEqual(changed.etag, etag);
    assert.equal(fields.includes("last-modified"), false);
  });
});

describe("a failing disk", () => {
  it("A47: says 403, 404 or 503 for what is expected", () => {
    const expected = {
      403: ["EACCES", "EPERM"],
      404: ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "ENXIO"],
      503: ["EMFILE", "ENFILE"],
    };
    for (const [status, codes] of Object.entries(expected)) {
      for (const code of codes)
        assert.equal(refusedBy(Object.assign(new Error(code), { code })).status, Number(status));
    }
  });

  it("A47: passes on what is not expected", () => {
    const failure = Object.assign(new Error("EIO"), { code: "EIO" });

    assert.throws(() => refusedBy(failure), failure);
    assert.throws(
      () => refusedBy("thrown"),
      (error) => error === "thrown",
    );
  });

  it("A47: answers 403 for a file that the server may not read, app or not, and forgets it", async () => {
    await using site = await Site.create({ "a.txt": "a", "closed/b.txt": "b" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: true });
    await chmod(site.base, 0o755);
    await chmod(join(site.root, "a.txt"), 0);
    await chmod(join(site.root, "closed"), 0);

    await asNobody(async () => {
      assert.equal((await ask(phase, "GET", "/a.txt")).status, 403);
      assert.equal((await ask(phase, "HEAD", "/closed/b.txt")).status, 403);
    });
    await chmod(join(site.root, "a.txt"), 0o644);
    assert.equal((await ask(phase, "GET", "/a.txt")).status, 200);
    await chmod(join(site.root, "closed"), 0o755);
  });

  it("A47: refuses a directory at creation that the server may not read", async () => {
    await using site = await Site.create();
    await mkdir(join(site.base, "closed"), { mode: 0 });
    await chmod(site.base, 0o755);

    await asNobody(async () => {
      assert.throws(() => phaseFor({ "/": join(site.base, "closed") }, { fallthrough: true }), {
        code: "ERR_STATIC_ROOT",
        message: /EACCES/,
      });
    });
  });
});
