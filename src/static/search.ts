// Which file, if any, do names below a mount stand for? The only place where a URL becomes a path of the disk.

import type { BigIntStats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DecodedPath } from "../http/request-path.ts";
import { isCodable, sharedFields, Variant, type Entry } from "./entry.ts";
import type { Mount } from "./mount.ts";
import { isServable } from "./mount.ts";
import { originalOf, type Sidecar, sidecarsOf, toCodedVariants } from "./sidecar.ts";
import { validatorsOf } from "./validators.ts";
import { type FileVersion, fileVersion, isSameVersion, isSettled } from "./version.ts";

/** What a path leads to. */
export type Finding = Servable | Redirected | Listed | Refused;

/** A file to answer with. */
export interface Servable {
  readonly kind: "entry";
  readonly entry: Entry;
}

/** A directory named without its slash. `location` is its wire path with the slash, without a query. */
export interface Redirected {
  readonly kind: "redirect";
  readonly location: string;
}

/** A directory to show the content of. `directory` is its real path. */
export interface Listed {
  readonly kind: "listing";
  readonly directory: string;
  readonly path: string;
  readonly isTop: boolean;
}

/** No file to answer with, and the status that says why. */
export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 403 | 404 | 503;
}

export interface Question {
  readonly mount: Mount;
  readonly decoded: DecodedPath;
  /** What the path led to the last time, to keep if nothing has changed. */
  readonly before: Entry | null;
  readonly nowMs: number;
  readonly warn: (sentence: string) => void;
}

export const MISSING: Refused = { kind: "refused", status: 404 };
export const INVALID: Refused = { kind: "refused", status: 400 };

const STATUS_OF_ERROR: ReadonlyMap<unknown, 403 | 404 | 503> = new Map([
  ["ENOENT", 404],
  ["ENOTDIR", 404],
  ["ENAMETOOLONG", 404],
  ["ELOOP", 404],
  ["ENXIO", 404],
  ["EACCES", 403],
  ["EPERM", 403],
  ["EMFILE", 503],
  ["ENFILE", 503],
]);

/** The refusal that a failed system call stands for (A47). Throws `error` itself when it is none of the expected ones. */
export function refusedBy(error: unknown): Refused {
  const status = STATUS_OF_ERROR.get(error instanceof Error && "code" in error ? error.code : null);
  if (status === undefined) throw error;
  return { kind: "refused", status };
}

/** Looks for the file. Rejects with the error of a failing system call, a missing file's among them. */
export async function search(question: Question): Promise<Finding> {
  const { decoded, mount } = question;
  const file = join(mount.root, ...decoded.names);
  const stats = await statOrNull(file);
  if (stats?.isDirectory() === true) return searchDirectory(question, file);
  // A file is no directory (A34).
  if (decoded.isDirectory) return MISSING;
  if (stats === null) return searchExtensions(question, file);
  return (await isSidecar(question, file)) ? MISSING : describe(question, file, stats);
}

async function searchDirectory(question: Question, directory: string): Promise<Finding> {
  const { decoded, mount } = question;
  for (const index of mount.settings.index) {
    const file = join(directory, index);
    const stats = await statOrNull(file);
    if (stats?.isFile() !== true) continue;
    const found = await describe(question, file, stats);
    if (found.kind === "refused" || decoded.isDirectory) return found;
    return { kind: "redirect", location: wirePath(mount, decoded) };
  }
  if (mount.settings.listing) {
    const real = await realpath(directory);
    if (!isServable(real, directory, mount)) return MISSING;
    const path = wirePath(mount, decoded);
    if (!decoded.isDirectory) return { kind: "redirect", location: path };
    return { kind: "listing", directory: real, path, isTop: decoded.names.length === 0 };
  }
  return decoded.isDirectory ? MISSING : searchExtensions(question, directory);
}

/** `/blog` as `blog.html`, where the mount says so (A38). */
async function searchExtensions(question: Question, file: string): Promise<Finding> {
  const { mount, decoded } = question;
  if (decoded.names.length === 0) return MISSING;
  for (const extension of mount.settings.extensions) {
    const extended = `${file}.${extension}`;
    const stats = await statOrNull(extended);
    if (stats?.isFile() === true) return describe(question, extended, stats);
  }
  return MISSING;
}

/** Another form of a file that is there has no address of its own (A28). */
async function isSidecar({ mount }: Question, file: string): Promise<boolean> {
  const original = originalOf(file, mount);
  return original !== null && (await statOrNull(original))?.isFile() === true;
}

async function describe(question: Question, file: string, stats: BigIntStats): Promise<Servable | Refused> {
  // Before any open: opening a FIFO waits for its writer, opening a device may do anything (A46).
  if (!stats.isFile()) return MISSING;
  const { before, mount, nowMs } = question;
  const version = fileVersion(stats);
  const name = basename(file);
  const sidecars = isCodable(name, mount) ? await sidecarsOf(file, version, mount, question.warn) : [];
  if (before !== null && isUnchanged(before, version, sidecars)) return { kind: "entry", entry: before };

  const realFile = await realpath(file);
  if (!isServable(realFile, file, mount)) return MISSING;
  const read = await validatorsOf(realFile, mount, nowMs, null);
  if (read === null) return MISSING;
  const path = file.slice(mount.root.length).replaceAll("\\", "/").replace(/^\/+/, "");
  const identity = new Variant({ file: realFile, ...read }, sharedFields(name, path, mount, null));
  const coded = await toCodedVariants(sidecars, { name, path, mount, nowMs });
  return { kind: "entry", entry: { path: file, name, identity, coded, checkedMs: nowMs } };
}

function isUnchanged(before: Entry, version: FileVersion, sidecars: readonly Sidecar[]): boolean {
  const isSame = (old: Variant, now: FileVersion): boolean =>
    isSameVersion(old.version, now) && isSettled(old.version, before.checkedMs);
  if (!isSame(before.identity, version) || before.coded.length !== sidecars.length) return false;
  return before.coded.every(({ coding, variant }) => {
    const sidecar = sidecars.find((found) => found.coding === coding);
    return sidecar !== undefined && isSame(variant, sidecar.version);
  });
}

async function statOrNull(file: string): Promise<BigIntStats | null> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (refusedBy(error).status === 404) return null;
    throw error;
  }
}

/** The path of a directory as it goes into a Location: single slashes, every name escaped (A32, A33). */
function wirePath({ prefix }: Mount, { names }: DecodedPath): string {
  return `${prefix}/${names.map((name) => `${encodeURIComponent(name)}/`).join("")}`;
}

// Names that Windows reads as something else (A49): streams, short names, devices, and dots and spaces it cuts off.
const WINDOWS_ALIAS = /[:*?"<>|]|[. ]$|~\d|^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i;

/** Secrets live in dotfiles (A44). Only `/.well-known/` is public by its own definition (RFC 8615). */
export function isHidden(name: string, mount: Mount, depth: number, platform: string = process.platform): boolean {
  if (name.startsWith(".") && mount.settings.dotfiles === "deny") {
    return !(name === ".well-known" && depth === 0 && mount.prefix === "");
  }
  return platform === "win32" && WINDOWS_ALIAS.test(name);
}
