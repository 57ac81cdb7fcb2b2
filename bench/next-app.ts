// Is the Next app of the bench built? With which files does it answer?

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("next-app", import.meta.url));
const BUILT = join(FOLDER, ".next");
/** Says which version of Next has built which version of the app. */
const RECEIPT = join(BUILT, "bench-receipt");

/** Builds it, unless that was done since the last change. */
export function ensureNextApp(tell: (line: string) => void): void {
  const { resolve } = createRequire(import.meta.url);
  const manifest = resolve("next/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const wanted = `${version} ${newest(FOLDER)}`;
  if (existsSync(RECEIPT) && readFileSync(RECEIPT, "utf8") === wanted) return;
  tell("Building the Next app of the bench (once)");
  const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
  execFileSync(process.execPath, [join(dirname(manifest), "dist/bin/next"), "build"], { cwd: FOLDER, env });
  writeFileSync(RECEIPT, wanted);
}

function newest(folder: string): number {
  const times = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).startsWith(BUILT))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}

/** What `next build` has rendered for a page. */
export function renderedPage(name: "index" | "other"): string {
  return readFileSync(join(BUILT, `server/app/${name}.html`), "latin1");
}

export interface NextFile {
  readonly target: string;
  readonly content: string;
}

/** Two scripts of the app: the one nearest to 32 KiB, and the smallest. */
export function nextScripts(): readonly [timed: NextFile, other: NextFile] {
  const folder = join(BUILT, "static/chunks");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".js"))
    .map((name) => ({ target: `/_next/static/chunks/${name}`, content: readFileSync(join(folder, name), "latin1") }));
  const by = (distance: (bytes: number) => number): NextFile =>
    files.toSorted((a, b) => distance(a.content.length) - distance(b.content.length))[0] as NextFile;
  return [by((bytes) => Math.abs(bytes - 32_768)), by((bytes) => bytes)];
}
