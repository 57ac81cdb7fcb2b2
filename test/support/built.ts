// What a test's child processes run: what ships, which starts in a quarter of the time, or the sources.

import { mkdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** `npm test` has just built it. */
export const IS_BUILT: boolean = process.env["npm_lifecycle_event"] === "test";

/** Node's arguments for a program that imports `INDEX` and no TypeScript of its own. */
export const LOADER: readonly string[] = IS_BUILT ? [] : ["--import", import.meta.resolve("tsx")];

/** What `import ... from "easyserver"` gives. */
export const INDEX: string = new URL(IS_BUILT ? "../../dist/src/index.js" : "../../src/index.ts", import.meta.url).href;

/** Below the project, so that packages are found. */
const CACHE = new URL(`../../node_modules/.cache/easyserver-test-${process.pid}/`, import.meta.url);

const known = new Map<string, readonly [URL, URL]>();

/** A program in TypeScript and a module that it loads, each as JavaScript in few files: what is started often starts quickly so. */
export function packed(program: URL, module: URL): readonly [URL, URL] {
  const key = `${program.href} ${module.href}`;
  const made = known.get(key) ?? pack(program, module, new URL(`${known.size}/`, CACHE));
  known.set(key, made);
  return made;
}

function pack(program: URL, module: URL, folder: URL): readonly [URL, URL] {
  if (known.size === 0) process.on("exit", () => rmSync(CACHE, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  const form = { bundle: true, splitting: true, platform: "node", format: "esm", packages: "external" } as const;
  const entryPoints = [program, module].map((url) => fileURLToPath(url));
  buildSync({ ...form, entryPoints, entryNames: "[name]", outdir: fileURLToPath(folder), logLevel: "error" });
  const [one, two] = entryPoints.map((path) => new URL(basename(path).replace(/\.ts$/u, ".js"), folder));
  return [one!, two!];
}
