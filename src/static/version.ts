// Is a file still the one that was read, and which validators does it earn?

import type { BigIntStats } from "node:fs";
import type { Validators } from "../http/conditional.ts";

/** Two equal versions mean unchanged content, apart from the moment of writing: see `isSettled`. */
export interface FileVersion {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modifiedNs: bigint;
  /** Moves with permissions, and when a tool puts the old modification time back. */
  readonly changedNs: bigint;
}

// Reproducible builds and packers write constants for times: 0 and 1 (containers, Nix), 1980 (zip), 1985 (npm). A
// validator from one would be a 304 for ever (A8). No served file was last changed before the web was.
const OLDEST_HONEST_TIME_MS = Date.UTC(1990, 0, 1);

// File systems stamp with a coarse clock (4 ms on Linux, 2 s on FAT): two writes within one tick look alike.
const SETTLING_MS = 2_000;

export function fileVersion(stats: BigIntStats): FileVersion {
  return {
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
  };
}

export function isSameVersion(left: FileVersion, right: FileVersion): boolean {
  return (
    left.inode === right.inode &&
    left.modifiedNs === right.modifiedNs &&
    left.changedNs === right.changedNs &&
    left.size === right.size &&
    left.device === right.device
  );
}

/** False while an equal version proves nothing yet: the file was written just before it was read, or in the future. */
export function isSettled(version: FileVersion, checkedMs: number): boolean {
  const newest = version.changedNs > version.modifiedNs ? version.changedNs : version.modifiedNs;
  return milliseconds(newest) + SETTLING_MS < checkedMs;
}

/** Whether the modification time says when the file was modified. */
export function isHonest(version: FileVersion): boolean {
  return milliseconds(version.modifiedNs) >= OLDEST_HONEST_TIME_MS;
}

/**
 * The older of two files by whole seconds, which is what archives and copies keep of a time: a sidecar older than its
 * original is out of date (A27).
 */
export function isOlder(sidecar: FileVersion, original: FileVersion): boolean {
  return sidecar.modifiedNs / 1_000_000_000n < original.modifiedNs / 1_000_000_000n;
}

/**
 * A strong tag from time and size alone, so that every worker and every start gives the same one (A7, A67), and the time.
 * Nanoseconds tell two writes within one second apart (A10). `suffix` keeps the codings of one file apart (A25).
 */
export function timeValidators(version: FileVersion, suffix: string, nowMs: number): Validators {
  if (!isHonest(version)) return { etag: null, lastModifiedMs: null };
  const modifiedMs = milliseconds(version.modifiedNs);
  const etag = `"${version.modifiedNs.toString(36)}-${version.size.toString(36)}${suffix}"`;
  // Last-Modified may not be later than Date (A9).
  return { etag, lastModifiedMs: modifiedMs > nowMs ? null : Math.floor(modifiedMs / 1000) * 1000 };
}

function milliseconds(ns: bigint): number {
  return Number(ns / 1_000_000n);
}
