// What does a path lead to? Remembered for as long as the revalidation interval, then looked for again.

import type { DecodedPath } from "../http/request-path.ts";
import { decodePath, resolveDotSegments } from "../http/request-path.ts";
import { BoundedCache } from "./cache.ts";
import { Contents } from "./contents.ts";
import type { Entry, Variant } from "./entry.ts";
import { readVersion } from "./file.ts";
import type { Mount } from "./mount.ts";
import { mountFor } from "./mount.ts";
import { type Finding, INVALID, isHidden, MISSING, type Refused, refusedBy, search } from "./search.ts";
import { isUnchanged } from "./unchanged.ts";

/** What a path led to when it was last looked for. */
export interface Known {
  readonly mount: Mount;
  readonly finding: Finding;
  /** Unix milliseconds. */
  checkedMs: number;
}

/** What a catalog is made with. */
export interface CatalogOptions {
  /** How long a changed, new or deleted file may go unnoticed (A59). 0 looks for each request. */
  readonly revalidateMs: number;
  /** For the contents of files. */
  readonly cacheBytes: number;
  /** Told, once each, of what the owner of the files should know. */
  readonly warn: (sentence: string) => void;
}

// What a variant with its fields takes besides its path, measured generously; and room for as many entries as sites have files.
const VARIANT_BYTES = 768;
const ENTRIES_BYTES = 20 * 1024 * 1024;
// Paths that name nothing are made up by anyone, so they get their own, small share: about a thousand.
const MISSING_CACHE_BYTES = 1024 * 1024;

// A disk that took longer than this for a look is not asked on the loop again for so many times as long: slow looks get
// half a percent of the loop at most. Another program on the processor looks like a slow disk, too, but briefly
// (docs/decisions/021).
const SLOW_LOOK_MS = 5;
const PAUSE_FACTOR = 200;

/** Finds what paths lead to, and remembers it. */
export class Catalog {
  readonly #mounts: readonly Mount[];
  readonly #options: CatalogOptions;
  readonly #known = new BoundedCache<string, Known>(ENTRIES_BYTES);
  readonly #missing = new BoundedCache<string, Known>(MISSING_CACHE_BYTES);
  readonly #searches = new Map<string, Promise<Known>>();
  readonly #contents: Contents<Variant>;
  readonly #reads = new Map<Variant, Promise<Uint8Array | null>>();
  readonly #warned = new Set<string>();
  /** Until then no look is made on the loop, by `performance.now()`. */
  #slowUntilMs = 0;

  constructor(mounts: readonly Mount[], options: CatalogOptions) {
    this.#mounts = mounts;
    this.#options = options;
    this.#contents = new Contents(options.cacheBytes);
  }

  /** What the contents that are held weigh. */
  get contentBytes(): number {
    return this.#contents.weightBytes;
  }

  /** Answers only for a path that is known in this very spelling. */
  recall(path: string, nowMs: number): Known | undefined {
    const known = this.#known.get(path);
    if (known === undefined || this.#isFresh(known, nowMs)) return known;
    return this.#isConfirmed(path, known, nowMs) ? known : undefined;
  }

  /**
   * What a request's path leads to; `null` outside every mount. Answers at once for what is known, or refused by its
   * spelling. Rejects only where the disk fails in a way that has no status of its own.
   */
  find(path: string, nowMs: number): Known | Promise<Known> | null {
    const resolved = resolveDotSegments(path);
    const mount = mountFor(resolved, this.#mounts);
    if (mount === null) return null;
    const decoded = decodePath(resolved.slice(mount.prefix.length));
    if (typeof decoded === "number") {
      return { mount, finding: decoded === 400 ? INVALID : MISSING, checkedMs: nowMs };
    }
    if (decoded.names.some((name, i) => isHidden(name, mount, i))) return { mount, finding: MISSING, checkedMs: nowMs };
    return this.locate(mount, decoded, nowMs);
  }

  /** The mount that answers for a request's path, or `null`. */
  mountOf(path: string): Mount | null {
    return mountFor(resolveDotSegments(path), this.#mounts);
  }

  /** The same as `find` for names below a mount. */
  locate(mount: Mount, decoded: DecodedPath, nowMs: number): Known | Promise<Known> {
    const key = this.#keyOf(mount, decoded);
    const known = this.#known.get(key) ?? this.#missing.get(key);
    if (known !== undefined && (this.#isFresh(known, nowMs) || this.#isConfirmed(key, known, nowMs))) return known;
    // Searches for one path share one: a burst after an expiry must not fill the thread pool.
    const underWay = this.#searches.get(key);
    if (underWay !== undefined) return underWay;
    const answer = this.#search(key, mount, decoded, known?.finding, nowMs);
    this.#searches.set(key, answer);
    return answer;
  }

  /**
   * The whole content of a variant that is asked for and not in memory, where it is worth being kept there. Gives `null` where it
   * is not, or where the file is not the one that was described any more: then it has to be sent as it is read.
   */
  content(variant: Variant, nowMs: number): Promise<Uint8Array | Refused | null> | null {
    if (!this.#reads.has(variant)) {
      return this.#contents.admits(variant, variant.sizeBytes, nowMs) ? this.#read(variant) : null;
    }
    variant.askedMs = nowMs;
    return this.#read(variant);
  }

  /** The whole content of a page that every request for a missing file asks for: kept whatever else has to go. */
  page(variant: Variant): Promise<Uint8Array | Refused | null> | null {
    return variant.sizeBytes > this.#contents.largestBytes(true) ? null : this.#read(variant);
  }

  async #read(variant: Variant): Promise<Uint8Array | Refused | null> {
    let read = this.#reads.get(variant);
    if (read === undefined) {
      read = readVersion(variant.file, variant.version).finally(() => this.#reads.delete(variant));
      this.#reads.set(variant, read);
    }
    try {
      const bytes = await read;
      if (bytes !== null && variant.bytes === null) this.#contents.keep(variant, bytes);
      return bytes;
    } catch (error) {
      return refusedBy(error);
    }
  }

  /** A file that was there a moment ago is there still: what most searches would find, at a tenth of the cost. */
  #isConfirmed(key: string, known: Known, nowMs: number): boolean {
    if (known.finding.kind !== "entry") return false;
    const beganMs = performance.now();
    if (beganMs < this.#slowUntilMs) return false;
    const { entry } = known.finding;
    const isSame = isUnchanged(entry, known.mount);
    const tookMs = performance.now() - beganMs;
    if (tookMs > SLOW_LOOK_MS) this.#slowUntilMs = beganMs + PAUSE_FACTOR * tookMs;
    if (!isSame) return false;
    known.checkedMs = nowMs;
    this.#known.touch(key);
    return true;
  }

  async #search(
    key: string,
    mount: Mount,
    decoded: DecodedPath,
    last: Finding | undefined,
    nowMs: number,
  ): Promise<Known> {
    try {
      const before = last?.kind === "entry" ? last.entry : null;
      const question = { mount, decoded, before, nowMs, warn: this.#warnOnce };
      const known = { mount, finding: await search(question).catch(refusedBy), checkedMs: nowMs };
      this.#remember(key, known, before);
      return known;
    } finally {
      this.#searches.delete(key);
    }
  }

  #remember(key: string, known: Known, before: Entry | null): void {
    const { finding } = known;
    this.#known.delete(key);
    this.#missing.delete(key);
    const entry = finding.kind === "entry" ? finding.entry : null;
    if (entry !== before) for (const variant of variantsOf(before)) this.#contents.delete(variant);
    if (finding.kind !== "refused") this.#known.set(key, known, weightOf(entry));
    else if (finding.status === 404) this.#missing.set(key, known, 0);
  }

  // The clock may be set back, which must not keep an old answer for hours.
  #isFresh({ checkedMs }: Known, nowMs: number): boolean {
    return nowMs >= checkedMs && nowMs - checkedMs < this.#options.revalidateMs;
  }

  /**
   * One key for all spellings of a path, so that nobody fills the cache with escapes of one file. It is the path itself
   * where that leads here, which `recall` relies on. Else it is marked: a name that holds `%` would be read as an escape, and
   * one that an escape hid from the mounts belongs to another of them.
   */
  #keyOf(mount: Mount, { names, isDirectory }: DecodedPath): string {
    const tail = names.length === 0 ? "" : `/${names.join("/")}`;
    const key = `${mount.prefix}${tail}${isDirectory ? "/" : ""}`;
    const isPlain = !key.includes("%") && mountFor(key, this.#mounts) === mount;
    return isPlain ? key : `\0${mount.prefix.length}${key}`;
  }

  readonly #warnOnce = (sentence: string): void => {
    if (this.#warned.has(sentence) || this.#warned.size >= 1000) return;
    this.#warned.add(sentence);
    this.#options.warn(sentence);
  };
}

function weightOf(entry: Entry | null): number {
  return entry === null ? VARIANT_BYTES : (1 + entry.coded.length) * (VARIANT_BYTES + entry.path.length);
}

function variantsOf(entry: Entry | null): readonly Variant[] {
  return entry === null ? [] : [entry.identity, ...entry.coded.map(({ variant }) => variant)];
}
