// Are compressed copies made where they help, once, and never in place of what somebody else made?

import assert from "node:assert/strict";
import { chmod, link, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import * as zlib from "node:zlib";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { precompress, type PrecompressReport, type PrecompressSettings } from "../../src/static/precompress.ts";
import { RECORD_NAME } from "../../src/static/precompress-record.ts";
import { MODIFIED_MS, Site } from "./site.ts";

const TEXT = "The same words again and again. ".repeat(100);
const NOISE = Uint8Array.from({ length: 4000 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> (i % 24)) & 255);

/** What newer versions of Node have. */
interface WithZstd {
  readonly zstdDecompressSync: (content: Uint8Array) => Buffer;
}

const withoutZstd = "zstdDecompressSync" in zlib ? false : "Zstandard comes with Node 22.15";

function run(site: Site, settings: Partial<PrecompressSettings> = {}): Promise<PrecompressReport> {
  const usual = { levels: { br: 5, gzip: 6 }, minBytes: 1024, dryRun: false, force: false, atOnce: 2 };
  return precompress(site.root, { ...usual, ...settings });
}

async function names(site: Site): Promise<string[]> {
  // With types, as without them Node follows links, round and round.
  const all = await readdir(site.root, { recursive: true, withFileTypes: true });
  const paths = all.map(({ parentPath, name }) => relative(site.root, join(parentPath, name)));
  return paths.filter((path) => /\.(?:br|gz|zst|tmp)$/.test(path)).toSorted();
}

async function rewrite(site: Site, name: string, content: string, modifiedMs: number): Promise<void> {
  await writeFile(join(site.root, name), content);
  await utimes(join(site.root, name), modifiedMs / 1000, modifiedMs / 1000);
}

describe("precompressing", () => {
  it("makes a copy in each coding that decodes to the original", async () => {
    await using site = await Site.create({ "a.js": TEXT, "sub/b.css": `${TEXT}b` });
    const { made } = await run(site);

    assert.deepEqual(await names(site), ["a.js.br", "a.js.gz", "sub/b.css.br", "sub/b.css.gz"]);
    assert.equal(brotliDecompressSync(await readFile(join(site.root, "a.js.br"))).toString(), TEXT);
    assert.equal(gunzipSync(await readFile(join(site.root, "sub/b.css.gz"))).toString(), `${TEXT}b`);
    assert.deepEqual(made.map(({ path, coding }) => `${path} ${coding}`).toSorted(), [
      "a.js br",
      "a.js gzip",
      "sub/b.css br",
      "sub/b.css gzip",
    ]);
    for (const { path, coding, bytes } of made) {
      const file = join(site.root, `${path}${coding === "br" ? ".br" : ".gz"}`);
      assert.equal((await stat(file)).size, bytes);
    }
  });

  it("makes copies in Zstandard where Node has it", { skip: withoutZstd }, async () => {
    await using site = await Site.create({ "a.js": TEXT, "noise.bin": NOISE });
    const levels = { zstd: 19 };
    const first = await run(site, { levels });
    const second = await run(site, { levels });

    assert.deepEqual(await names(site), ["a.js.zst"]);
    const copy = await readFile(join(site.root, "a.js.zst"));
    assert.equal((zlib as unknown as WithZstd).zstdDecompressSync(copy).toString(), TEXT);
    assert.deepEqual([first.made.length, first.poor, second.made.length, second.current], [1, 1, 0, 1]);
  });

  it("A27: gives the copy the time and the rights of the original", async () => {
    await using site = await Site.create({ "a.js": TEXT });
    await chmod(join(site.root, "a.js"), 0o640);
    await run(site);

    const copy = await stat(join(site.root, "a.js.br"));
    assert.equal(copy.mtimeMs, MODIFIED_MS);
    assert.equal(copy.mode & 0o777, 0o640);
  });

  it("leaves alone what is small, compressed already, or would not shrink", async () => {
    await using site = await Site.create({
      "small.js": "x".repeat(1023),
      "photo.jpg": TEXT,
      "font.woff2": TEXT,
      "page.br": TEXT,
      "noise.bin": NOISE,
    });
    const { made, poor } = await run(site);

    assert.deepEqual(made, []);
    assert.equal(poor, 2);
    assert.deepEqual(await names(site), ["page.br"]);
  });

  it("does nothing the second time, also for what did not shrink", async () => {
    await using site = await Site.create({ "a.js": TEXT, "noise.bin": NOISE });
    await run(site);
    const before = (await stat(join(site.root, "a.js.br"), { bigint: true })).ctimeNs;
    const tried: string[] = [];
    const report = await run(site, { onProgress: (_done, _total, path) => tried.push(path) });

    assert.deepEqual([report.made, report.removed, tried], [[], [], []]);
    assert.deepEqual([report.current, report.poor], [2, 2]);
    assert.equal((await stat(join(site.root, "a.js.br"), { bigint: true })).ctimeNs, before);
  });

  it("makes the copies of a changed file anew, and again at another level", async () => {
    await using site = await Site.create({ "a.js": TEXT });
    await run(site);
    await rewrite(site, "a.js", `${TEXT}more`, MODIFIED_MS + 5_000);
    assert.equal((await run(site)).made.length, 2);
    assert.equal(brotliDecompressSync(await readFile(join(site.root, "a.js.br"))).toString(), `${TEXT}more`);

    const { made, current } = await run(site, { levels: { br: 5, gzip: 1 } });
    assert.deepEqual([made.map(({ coding }) => coding), current], [["gzip"], 1]);
  });

  it("removes its copies of files that are gone or no longer worth it", async () => {
    await using site = await Site.create({ "gone.js": TEXT, "sub/gone.js": TEXT, "short.js": TEXT, "noisy.bin": TEXT });
    await run(site);
    await rm(join(site.root, "gone.js"));
    await rm(join(site.root, "sub"), { recursive: true });
    await rewrite(site, "short.js", "now short", MODIFIED_MS + 5_000);
    await writeFile(join(site.root, "noisy.bin"), NOISE);
    const { removed } = await run(site);

    assert.deepEqual(await names(site), []);
    assert.deepEqual([...new Set(removed.map(({ path }) => path))].toSorted(), ["gone.js", "noisy.bin", "short.js"]);
    // Nothing is left to remember but the file that did not shrink.
    const record = JSON.parse(await readFile(join(site.root, RECORD_NAME), "utf8")) as { files: object };
    assert.deepEqual(Object.keys(record.files), ["noisy.bin"]);
  });

  it("does not touch what something else made, unless told to", async () => {
    await using site = await Site.create({ "a.js": TEXT, "a.js.gz": "by hand", "orphan.txt.gz": TEXT });
    await mkdir(join(site.root, "a.js.br"));
    const report = await run(site);

    assert.equal(await readFile(join(site.root, "a.js.gz"), "utf8"), "by hand");
    assert.equal(await readFile(join(site.root, "orphan.txt.gz"), "utf8"), TEXT);
    assert.deepEqual(report.made, []);
    assert.deepEqual(
      report.foreign.toSorted((left, right) => (left.coding < right.coding ? -1 : 1)),
      [
        { path: "a.js", coding: "br", outdated: false },
        { path: "a.js", coding: "gzip", outdated: false },
      ],
    );

    await rewrite(site, "a.js", TEXT, MODIFIED_MS + 5_000);
    assert.equal((await run(site)).foreign.find(({ coding }) => coding === "gzip")?.outdated, true);
    assert.deepEqual(
      (await run(site, { force: true })).made.map(({ coding }) => coding),
      ["gzip"],
    );
    assert.equal(gunzipSync(await readFile(join(site.root, "a.js.gz"))).toString(), TEXT);
  });

  it("takes a copy that was changed since for somebody else's", async () => {
    await using site = await Site.create({ "a.js": TEXT });
    await run(site);
    await writeFile(join(site.root, "a.js.gz"), "edited");
    await rm(join(site.root, "a.js"));

    assert.deepEqual((await run(site)).removed, [{ path: "a.js", coding: "br" }]);
    assert.deepEqual(await names(site), ["a.js.gz"]);
  });

  it("A44, A45: follows the rules of serving for dotfiles and links", async () => {
    await using site = await Site.create({
      ".env.txt": TEXT,
      ".git/config.txt": TEXT,
      ".well-known/x.txt": TEXT,
      "sub/.well-known/y.txt": TEXT,
      "real/c.js": TEXT,
    });
    await site.write("outside/secret.txt", TEXT);
    await symlink(join(site.base, "outside/secret.txt"), join(site.root, "out.txt"));
    await symlink(join(site.base, "outside"), join(site.root, "out"));
    await symlink(join(site.root, "real/c.js"), join(site.root, "linked.js"));
    await symlink(join(site.root, "real"), join(site.root, "again"));
    await symlink(join(site.root), join(site.root, "real/loop"));
    await symlink("nowhere", join(site.root, "broken.js"));
    const { failed } = await run(site, { levels: { gzip: 6 } });

    assert.deepEqual(failed, []);
    assert.deepEqual(await names(site), [".well-known/x.txt.gz", "linked.js.gz", "real/c.js.gz"]);
    assert.equal(await readdir(join(site.base, "outside")).then((found) => found.length), 1);
  });

  it("only says what it would do in a dry run", async () => {
    await using site = await Site.create({ "a.js": TEXT, "b.js": TEXT });
    await run(site);
    await rm(join(site.root, "b.js"));
    await site.write("root/c.js", TEXT);
    const before = await names(site);
    const report = await run(site, { dryRun: true });

    assert.deepEqual(await names(site), before);
    assert.deepEqual(
      report.made.map(({ path, bytes }) => [path, bytes]),
      [
        ["c.js", null],
        ["c.js", null],
      ],
    );
    assert.deepEqual(report.removed.length, 2);
    assert.equal((await run(site)).made.length, 2);
  });

  it("goes on past a file whose copy cannot be written, and says so", async () => {
    // The name of the copy would be longer than file systems allow.
    const long = `${"n".repeat(251)}.js`;
    await using site = await Site.create({ "a.js": TEXT, [long]: TEXT });
    const { made, failed } = await run(site, { levels: { gzip: 6 } });

    assert.deepEqual(
      made.map(({ path }) => path),
      ["a.js"],
    );
    assert.deepEqual(failed, [{ path: `${long}.gz`, reason: "ENAMETOOLONG" }]);
  });

  it("replaces a copy by renaming, so that a download under way keeps its own", async () => {
    await using site = await Site.create({ "a.js": TEXT });
    await run(site);
    const before = await readFile(join(site.root, "a.js.gz"));
    await link(join(site.root, "a.js.gz"), join(site.base, "held"));
    await rewrite(site, "a.js", `${TEXT}!`, MODIFIED_MS + 5_000);
    await run(site);

    assert.deepEqual(await readFile(join(site.base, "held")), before);
    assert.notDeepEqual(await readFile(join(site.root, "a.js.gz")), before);
  });

  it("stops in good order when it is interrupted, and goes on the next time", async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.js`, TEXT + i]));
    await using site = await Site.create(files);
    const abort = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 5) abort.abort(new Error("enough"));
    };
    await assert.rejects(run(site, { levels: { gzip: 6 }, signal: abort.signal, onProgress }), /enough/);

    const left = await readdir(site.root);
    assert.deepEqual(
      left.filter((name) => name.endsWith(".tmp")),
      [],
    );
    const already = left.filter((name) => name.endsWith(".gz")).length;
    assert.ok(already >= 5 && already < 20, String(already));
    const report = await run(site, { levels: { gzip: 6 } });
    assert.equal(report.current + report.made.length + report.foreign.length, 20);
    assert.equal((await names(site)).length, 20);
  });

  it("refuses to act on a record that it cannot read", async () => {
    await using site = await Site.create({ "a.js": TEXT });
    await run(site);
    await writeFile(join(site.root, RECORD_NAME), '{"version":');
    await rm(join(site.root, "a.js"));

    await assert.rejects(run(site), new RegExp(`${RECORD_NAME.replaceAll(".", "\\.")} cannot be read`));
    assert.equal((await names(site)).length, 2);
  });
});
