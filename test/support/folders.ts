// Folders of tests, below the system's own place for such.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is removed with the process. */
export function newFolder(what = "test"): string {
  const folder = mkdtempSync(join(tmpdir(), `easyserver-${what}-`));
  folders.push(folder);
  return folder;
}
