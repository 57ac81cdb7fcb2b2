// Compresses files ahead of time: which sidecars are to be made, which to go, and doing it.

import { lstat, realpath, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import {
  findOriginals,
  mayShrink,
  type Original,
  reasonOf,
  SIDECAR_EXTENSIONS,
  type SidecarCoding,
  type Unreadable,
} from "./precompress-files.ts";
import { type Finished, type Job, runJobs } from "./precompress-pool.ts";
import { draftName, type Mark, type Marked, readRecord, RECORD_NAME, writeRecord } from "./precompress-record.ts";

export interface PrecompressSettings {
  /** Level for each coding that is to be made. */
  readonly levels: Readonly<Partial<Record<SidecarCoding, number>>>;
  /** Smaller files are left alone: what they would save fits into the same packet. */
  readonly minBytes: number;
  /** Look and report only. */
  readonly dryRun: boolean;
  /** Replace sidecars that something else made, too. */
  readonly force: boolean;
  /** How many at a time; default one for each core. */
  readonly atOnce?: number;
  readonly signal?: AbortSignal;
  /** Called after each file and coding. */
  readonly onProgress?: (done: number, total: number, path: string) => void;
}

/** A sidecar, by the path of its original below the directory. */
export interface SidecarReport {
  readonly path: string;
  readonly coding: SidecarCoding;
}

export interface PrecompressReport {
  /** Made or replaced; in a dry run: would be tried, with `bytes` `null`. */
  readonly made: readonly (SidecarReport & { readonly sourceBytes: number; readonly bytes: number | null })[];
  /** Of files that are gone, changed or no longer worth it. */
  readonly removed: readonly SidecarReport[];
  /** Up to date already. */
  readonly current: number;
  /** Would not have become smaller. */
  readonly poor: number;
  /** Made by something else, and left as they are. `outdated`: older than its original, so it is not sent. */
  readonly foreign: readonly (SidecarReport & { readonly outdated: boolean })[];
  readonly failed: readonly Unreadable[];
}

/** Several are in memory at a time, with what is made of them. */
const MAX_BYTES = 512 * 2 ** 20;

/** Brings the sidecars of everything served from `directory` up to date. Rejects when the directory itself cannot be read. */
export async function precompress(directory: string, settings: PrecompressSettings): Promise<PrecompressReport> {
  const root = await realpath(directory);
  const run = new Run(root, settings, await recordOf(root));
  await run.plan();
  if (!settings.dryRun) await run.act();
  return run.report;
}

/** A record that cannot be read proves nothing is ours: then nothing is replaced or removed. */
async function recordOf(root: string): Promise<Marked> {
  try {
    return await readRecord(root);
  } catch (error) {
    throw new Error(
      `${join(root, RECORD_NAME)} cannot be read (${reasonOf(error)}). Remove it to start anew: sidecars made before are then left as they are.`,
      { cause: error },
    );
  }
}

interface PlannedJob extends Job {
  readonly original: Original;
}

interface Removal extends SidecarReport {
  readonly target: string;
}

class Run {
  readonly report = {
    made: [] as { path: string; coding: SidecarCoding; sourceBytes: number; bytes: number | null }[],
    removed: [] as SidecarReport[],
    current: 0,
    poor: 0,
    foreign: [] as { path: string; coding: SidecarCoding; outdated: boolean }[],
    failed: [] as Unreadable[],
  };
  readonly #root: string;
  readonly #settings: PrecompressSettings;
  readonly #record: Marked;
  readonly #jobs: PlannedJob[] = [];
  readonly #removals: Removal[] = [];

  constructor(root: string, settings: PrecompressSettings, record: Marked) {
    this.#root = root;
    this.#settings = settings;
    this.#record = record;
  }

  async plan(): Promise<void> {
    const { originals, unreadable } = await findOriginals(this.#root);
    this.report.failed.push(...unreadable);
    for (const original of originals) {
      for (const coding of codings()) {
        try {
          await this.#planOne(original, coding);
        } catch (error) {
          this.report.failed.push({ path: sidecarOf(original.path, coding), reason: reasonOf(error) });
        }
      }
    }
    await this.#planOrphans(new Set([...originals, ...unreadable].map(({ path }) => path)), unreadable);
    // The longest first: one that starts last would have all others wait for it.
    this.#jobs.sort((left, right) => right.original.sizeBytes - left.original.sizeBytes);
    const { dryRun } = this.#settings;
    if (!dryRun) return;
    const { report } = this;
    report.removed.push(...this.#removals.map(({ path, coding }) => ({ path, coding })));
    for (const { original, coding } of this.#jobs) {
      report.made.push({ path: original.path, coding, sourceBytes: original.sizeBytes, bytes: null });
    }
  }

  async #planOne(original: Original, coding: SidecarCoding): Promise<void> {
    const { levels, minBytes, force } = this.#settings;
    const level = levels[coding];
    const mark = this.#record.get(original.path)?.[coding];
    if (level === undefined && mark === undefined) return;
    const target = sidecarOf(original.file, coding);
    const found = await sidecarAt(target);
    const isOurs = found !== null && mark !== undefined && isMarked(found, mark);
    const isWanted = original.sizeBytes >= minBytes && original.sizeBytes <= MAX_BYTES && mayShrink(original.path);
    if (found !== null && !isOurs) {
      if (level === undefined || !isWanted) return;
      const outdated = found.modifiedNs / 1_000_000_000n < original.modifiedNs / 1_000_000_000n;
      if (force && found.isFile) this.#queue(original, coding, level, target);
      else this.report.foreign.push({ path: original.path, coding, outdated });
      return;
    }
    const isCurrent = mark !== undefined && isOfState(mark, original) && (level === undefined || mark.level === level);
    if (isOurs && isWanted && isCurrent) this.report.current++;
    else if (isWanted && level !== undefined) {
      if (found === null && isCurrent && mark.bytes === null) this.report.poor++;
      else this.#queue(original, coding, level, target);
    } else if (isOurs) this.#removals.push({ path: original.path, coding, target });
    else this.#forget(original.path, coding);
  }

  #queue(original: Original, coding: SidecarCoding, level: number, target: string): void {
    const draft = join(dirname(target), draftName());
    this.#jobs.push({ original, coding, level, source: original.file, draft, target });
  }

  /** Sidecars of ours whose original is gone. What lies where we could not look is not gone. */
  async #planOrphans(known: ReadonlySet<string>, unreadable: readonly Unreadable[]): Promise<void> {
    for (const [path, marks] of this.#record) {
      if (known.has(path) || unreadable.some((place) => place.path === "." || path.startsWith(`${place.path}/`)))
        continue;
      for (const coding of codings()) {
        const mark = marks[coding];
        if (mark === undefined) continue;
        const target = sidecarOf(join(this.#root, path), coding);
        const found = await sidecarAt(target).catch(() => null);
        if (found !== null && isMarked(found, mark)) this.#removals.push({ path, coding, target });
        else this.#forget(path, coding);
      }
    }
  }

  async act(): Promise<void> {
    try {
      for (const removal of this.#removals) await this.#remove(removal);
      await this.#compress();
    } finally {
      // Also after an interruption: what was made so far is ours.
      await writeRecord(this.#root, this.#record);
    }
  }

  async #remove({ path, coding, target }: Removal): Promise<void> {
    try {
      await rm(target, { force: true });
      this.report.removed.push({ path, coding });
      this.#forget(path, coding);
    } catch (error) {
      this.report.failed.push({ path: sidecarOf(path, coding), reason: reasonOf(error) });
    }
  }

  async #compress(): Promise<void> {
    const { atOnce = availableParallelism(), signal, onProgress } = this.#settings;
    let done = 0;
    const total = this.#jobs.length;
    const noteworthy: PlannedJob[] = [];
    const finish = (job: PlannedJob, finished: Finished): void => {
      this.#note(job, finished);
      if (finished.error === null && finished.bytes === null) noteworthy.push(job);
      onProgress?.(++done, total, job.original.path);
    };
    await runJobs(this.#jobs, atOnce, finish, signal);
    // A sidecar of an earlier state, which the new state is not worth one.
    for (const { original, coding, target } of noteworthy) {
      if ((await sidecarAt(target)) === null) continue;
      await rm(target, { force: true });
      this.report.removed.push({ path: original.path, coding });
    }
  }

  #note({ original: { path }, coding, level }: PlannedJob, finished: Finished): void {
    if (finished.error !== null) {
      this.report.failed.push({ path: sidecarOf(path, coding), reason: finished.error });
      return;
    }
    const { bytes, sourceBytes, sourceNs } = finished;
    const mark: Mark = { level, sourceBytes, sourceNs: String(sourceNs), bytes };
    this.#record.set(path, { ...this.#record.get(path), [coding]: mark });
    if (bytes === null) this.report.poor++;
    else this.report.made.push({ path, coding, sourceBytes, bytes });
  }

  #forget(path: string, coding: SidecarCoding): void {
    const marks = { ...this.#record.get(path) };
    delete marks[coding];
    if (Object.keys(marks).length === 0) this.#record.delete(path);
    else this.#record.set(path, marks);
  }
}

interface FoundSidecar {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
}

/** What has the name of a sidecar; `null` for nothing. A link or directory is none of ours. */
async function sidecarAt(target: string): Promise<FoundSidecar | null> {
  try {
    const stats = await lstat(target, { bigint: true });
    return { isFile: stats.isFile(), sizeBytes: Number(stats.size), modifiedNs: stats.mtimeNs };
  } catch (error) {
    if (reasonOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Whether this is the file that we wrote then: archives and copies keep whole seconds of a time. */
function isMarked(found: FoundSidecar, mark: Mark): boolean {
  const isSameSecond = found.modifiedNs / 1_000_000_000n === BigInt(mark.sourceNs) / 1_000_000_000n;
  return found.isFile && found.sizeBytes === mark.bytes && isSameSecond;
}

function isOfState(mark: Mark, { sizeBytes, modifiedNs }: Original): boolean {
  return mark.sourceBytes === sizeBytes && mark.sourceNs === String(modifiedNs);
}

function sidecarOf(path: string, coding: SidecarCoding): string {
  return path + SIDECAR_EXTENSIONS[coding];
}

function codings(): readonly SidecarCoding[] {
  return Object.keys(SIDECAR_EXTENSIONS) as SidecarCoding[];
}
