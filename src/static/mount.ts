// Which directory answers for a path? Prefixes and roots, checked once at creation.

import { opendirSync, realpathSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { ServerError } from "../errors.ts";
import { decodePath, resolveDotSegments } from "../http/request-path.ts";
import type { MountSettings } from "./mount-settings.ts";

/** A URL prefix and the directory behind it. */
export interface Mount {
  /** Undecoded, without the last slash: `""` for `/`. */
  readonly prefix: string;
  /** The real path of the directory, fixed at creation: a link that is moved later counts from the next start on. */
  readonly root: string;
  /** Where files may really lie: the root, and what links may lead to besides; `null` for anywhere. */
  readonly roots: readonly string[] | null;
  readonly settings: MountSettings;
  /** The files are users' own: nothing in them may run (A56). */
  readonly isUploads: boolean;
  /** What is no file here is left to the next phase. */
  readonly fallsThrough: boolean;
}

/** Directories by URL prefix. */
export type MountTable = Readonly<Record<string, MountSettings>>;

/**
 * Opens the mounts, longest prefix first. `fallthrough` is what a mount does that does not say it itself.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` for a prefix that no path can begin with, `ERR_STATIC_ROOT` for a directory
 * that is missing or cannot be read.
 */
export function openMounts(files: MountTable, uploads: MountTable, fallthrough: boolean): readonly Mount[] {
  const opened = new Map<string, Mount>();
  for (const [table, isUploads] of [
    [files, false],
    [uploads, true],
  ] as const) {
    for (const [written, settings] of Object.entries(table)) {
      const prefix = wirePrefix(written);
      if (prefix === null || opened.has(prefix)) throw badPrefix(written, prefix !== null);
      opened.set(prefix, openMount(written, prefix, settings, isUploads, fallthrough));
    }
  }
  return [...opened.values()].toSorted((left, right) => right.prefix.length - left.prefix.length);
}

function openMount(
  written: string,
  prefix: string,
  settings: MountSettings,
  isUploads: boolean,
  fallthrough: boolean,
): Mount {
  const root = openRoot(written, settings.dir);
  const { symlinks } = settings;
  const further = typeof symlinks === "string" ? [] : symlinks.map((directory) => openRoot(written, directory));
  return {
    prefix,
    root,
    roots: symlinks === "follow" ? null : [root, ...further],
    settings,
    isUploads,
    fallsThrough: settings.fallthrough === "auto" ? fallthrough : settings.fallthrough,
  };
}

/** The mount with the longest prefix that ends at a segment border of `path`, or `null`. */
export function mountFor(path: string, mounts: readonly Mount[]): Mount | null {
  for (const mount of mounts) {
    const border = path[mount.prefix.length];
    if ((border === "/" || (border === undefined && mount.prefix !== "")) && path.startsWith(mount.prefix))
      return mount;
  }
  return null;
}

/**
 * Whether what is really at `realPath` may be served for `path`, which is the same place as the URL spells it (A45).
 *
 * On macOS and Windows a place that differs in case only was found by a file system that does not tell cases apart: the
 * rules for names would not have seen it (A48). Forms of Unicode are the file system's business (A50).
 */
export function isServable(
  realPath: string,
  path: string,
  { roots, settings }: Pick<Mount, "roots" | "settings">,
  platform: string = process.platform,
): boolean {
  if (realPath !== path) {
    const [real, asked] = [realPath.normalize("NFC"), path.normalize("NFC")];
    if (real !== asked && settings.symlinks === "deny") return false;
    const foldsCase = platform === "darwin" || platform === "win32";
    if (real !== asked && foldsCase && real.toLowerCase() === asked.toLowerCase()) return false;
  }
  return roots === null || roots.some((root) => isContained(realPath, root));
}

/** True for a real path at or below the root. Both are real paths. */
function isContained(realPath: string, root: string): boolean {
  // The separator keeps /srv/rootevil out of /srv/root (A40); a root such as "/" or "C:\" ends in one already.
  return realPath === root || realPath.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The prefix as requests spell it, or `null` when none can. */
function wirePrefix(written: string): string | null {
  if (!written.startsWith("/") || /[?#]|\p{Surrogate}/u.test(written)) return null;
  const bare = written.endsWith("/") ? written.slice(0, -1) : written;
  // Requests are compared undecoded, so "/bücher" becomes what arrives; an escape that is already there stays one.
  const prefix = encodeURI(bare).replaceAll("%25", "%");
  const decoded = decodePath(prefix);
  const isPlain = typeof decoded !== "number" && !decoded.isDirectory && resolveDotSegments(prefix) === prefix;
  return isPlain ? prefix : null;
}

function badPrefix(written: string, isTwice: boolean): ServerError {
  const problem = isTwice ? "is given twice" : "matches no path";
  const sentence = `The static prefix ${JSON.stringify(written)} ${problem}. Write each once, like "/" or "/assets".`;
  return new ServerError("ERR_OPTIONS_INVALID", sentence);
}

function openRoot(prefix: string, directory: string): string {
  const absolute = resolve(directory);
  try {
    const root = realpathSync.native(absolute);
    // Trying beats access(2), which asks for the real user and not for the one whose rights count.
    opendirSync(root).closeSync();
    statSync(`${root}${sep}.`);
    return root;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError(
      "ERR_STATIC_ROOT",
      `The directory "${absolute}" for static files at "${prefix}" cannot be served (${reason}). ` +
        "Create it, or give the server's user the right to read it.",
      { cause },
    );
  }
}
