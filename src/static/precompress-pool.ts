// How are copies made, a few at a time? The compressing itself runs on the threads of Node's own pool, four unless
// UV_THREADPOOL_SIZE says otherwise: more tasks than threads would only hold more files in memory.

import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { promisify } from "node:util";
import zlib, { brotliCompress, constants, gzip } from "node:zlib";
import type { SidecarCoding } from "./precompress-files.ts";

/** One sidecar to make. */
export interface Job {
  readonly source: string;
  /** Where it is written before it gets its name. */
  readonly draft: string;
  readonly target: string;
  readonly coding: SidecarCoding;
  readonly level: number;
}

/** Why it could not be made, or what was. */
export type Finished = { readonly error: string } | Made;

export interface Made {
  readonly error: null;
  /** `null`: it would not have been smaller, so there is none. */
  readonly bytes: number | null;
  /** The state of the original that was read. */
  readonly sourceBytes: number;
  readonly sourceNs: bigint;
}

/** Less gained than this is not worth a second file. */
const WORTH = 0.95;

/**
 * Runs `jobs`, the first of them first, at most `atOnce` at a time; `onFinished` hears of each. When `signal` aborts, nothing new
 * begins, and the promise rejects with the signal's reason once what had begun is done.
 */
export async function runJobs<One extends Job>(
  jobs: readonly One[],
  atOnce: number,
  onFinished: (job: One, finished: Finished) => void,
  signal?: AbortSignal,
): Promise<void> {
  const queue = [...jobs];
  const lane = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined && signal?.aborted !== true; job = queue.shift()) {
      onFinished(job, await finished(job));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  signal?.throwIfAborted();
}

async function finished(job: Job): Promise<Finished> {
  try {
    return await make(job);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function make({ source, draft, target, coding, level }: Job): Promise<Made> {
  const original = await open(source, "r");
  try {
    const before = await original.stat({ bigint: true });
    const content = await original.readFile();
    const made = await compress(content, coding, level);
    const after = await original.stat({ bigint: true });
    if (after.mtimeNs !== before.mtimeNs || BigInt(content.length) !== before.size) {
      throw new Error("It changed while it was read. Run again when the build is done.");
    }
    const state = { error: null, sourceBytes: content.length, sourceNs: before.mtimeNs };
    if (made.length > content.length * WORTH) return { ...state, bytes: null };
    await write(draft, target, made, before);
    return { ...state, bytes: made.length };
  } finally {
    await original.close();
  }
}

/** What newer versions of Node have; the types are those of the oldest. */
interface WithZstd {
  readonly zstdCompress: (
    content: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
    callback: (error: Error | null, result: Buffer) => void,
  ) => void;
}

// ZSTD_c_compressionLevel in zstd.h.
const ZSTD_LEVEL = 100;

async function compress(content: Buffer, coding: SidecarCoding, level: number): Promise<Uint8Array> {
  if (coding === "gzip") return promisify<Buffer, { level: number }, Buffer>(gzip)(content, { level });
  if (coding === "zstd")
    return promisify((zlib as unknown as WithZstd).zstdCompress)(content, { params: { [ZSTD_LEVEL]: level } });
  const params = { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  return promisify<Buffer, { params: Record<number, number> }, Buffer>(brotliCompress)(content, { params });
}

/**
 * Written beside and renamed, so that no reader sees half of it. The original's time says later which state of it this is; its
 * mode says who may read it.
 */
async function write(
  draft: string,
  target: string,
  content: Uint8Array,
  { mode, mtimeNs }: { readonly mode: bigint; readonly mtimeNs: bigint },
): Promise<void> {
  let file: FileHandle | null = null;
  try {
    file = await open(draft, "wx");
    await file.writeFile(content);
    await file.chmod(Number(mode & 0o666n));
    await file.utimes(Number(mtimeNs) / 1e9, Number(mtimeNs) / 1e9);
    await file.close();
    await rename(draft, target);
  } catch (error) {
    await file?.close();
    await rm(draft, { force: true });
    throw error;
  }
}
