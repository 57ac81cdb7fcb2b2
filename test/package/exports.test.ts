// Does package.json name only what is built? The tests run on the built package: `npm test` builds first.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { ROOT } from "./source-tree.ts";

interface Manifest {
  readonly main: string;
  readonly types: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly typesVersions: { readonly "*": Readonly<Record<string, readonly string[]>> };
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const modules = Object.entries(manifest.exports).flatMap(([entry, target]) =>
  typeof target === "string" ? [] : [{ entry, ...target }],
);

describe("the exports map", () => {
  it("names files that the build makes", () => {
    const files = [
      manifest.main,
      manifest.types,
      ...Object.values(manifest.bin),
      ...modules.flatMap(({ types, default: code }) => [types, code]),
    ];

    assert.deepEqual(
      files.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });

  it("starts at the same file for those who read main and types instead", () => {
    assert.deepEqual(manifest.exports["."], { types: manifest.types, default: manifest.main });
  });

  it("has its subpaths in typesVersions too, where older resolution looks for types", () => {
    const subpaths = modules.filter(({ entry }) => entry !== ".");
    const expected = subpaths.map(({ entry, types }) => [entry.replace("./", ""), [types]]);

    assert.deepEqual(manifest.typesVersions["*"], Object.fromEntries(expected));
  });

  it("puts types first and has no import condition, so that require() works as well", () => {
    for (const [entry, target] of Object.entries(manifest.exports)) {
      if (typeof target !== "string") assert.deepEqual(Object.keys(target), ["types", "default"], entry);
    }
  });

  it("gives the command a line that finds node", () => {
    for (const file of Object.values(manifest.bin)) {
      assert.match(readFileSync(join(ROOT, file), "utf8"), /^#!\/usr\/bin\/env node\n/u);
    }
  });
});
