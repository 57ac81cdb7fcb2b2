// The files that static servers are probed with: the same content and times in every run.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MODIFIED = new Date("2026-01-02T03:04:05Z");

let folder: string | null = null;

/** One folder for the whole process: validators are made of size and time, so all ways must see the same. */
export function makeFolder(): string {
  if (folder !== null) return folder;
  const made = mkdtempSync(join(tmpdir(), "parity-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  write(made, "hello.txt", "Hello, file!\n");
  write(made, "index.html", "<!doctype html><title>index</title>\n");
  write(made, "large.bin", Buffer.alloc(1_500_000, "0123456789abcdef"));
  write(made, "empty.txt", "");
  write(made, "name with space é.txt", "spaced\n");
  mkdirSync(join(made, "sub"));
  write(made, "sub/index.html", "<!doctype html><title>sub</title>\n");
  write(made, ".hidden", "no\n");
  folder = made;
  return made;
}

function write(root: string, name: string, content: string | Buffer): void {
  const path = join(root, name);
  writeFileSync(path, content);
  utimesSync(path, MODIFIED, MODIFIED);
}
