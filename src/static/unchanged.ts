// Is everything still as it was? A quick look at files that were served a moment ago.

import { statSync } from "node:fs";
import { isCodable, type Entry, type Variant } from "./entry.ts";
import type { Mount } from "./mount.ts";
import { EXTENSIONS, originalOf } from "./sidecar.ts";
import { fileVersion, isSameVersion, isSettled } from "./version.ts";

const QUIET = { bigint: true, throwIfNoEntry: false } as const;

/**
 * Whether the file and its sidecars are the ones that `entry` describes, and no sidecar has come. False also when that cannot
 * be told: then a search finds out.
 *
 * This is the one look at the disk that is not left to other threads (docs/decisions/021): the system has just been asked the
 * same and answers from memory, in 2 microseconds instead of 30. The caller sees to it that slow disks are not asked this way.
 */
export function isUnchanged(entry: Entry, mount: Mount): boolean {
  // A sidecar's own address depends on whether there is an original, which is looked for elsewhere.
  if (originalOf(entry.path, mount) !== null) return false;
  try {
    if (!isSame(entry.identity, entry.path, entry.checkedMs)) return false;
    if (!isCodable(entry.name, mount)) return true;
    return mount.settings.precompressed.every((coding) => {
      const file = entry.path + EXTENSIONS[coding];
      const known = entry.coded.find((candidate) => candidate.coding === coding);
      return known === undefined ? statSync(file, QUIET) === undefined : isSame(known.variant, file, entry.checkedMs);
    });
  } catch {
    return false;
  }
}

function isSame(variant: Variant, file: string, checkedMs: number): boolean {
  const stats = statSync(file, QUIET);
  return (
    stats !== undefined && isSameVersion(fileVersion(stats), variant.version) && isSettled(variant.version, checkedMs)
  );
}
