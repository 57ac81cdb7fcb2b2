// How do bytes come off the disk? Regular files only, opened late, checked again once open, read off the loop.

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { ReplySource } from "../engine/engine.ts";
import { ServerError } from "../errors.ts";
import type { ByteRange } from "../http/range.ts";
import { giveBack, SLICE_BYTES, takeSlice } from "./slices.ts";
import type { FileVersion } from "./version.ts";
import { fileVersion, isSameVersion } from "./version.ts";

/** A descriptor and the version it shows. Whoever gets it closes `handle`. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly version: FileVersion;
}

// O_NONBLOCK: a FIFO put there after the check must not hold a thread for ever (A46). O_NOFOLLOW: a link put there
// after the check must not lead out of the root. Windows has neither.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Opens a real path. Gives `null` for what is no regular file; a failing system call rejects with its own error. */
export async function openFile(file: string): Promise<OpenFile | null> {
  const handle = await open(file, OPEN_FLAGS);
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return { handle, version: fileVersion(stats) };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** The same, but `null` also where the file is not in that version any more. */
export async function openVersion(file: string, version: FileVersion): Promise<OpenFile | null> {
  const opened = await openFile(file);
  if (opened === null || isSameVersion(opened.version, version)) return opened;
  await opened.handle.close();
  return null;
}

/** All bytes of a file in that version, or `null` when it is another by now. */
export async function readVersion(file: string, version: FileVersion): Promise<Uint8Array | null> {
  const opened = await openVersion(file, version);
  if (opened === null) return null;
  try {
    return await readWhole(opened.handle, Number(version.size));
  } finally {
    await opened.handle.close();
  }
}

/** All bytes of an open file, or `null` when it does not hold `sizeBytes` of them any more. Closes nothing. */
export async function readWhole(handle: FileHandle, sizeBytes: number): Promise<Uint8Array | null> {
  // One byte more than expected: a file that has grown shows itself.
  const buffer = Buffer.allocUnsafeSlow(sizeBytes + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === sizeBytes ? buffer.subarray(0, sizeBytes) : null;
}

/** What a source sends: bytes at hand, or a range of the file. */
export type Piece = Uint8Array | ByteRange;

/**
 * Ranges of an open file, in slices, with bytes at hand before, between and behind them. Takes the handle over: it is closed
 * with the last byte, on failure and on `cancel`.
 *
 * A file that got shorter rejects with `ERR_LENGTH_MISMATCH`, one that grew is cut at the promised length (A60).
 */
export class FileSource implements ReplySource {
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #pieces: readonly Piece[];
  #index = 0;
  /** Within the piece at `#index`. */
  #offset = 0;
  /** Read before it was asked for. */
  #ahead: Uint8Array | null = null;
  /** Slices that were given out and may still be read. */
  #lent: Buffer[] = [];

  constructor(handle: FileHandle, pieces: readonly Piece[]) {
    this.#handle = handle;
    this.#pieces = pieces;
    this.sizeBytes = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  }

  /**
   * Reads the first slice if it holds everything, so that the descriptor is free whatever the client does, and a disk that fails
   * is no message cut short. Rejects as `next` does.
   */
  async readAhead(): Promise<void> {
    if (this.sizeBytes <= SLICE_BYTES && this.#pieces.length === 1) this.#ahead = await this.next();
  }

  next(): Uint8Array | Promise<Uint8Array> | null {
    const ahead = this.#ahead;
    if (ahead !== null) {
      this.#ahead = null;
      return ahead;
    }
    const piece = this.#pieces[this.#index];
    if (piece === undefined) return null;
    if (piece instanceof Uint8Array) {
      this.#advance(piece.length, piece.length);
      return piece;
    }
    return this.#slice(piece);
  }

  mayReuse(): void {
    this.#lent.forEach(giveBack);
    this.#lent = [];
  }

  cancel(): void {
    this.#close();
  }

  async #slice(range: ByteRange): Promise<Uint8Array> {
    const length = lengthOf(range);
    const slice = takeSlice(length - this.#offset);
    try {
      const wanted = Math.min(slice.length, length - this.#offset);
      const { bytesRead } = await this.#handle.read(slice, 0, wanted, range.start + this.#offset);
      if (bytesRead === 0) throw shortened(length - this.#offset);
      this.#lent.push(slice);
      this.#advance(bytesRead, length);
      return bytesRead === slice.length ? slice : slice.subarray(0, bytesRead);
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #advance(bytes: number, length: number): void {
    this.#offset += bytes;
    if (this.#offset < length) return;
    this.#index++;
    this.#offset = 0;
    if (this.#index === this.#pieces.length) this.#close();
  }

  #close(): void {
    // The handle waits for a read under way and takes a second close. Failing to close a file that was only read loses
    // nothing.
    this.#handle.close().catch(() => {});
  }
}

function lengthOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.end - piece.start + 1;
}

function shortened(missingBytes: number): ServerError {
  return new ServerError(
    "ERR_LENGTH_MISMATCH",
    `A file got shorter while it was sent: ${missingBytes} announced bytes are missing. ` +
      "Replace served files by renaming, not by writing into them.",
  );
}
