// Are the normative types of SPEC.md those of src/contract.ts? The compiler says so, in both directions.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../package/source-tree.ts";
import { normativeTypes, SPEC_FILE } from "./spec-text.ts";

const TYPES = normativeTypes(readFileSync(SPEC_FILE, "utf8"));
const NAMES = [...TYPES.matchAll(/^export (?:interface|type) (\w+)/gmu)].map(([, name]) => name!);

/** A module that compiles only if each pair of types is the same in both directions, down to the optional members. */
function comparison(types: string): string {
  const pairs = NAMES.map(
    (name) => `
    export const ${name}1: spec.${name} = {} as contract.${name};
    export const ${name}2: contract.${name} = {} as spec.${name};
    export const ${name}3: Same<keyof spec.${name}, keyof contract.${name}> = true;
    export const ${name}4: Same<Optional<spec.${name}>, Optional<contract.${name}>> = true;
    export const ${name}5: Same<spec.${name}, contract.${name}> = true;`,
  );
  return `
    import type * as contract from "../../src/contract.ts";
    type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
    type Optional<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T];
    namespace spec { ${types} }
    ${pairs.join("\n")}`;
}

/** What the compiler says of each of these texts, in one run; empty when all is well. */
async function compiled(texts: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(ROOT, "node_modules/.spec-types-"));
  const files = texts.map((_text, index) => `types-${index}.ts`);
  try {
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, files[index]!), comparison(text));
    const compilerOptions = { rootDir: "../..", isolatedDeclarations: false, skipLibCheck: true };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, files }),
    );
    const output = await new Promise<string>((resolve) => {
      const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
      execFile(process.execPath, [compiler, "-p", folder, "--pretty", "false"], (_error, stdout) => resolve(stdout));
    });
    assert.doesNotMatch(output, /^error/mu);
    const lines = output.split("\n");
    return files.map((file) => lines.filter((line) => line.includes(file)).join("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the normative types", () => {
  it("T1, T2: are those of the package, and would not be with a member missing, optional or wider", async () => {
    const changed = [
      TYPES.replace("readonly target: string;", ""),
      TYPES.replace("readonly state:", "readonly state?:"),
      TYPES.replace('readonly family: "IPv4"', 'readonly family: "IPv9" | "IPv4"'),
    ];

    const [same, ...different] = await compiled([TYPES, ...changed]);

    assert.ok(NAMES.length > 10);
    assert.equal(same, "");
    for (const text of changed) assert.notEqual(text, TYPES);
    for (const output of different) assert.match(output, /error TS2322/u);
  });
});
