// What is in a directory that has no index? Reads the disk for the page of `listing-page.ts` (A35).

import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Reply, RequestHead } from "../engine/engine.ts";
import { type ListedItem, listingPage } from "./listing-page.ts";
import { isServable, type Mount } from "./mount.ts";
import { isHidden, type Listed } from "./search.ts";
import { originalOf } from "./sidecar.ts";

/** A longer page helps nobody, and each line costs a look at the disk. */
const MAX_ITEMS = 2_000;

/** Looks that run at the same time: the thread pool serves other requests, too. */
const AT_ONCE = 16;

/** The page. Rejects with the error of a failing system call. */
export async function listingReply(
  { directory, path, isTop }: Listed,
  mount: Mount,
  head: Pick<RequestHead, "method">,
): Promise<Reply> {
  const names = await readdir(directory);
  const shown = new Set(names);
  const candidates = names.filter((name) => !isHidden(name, mount, isTop ? 0 : 1) && !isSidecar(name, shown, mount));
  const items: ListedItem[] = [];
  for (let at = 0; at < candidates.length && items.length < MAX_ITEMS; at += AT_ONCE) {
    const batch = candidates.slice(at, at + AT_ONCE).map((name) => describe(directory, name, mount));
    for (const item of await Promise.all(batch)) if (item !== null) items.push(item);
  }
  const dotfiles = mount.settings.dotfiles === "allow";
  const page = listingPage(path, items, { isTop, dotfiles });
  const isHead = head.method === "HEAD";
  return {
    status: 200,
    reason: "",
    fields: [...page.fields, "cache-control", "no-cache", "x-content-type-options", "nosniff"],
    body: isHead ? null : page.body,
    sizeBytes: isHead ? Buffer.byteLength(page.body) : null,
    close: false,
  };
}

function isSidecar(name: string, names: ReadonlySet<string>, mount: Mount): boolean {
  const original = originalOf(name, mount);
  return original !== null && names.has(original);
}

/** `null` for what a request would not get: links that lead out, pipes, what is gone by now. */
async function describe(directory: string, name: string, mount: Mount): Promise<ListedItem | null> {
  try {
    const file = join(directory, name);
    const stats = await stat(file);
    const isFile = stats.isFile();
    if (!isFile && !stats.isDirectory()) return null;
    if (!isServable(await realpath(file), file, mount)) return null;
    return {
      name,
      kind: isFile ? "file" : "directory",
      sizeBytes: isFile ? stats.size : null,
      modifiedMs: stats.mtimeMs,
    };
  } catch {
    return null;
  }
}
