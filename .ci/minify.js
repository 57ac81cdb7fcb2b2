// Makes the built code half as large: without white space and with short names for what is local. Functions, classes and
// members keep theirs, so a stack trace still says who called whom (docs/decisions/008-size-of-the-package.md).

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minifySync } from "oxc-minify";

// Nothing is rewritten: what runs is what esbuild wrote.
const options = { module: true, compress: false, mangle: { keepNames: true } };

for (const name of readdirSync("dist", { recursive: true })) {
  if (!name.endsWith(".js")) continue;
  const file = join("dist", name);
  const { code, errors } = minifySync(file, readFileSync(file, "utf8"), options);
  if (errors.length > 0) throw new Error(`${file} cannot be read: ${errors[0].message}`);
  writeFileSync(file, code);
}
