// How may a served directory be described?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServerError } from "../../src/errors.ts";
import { resolveOptions } from "../../src/options.ts";
import { type MountOptions, resolveMount } from "../../src/options/mount.ts";

function refusal(mounts: unknown): string {
  try {
    resolveOptions({ options: { static: mounts } });
  } catch (error) {
    assert.ok(error instanceof ServerError && error.code === "ERR_OPTIONS_INVALID");
    return error.message;
  }
  return "accepted";
}

describe("a mount", () => {
  it("is a directory, or an object that names one", () => {
    const { static: mounts } = resolveOptions({ options: { static: { "/": "./a", "/b/": { dir: "./b" } } } });

    assert.equal(mounts["/"]?.dir, "./a");
    assert.deepEqual(mounts["/b"], { ...mounts["/"], dir: "./b" });
  });

  it("may be the only one, as on the command line", () => {
    assert.equal(resolveOptions({ options: { static: "./public" } }).static["/"]?.dir, "./public");
    assert.equal(resolveOptions({ file: { media: "/up=./uploads" } }).media["/up"]?.dir, "./uploads");
  });

  it("A56: of uploads follows no links, has no index and sends no sidecars unless told to", () => {
    const { media } = resolveOptions({ options: { media: { "/a": "./a", "/b": { dir: "./b", symlinks: "inside" } } } });

    const { index, symlinks, precompressed, notFound } = media["/a"]!;
    assert.deepEqual(
      { index, symlinks, precompressed, notFound },
      {
        index: [],
        symlinks: "deny",
        precompressed: [],
        notFound: false,
      },
    );
    assert.equal(media["/b"]?.symlinks, "inside");
  });

  it("resolves to something that resolves to itself", () => {
    const options: MountOptions = { dir: ".", spa: true, immutable: true, maxAgeMs: "1h", headers: { "X-A": "b" } };
    const settings = resolveMount(options, "x");

    assert.deepEqual(resolveMount(settings, "x"), settings);
    assert.equal(settings.maxAgeMs, 3_600_000);
    assert.deepEqual(settings.headers, { "x-a": "b" });
  });

  it("D6: says which option of which mount is wrong, and what is allowed", () => {
    assert.equal(
      refusal({ "/a": { dir: ".", dotfiles: "alow" } }),
      '"static" in the options: "dotfiles" of "/a" is "alow"; it must be "deny" or "allow".',
    );
    assert.equal(
      refusal({ "/a": { dir: ".", maxage: 1 } }),
      '"static" in the options: "maxage" of "/a" is not an option. Did you mean "maxAgeMs"?',
    );
    assert.equal(
      refusal({ "/a": {} }),
      '"static" in the options: "/a" has no "dir"; it must be the path of a directory.',
    );
    assert.equal(
      refusal({ "/a": 5 }),
      '"static" in the options: "/a" is 5; it must be a directory, or an object with "dir".',
    );
  });

  it("refuses what cannot be meant", () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      index: ["a/b.html", "..", [1], {}],
      spa: ["../x.html", "/index.html", { file: 1 }, { except: ["api"] }, { excpet: [] }, 1],
      immutable: ["yes", 1],
      maxAgeMs: ["soon", -1, Number.NaN],
      symlinks: ["outside", [""], 1],
      extensions: [[".html"], "html", [""], ["a/b"]],
      precompressed: [["deflate"], "br"],
      listing: ["yes", 0],
      notFound: ["../404.html", "/404.html", ""],
      fallthrough: ["yes"],
      etag: [true, "md5"],
      headers: [
        { "content-length": "1" },
        { etag: "x" },
        { "a b": "c" },
        { a: "b\r\nc: d" },
        { a: 1 },
        ["a"],
        { A: "1", a: "2" },
      ],
    };
    for (const [option, values] of Object.entries(wrong)) {
      for (const value of values) {
        assert.match(
          refusal({ "/": { dir: ".", [option]: value } }),
          new RegExp(`"${option}" of "/" is .*must be`),
          option,
        );
      }
    }
  });

  it("A30: takes names with a hash for immutable, and words not", () => {
    const { immutable } = resolveMount({ dir: ".", immutable: true }, "x");
    assert.ok(immutable instanceof RegExp);

    for (const name of [
      "app.3f2a91bc.js",
      "assets/index-DiwrgTda.css",
      "x-8f_Kd02A.woff2",
      "a/b.0123456789abcdef.js.map",
    ]) {
      assert.ok(immutable.test(name), name);
    }
    for (const name of [
      "app.js",
      "jquery-migrate.js",
      "bootstrap-datepicker.css",
      "a.12.js",
      "3f2a91bc.js",
      "x/3f2a91bc0/a.js",
    ]) {
      assert.ok(!immutable.test(name), name);
    }
  });
});
