// Which files of a directory may be compressed ahead? What is served under its own name, seen as serving sees it.

import type { BigIntStats } from "node:fs";
import { opendir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { isCompressed, mediaType } from "../http/media-type.ts";

/** The content codings that can be made, and how a sidecar's name ends. Names as in Accept-Encoding. */
export const SIDECAR_EXTENSIONS = { br: ".br", gzip: ".gz", zstd: ".zst" } as const;

export type SidecarCoding = keyof typeof SIDECAR_EXTENSIONS;

/** A file that is served. */
export interface Original {
  /** Below the directory, with slashes on every system. */
  readonly path: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
}

/** A failed look at one place; the rest goes on. */
export interface Unreadable {
  readonly path: string;
  readonly reason: string;
}

/** Everything below `root`, which is a real path, that is served and is no sidecar itself. */
export async function findOriginals(
  root: string,
): Promise<{ readonly originals: readonly Original[]; readonly unreadable: readonly Unreadable[] }> {
  const originals: Original[] = [];
  const unreadable: Unreadable[] = [];
  const pending: string[] = [""];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    try {
      for await (const found of contents(root, path)) {
        if (typeof found === "string") pending.push(found);
        else if ("reason" in found) unreadable.push(found);
        else originals.push(found);
      }
    } catch (error) {
      unreadable.push({ path: path === "" ? "." : path, reason: reasonOf(error) });
    }
  }
  const names = new Set(originals.map(({ path }) => path));
  return { originals: originals.filter(({ path }) => !isSidecar(path, names)), unreadable };
}

/** Gives files, what could not be looked at, and directories as their path. */
async function* contents(root: string, path: string): AsyncGenerator<Original | Unreadable | string> {
  for await (const item of await opendir(join(root, path))) {
    const own = path === "" ? item.name : `${path}/${item.name}`;
    // Not served, so nobody needs it smaller (A44).
    if (item.name.startsWith(".") && own !== ".well-known") continue;
    if (item.isDirectory()) yield own;
    else if (item.isFile() || item.isSymbolicLink()) {
      try {
        const original = await describe(root, own, item.isSymbolicLink());
        if (original !== null) yield original;
      } catch (error) {
        yield { path: own, reason: reasonOf(error) };
      }
    }
  }
}

/**
 * `null` for links that are not served (A45) and for links to directories: those that stay inside lead to files that are found
 * under their own names, sidecars included.
 */
async function describe(root: string, path: string, isLink: boolean): Promise<Original | null> {
  const file = join(root, path);
  let stats: BigIntStats;
  try {
    if (isLink && !(await realpath(file)).startsWith(root.endsWith(sep) ? root : root + sep)) return null;
    stats = await stat(file, { bigint: true });
  } catch (error) {
    // A link that leads nowhere is not served either.
    if (isLink) return null;
    throw error;
  }
  if (!stats.isFile()) return null;
  return { path, file, sizeBytes: Number(stats.size), modifiedNs: stats.mtimeNs };
}

function isSidecar(path: string, names: ReadonlySet<string>): boolean {
  return Object.values(SIDECAR_EXTENSIONS).some(
    (extension) => path.endsWith(extension) && names.has(path.slice(0, -extension.length)),
  );
}

/** Whether compressing may gain something, by the name alone. */
export function mayShrink(path: string): boolean {
  return !path.endsWith(".br") && !isCompressed(mediaType(path.slice(path.lastIndexOf("/") + 1)));
}

/** A system's message without the path: who reads it has the path beside it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
