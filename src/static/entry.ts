// What is known of one servable file before anyone asks: facts, validators, ready fields.

import type { BigIntStats } from "node:fs";
import type { Validators } from "../http/conditional.ts";
import { formatHttpDate } from "../http/http-date.ts";
import { mediaType } from "../http/media-type.ts";

/** What `decide` needs to know. The field arrays keep their identity as long as the file is unchanged. */
export interface EntryFacts extends Validators {
  readonly sizeBytes: number;
  /** Of a 200; a 206 adds to them. */
  readonly fields: readonly string[];
  readonly notModifiedFields: readonly string[];
}

/** One servable path. It describes the file as it was at `checkedMs`. */
export interface Entry extends EntryFacts {
  /** Real path, inside the root. */
  readonly file: string;
  /** The name that was asked for: a link's own, not its target's, decides the type. */
  readonly name: string;
  /** The whole content of a small file, `null` for one that is read from disk while it is sent. Never written to. */
  readonly bytes: Uint8Array | null;
  readonly version: FileVersion;
  /** Unix milliseconds at which `version` was read. */
  readonly checkedMs: number;
}

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
export function isSettled({ version, checkedMs }: Entry): boolean {
  const newest = version.changedNs > version.modifiedNs ? version.changedNs : version.modifiedNs;
  return milliseconds(newest) + SETTLING_MS < checkedMs;
}

/** What a descriptor showed. `bytes`, where given, were read after `version`. */
export type Found = Pick<Entry, "file" | "name" | "version" | "bytes" | "checkedMs">;

/** Fields and validators for a found file. */
export function createEntry(found: Found): Entry {
  const { etag, lastModifiedMs } = validators(found.version, found.checkedMs);
  const notModifiedFields = ["cache-control", "no-cache"];
  if (etag !== null) notModifiedFields.push("etag", etag);
  notModifiedFields.push("accept-ranges", "bytes", "x-content-type-options", "nosniff");
  const fields = ["content-type", mediaType(found.name), ...notModifiedFields];
  if (lastModifiedMs !== null) fields.push("last-modified", formatHttpDate(lastModifiedMs));
  return { ...found, sizeBytes: Number(found.version.size), etag, lastModifiedMs, fields, notModifiedFields };
}

/**
 * A strong tag from time and size alone, so that every worker and every start gives the same one (A7, A67).
 * Nanoseconds tell two writes within one second apart (A10).
 */
function validators(version: FileVersion, nowMs: number): Validators {
  const modifiedMs = milliseconds(version.modifiedNs);
  if (modifiedMs < OLDEST_HONEST_TIME_MS) return { etag: null, lastModifiedMs: null };
  const etag = `"${version.modifiedNs.toString(36)}-${version.size.toString(36)}"`;
  // Last-Modified may not be later than Date (A9).
  return { etag, lastModifiedMs: modifiedMs > nowMs ? null : Math.floor(modifiedMs / 1000) * 1000 };
}

function milliseconds(ns: bigint): number {
  return Number(ns / 1_000_000n);
}
