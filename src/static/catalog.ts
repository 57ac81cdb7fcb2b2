// Which file, if any, does a path name? The only place where a URL becomes a path of the disk.

import type { BigIntStats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DecodedPath } from "../http/request-path.ts";
import { decodePath } from "../http/request-path.ts";
import { BoundedCache } from "./cache.ts";
import type { Entry } from "./entry.ts";
import { createEntry, fileVersion, isSameVersion, isSettled } from "./entry.ts";
import { openFile, readWhole } from "./file.ts";
import type { Mount } from "./mount.ts";
import { isContained } from "./mount.ts";

/** What a path leads to. `location` is the path of the directory with its slash, without a query. */
export type Finding = Servable | { readonly kind: "redirect"; readonly location: string } | Refused;

/** A file to answer with. */
export interface Servable {
  readonly kind: "entry";
  readonly entry: Entry;
}

/** No file to answer with, and the status that says why. */
export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 403 | 404 | 503;
}

interface Known {
  readonly finding: Finding;
  readonly checkedMs: number;
}

// How long a changed, new or deleted file may go unnoticed (A59). Each second costs one stat for each path in use.
const FRESH_MS = 1_000;

// What is held in memory: a larger file costs an open and a read for each request, but no share of CACHE_BYTES.
const SMALL_FILE_BYTES = 64 * 1024;
const CACHE_BYTES = 32 * 1024 * 1024;
// Paths that name nothing are made up by anyone, so they get their own, small share: about a thousand.
const MISSING_CACHE_BYTES = 1024 * 1024;

const INDEX = "index.html";
const MISSING: Refused = { kind: "refused", status: 404 };
const INVALID: Refused = { kind: "refused", status: 400 };

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

/** Finds what paths lead to, and remembers it for a second. */
export class Catalog {
  readonly #known = new BoundedCache<Known>(CACHE_BYTES);
  readonly #missing = new BoundedCache<Known>(MISSING_CACHE_BYTES);
  readonly #searches = new Map<string, Promise<Finding>>();

  /**
   * `path` is resolved and matched by `mount`. Answers at once for what is known or refused by its spelling.
   * Rejects only where the disk fails in a way that has no status of its own.
   */
  find(mount: Mount, path: string, nowMs: number): Finding | Promise<Finding> {
    const known = this.#known.get(path) ?? this.#missing.get(path);
    if (known !== undefined && isFresh(known, nowMs)) return known.finding;
    // Searches for one path share one: a burst after an expiry must not fill the thread pool.
    const underWay = this.#searches.get(path);
    if (underWay !== undefined) return underWay;

    const decoded = decodePath(path.slice(mount.prefix.length));
    if (typeof decoded === "number") return decoded === 400 ? INVALID : MISSING;
    if (decoded.names.some((name, i) => isHidden(name, mount, i))) return MISSING;

    const before = known?.finding.kind === "entry" ? known.finding : null;
    const answer = this.#search({ mount, path, decoded, before, nowMs });
    this.#searches.set(path, answer);
    return answer;
  }

  async #search(question: Question): Promise<Finding> {
    try {
      const finding = await search(question).catch(refusedBy);
      this.#remember(question.path, { finding, checkedMs: question.nowMs });
      return finding;
    } finally {
      this.#searches.delete(question.path);
    }
  }

  #remember(path: string, known: Known): void {
    const { finding } = known;
    this.#known.delete(path);
    this.#missing.delete(path);
    if (finding.kind !== "refused") {
      this.#known.set(path, known, finding.kind === "entry" ? (finding.entry.bytes?.length ?? 0) : 0);
    } else if (finding.status === 404) {
      this.#missing.set(path, known, 0);
    }
  }
}

interface Question {
  readonly mount: Mount;
  readonly path: string;
  readonly decoded: DecodedPath;
  /** What the path led to the last time, to keep if the file is unchanged. */
  readonly before: Servable | null;
  readonly nowMs: number;
}

async function search(question: Question): Promise<Finding> {
  const { names, isDirectory } = question.decoded;
  const file = join(question.mount.root, ...names);
  const stats = await stat(file, { bigint: true });
  if (!stats.isDirectory()) return isDirectory ? MISSING : describe(question, file, stats);

  const index = join(file, INDEX);
  const finding = await describe(question, index, await stat(index, { bigint: true }));
  if (finding.kind === "refused" || isDirectory) return finding;
  return { kind: "redirect", location: `${question.path}/` };
}

async function describe(question: Question, file: string, stats: BigIntStats): Promise<Servable | Refused> {
  // Before any open: opening a FIFO waits for its writer, opening a device may do anything (A46).
  if (!stats.isFile()) return MISSING;
  const { before, mount, nowMs } = question;
  if (before !== null && isSettled(before.entry) && isSameVersion(before.entry.version, fileVersion(stats))) {
    return before;
  }

  const realFile = await realpath(file);
  if (!isContained(realFile, mount.root)) return MISSING;
  const opened = await openFile(realFile);
  if (opened === null) return MISSING;
  const { handle, version } = opened;
  try {
    const bytes = version.size <= SMALL_FILE_BYTES ? await readWhole(handle, Number(version.size)) : null;
    const found = { file: realFile, name: basename(file), version, bytes, checkedMs: nowMs };
    return { kind: "entry", entry: createEntry(found) };
  } finally {
    await handle.close();
  }
}

// The clock may be set back, which must not keep an old answer for hours.
function isFresh({ checkedMs }: Known, nowMs: number): boolean {
  return nowMs >= checkedMs && nowMs - checkedMs < FRESH_MS;
}

// Names that Windows reads as something else (A49): streams, short names, devices, and dots and spaces it cuts off.
const WINDOWS_ALIAS = /[:*?"<>|]|[. ]$|~\d|^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i;

/** Secrets live in dotfiles (A44). Only `/.well-known/` is public by its own definition (RFC 8615). */
function isHidden(name: string, mount: Mount, depth: number): boolean {
  if (name.startsWith(".")) return !(name === ".well-known" && depth === 0 && mount.prefix === "");
  return process.platform === "win32" && WINDOWS_ALIAS.test(name);
}
