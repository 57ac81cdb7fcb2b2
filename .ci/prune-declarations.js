// Which declarations can a user's compiler reach? `tsc` writes one for every source; the others would be a quarter of the package.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const reached = new Set();
const open = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [normalize(types)]));
for (let file = open.pop(); file !== undefined; file = open.pop()) {
  if (reached.has(file)) continue;
  reached.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*"(\.[^"]+)"/gu)) {
    const declaration = join(dirname(file), path.replace(/\.[jt]s$/u, ".d.ts"));
    if (!existsSync(declaration)) throw new Error(`${file} imports ${path}, which has no declaration.`);
    open.push(declaration);
  }
}

for (const name of readdirSync("dist", { recursive: true })) {
  const file = join("dist", name);
  if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
}
