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

/** What the compiler says of it; empty when all is well. */
async function compiled(types: string): Promise<string> {
  const folder = mkdtempSync(join(ROOT, "node_modules/.spec-types-"));
  try {
    writeFileSync(join(folder, "types.ts"), comparison(types));
    const options = {
      extends: "../../tsconfig.json",
      compilerOptions: { rootDir: "../..", isolatedDeclarations: false },
      files: ["types.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
    return await new Promise((resolve) => {
      execFile(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], (_error, stdout) =>
        resolve(stdout),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the normative types", () => {
  it("T1, T2: are those of the package", async () => {
    assert.ok(NAMES.length > 10);
    assert.equal(await compiled(TYPES), "");
  });

  it("differ when a member is missing, optional on one side, or wider", async () => {
    const changes = [
      TYPES.replace("readonly target: string;", ""),
      TYPES.replace("readonly state:", "readonly state?:"),
      TYPES.replace('readonly family: "IPv4"', 'readonly family: "IPv9" | "IPv4"'),
    ];

    for (const changed of changes) assert.notEqual(changed, TYPES);
    for (const output of await Promise.all(changes.map(compiled))) assert.match(output, /error TS2322/u);
  });
});
