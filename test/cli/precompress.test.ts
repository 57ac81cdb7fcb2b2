// Does `easyserver precompress` do what it says, and say what it did?

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import zlib, { brotliDecompressSync } from "node:zlib";
import { type BarStream, progressBar } from "../../src/cli/progress.ts";
import { folder, run } from "./command.ts";

const TEXT = "The same words again and again. ".repeat(100);

describe("easyserver precompress", () => {
  it("makes copies, sums up, and finds nothing to do the next time", async () => {
    const directory = folder({ "public/app.js": TEXT, "public/small.js": "1" });
    const first = await run(["precompress", "public"], { cwd: directory });

    assert.equal(first.stderr, "");
    assert.equal(first.code, 0);
    assert.match(first.stdout, /^br: 1 file, 3\.2 kB became 0\.\d kB$/m);
    assert.match(
      first.stdout,
      /^Compressed copies: [23] made, 0 up to date, 0 not worth it, 0 removed \(\d\.\d s\)\.$/m,
    );
    assert.equal(brotliDecompressSync(readFileSync(join(directory, "public/app.js.br"))).toString(), TEXT);
    assert.equal(existsSync(join(directory, "public/app.js.zst")), "createZstdCompress" in zlib);
    const secondOf = (name: string): number => Math.floor(statSync(join(directory, "public", name)).mtimeMs / 1000);
    assert.equal(secondOf("app.js.br"), secondOf("app.js"));

    const second = await run(["precompress", "public"], { cwd: directory });
    assert.match(second.stdout, /^Compressed copies: 0 made, [23] up to date/);
  });

  it("says in a dry run what it would do", async () => {
    const directory = folder({ "public/app.js": TEXT, "public/old.js": TEXT });
    await run(["precompress", "public", "--encodings", "gzip"], { cwd: directory });
    rmSync(join(directory, "public/old.js"));
    rmSync(join(directory, "public/app.js.gz"));
    const { stdout, code } = await run(["precompress", "public", "--encodings", "gzip", "--dry-run"], {
      cwd: directory,
    });

    assert.equal(code, 0);
    assert.match(stdout, /^would compress app\.js \(gzip\)$/m);
    assert.match(stdout, /^would remove the gzip copy of old\.js$/m);
    assert.match(stdout, /1 to make, 0 up to date, 0 not worth it, 1 to remove/);
    assert.equal(existsSync(join(directory, "public/app.js.gz")), false);
    assert.equal(existsSync(join(directory, "public/old.js.gz")), true);
  });

  it("D11: prints one JSON object and nothing else with --json", async () => {
    const directory = folder({ "public/app.js": TEXT });
    const parameters = [
      "precompress",
      "public",
      "--json",
      "--encodings=br,gzip",
      "--br-level",
      "4",
      "--min-size",
      "2kb",
    ];
    const { stdout, stderr, code } = await run(parameters, { cwd: directory });

    assert.equal(stderr, "");
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as Record<string, unknown> & { made: { path: string; coding: string }[] };
    assert.deepEqual(report.made.map(({ path, coding }) => `${path} ${coding}`).toSorted(), [
      "app.js br",
      "app.js gzip",
    ]);
    assert.deepEqual([report["removed"], report["current"], report["foreign"], report["failed"]], [[], 0, [], []]);
  });

  it("D6: names everything that is wrong at once, and exits with 2", async () => {
    const directory = folder({ "file.txt": "" });
    const parameters = ["file.txt", "--encodings", "brr,gzip", "--gzip-level", "12", "--min-size", "big"];
    const { stdout, stderr, code } = await run(["precompress", ...parameters], { cwd: directory });

    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /--encodings takes br, gzip, zstd: got "brr"\. Did you mean br\?/);
    assert.match(stderr, /--gzip-level is a whole number from 1 to 9: got "12"\./);
    assert.match(stderr, /--min-size is a size such as 1kb or 500: got "big"\./);
    assert.match(stderr, /"file\.txt" is not a directory\./);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("wants a directory that is there", async () => {
    const missing = await run(["precompress", "nowhere"], { cwd: folder({}) });
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /The directory "nowhere" cannot be read \(ENOENT/);
    const none = await run(["precompress"]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /easyserver precompress takes: <dir>/);
  });

  it("exits with 1 when a copy could not be made, after making the others", async () => {
    const long = `${"n".repeat(251)}.js`;
    const directory = folder({ "public/app.js": TEXT, [`public/${long}`]: TEXT });
    const { stderr, code } = await run(["precompress", "public", "--encodings", "gzip"], { cwd: directory });

    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${long}\\.gz: ENAMETOOLONG`));
    assert.equal(existsSync(join(directory, "public/app.js.gz")), true);
  });

  it("D9: explains itself", async () => {
    const { stdout, code } = await run(["precompress", "--help"]);

    assert.equal(code, 0);
    assert.match(stdout, /^Usage: easyserver precompress <dir> \[options\]$/m);
    assert.match(stdout, /--dry-run/);
    assert.ok(stdout.split("\n").every((line) => line.length <= 80));
  });
});

describe("the progress bar", () => {
  const terminal = (): BarStream & { written: string } => ({
    isTTY: true,
    columns: 50,
    written: "",
    write(text: string) {
      this.written += text;
    },
  });

  it("D12: is one line that is drawn over itself and taken away, as wide as the terminal at most", () => {
    const stream = terminal();
    const bar = progressBar(stream, { TERM: "xterm" });
    bar.show(1, 2, "a/very/long/name/that/does/not/fit/into/the/line.js");
    bar.clear();

    assert.ok(stream.written.startsWith(`\r\u001b[K[${"#".repeat(12)}${"-".repeat(12)}] 1/2 a/very`));
    assert.equal(stream.written.endsWith("\r\u001b[K"), true);
    assert.equal(stream.written.includes("\n"), false);
    assert.ok(stream.written.split("\r\u001b[K").every((line) => line.length < 50));
  });

  it("D12: is not there without a terminal, in CI, and on a terminal that cannot draw", () => {
    for (const [isTTY, variables] of [
      [false, { TERM: "xterm" }],
      [true, { TERM: "xterm", CI: "true" }],
      [true, { TERM: "dumb" }],
    ] as const) {
      const stream = { ...terminal(), isTTY };
      const bar = progressBar(stream, variables);
      bar.show(1, 2, "a");
      bar.clear();
      assert.equal(stream.written, "");
    }
  });

  it("lets no file name command the terminal", () => {
    const stream = terminal();
    progressBar(stream, {}).show(0, 1, "\u001b[2J\u0007x");
    assert.match(stream.written, /0\/1 \?\[2J\?x$/);
  });
});
