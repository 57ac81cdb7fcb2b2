// Has every requirement on files a test that bears its id, over sockets, on both engines and in both modes?

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";

const HERE = new URL("./", import.meta.url);
const LONG = new URL("../long/static.long.ts", import.meta.url);
const LAST = 67;

/** Ids in titles of tests: `A39, H5: …`. */
function idsIn(text: string): string[] {
  const titles = [...text.matchAll(/\bit\(\s*["'`]((?:[AH]\d+(?:, )?)+):/gu)].map(([, ids = ""]) => ids);
  return titles.flatMap((ids) => ids.split(", "));
}

/** What runs for each engine and mode: these files describe their subjects with `everyWay`, or a loop over `WAYS`. */
function everywhere(): string[] {
  const wires = readdirSync(HERE).filter((name) => /^wire-.*\.test\.ts$/u.test(name));
  return [...wires.map((name) => new URL(name, HERE)), LONG].map((file) => {
    const text = readFileSync(file, "utf8");
    assert.match(text, /\beveryWay\(|of WAYS\)/u, file.href);
    return text;
  });
}

it("A1 to A67 each have one", () => {
  const found = new Set(everywhere().flatMap(idsIn));
  const all = Array.from({ length: LAST }, (_, i) => `A${i + 1}`);

  assert.deepEqual(
    all.filter((id) => !found.has(id)),
    [],
  );
});
