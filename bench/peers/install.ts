// Are the servers we compare ourselves with here? They are installed when a run first needs them, never with the package.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** Installs the peers as their lock file says, if that was not done since the lock file last changed. */
export function installPeers(tell: (line: string) => void): void {
  const receipt = `${FOLDER}node_modules/.package-lock.json`;
  const lock = `${FOLDER}package-lock.json`;
  if (existsSync(receipt) && statSync(receipt).mtimeMs >= statSync(lock).mtimeMs) return;
  tell("Installing the servers to compare with into bench/peers (about 220 MB, once): npm ci");
  // No install scripts: the binaries of Bun and Deno come as plain files of their platform packages.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync("npm", args, { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) {
    throw new Error(
      `npm ci in bench/peers failed (${error?.message ?? `exit code ${status}`}). Run it by hand to see why.`,
    );
  }
}
