// How do bytes come off the disk? Regular files only, opened late, checked again once open, read off the loop.

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { ReplySource } from "../engine/engine.ts";
import { ServerError } from "../errors.ts";
import type { ByteRange } from "../http/range.ts";
import type { FileVersion } from "./entry.ts";
import { fileVersion } from "./entry.ts";

/** A descriptor and the version it shows. Whoever gets it closes `handle`. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly version: FileVersion;
}

// O_NONBLOCK: a FIFO put there after the check must not hold a thread for ever (A46). O_NOFOLLOW: a link put there
// after the check must not lead out of the root. Windows has neither.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

// A slice is what one client may keep in memory. Smaller ones cost a thread switch each: at 64 KiB, four times as many.
const SLICE_BYTES = 256 * 1024;

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

/** All bytes of an open file, or `null` when it does not hold `sizeBytes` of them any more. Closes nothing. */
export async function readWhole(handle: FileHandle, sizeBytes: number): Promise<Uint8Array | null> {
  // One byte more than expected: a file that has grown shows itself.
  const buffer = new Uint8Array(sizeBytes + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === sizeBytes ? buffer.subarray(0, sizeBytes) : null;
}

/**
 * A range of an open file, in slices. Takes the handle over: it is closed with the last byte, on failure and on `cancel`.
 *
 * A file that got shorter rejects with `ERR_LENGTH_MISMATCH`, one that grew is cut at the promised length (A60).
 */
export class FileSource implements ReplySource {
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #end: number;
  #position: number;

  constructor(handle: FileHandle, range: ByteRange) {
    this.#handle = handle;
    this.#position = range.start;
    this.#end = range.end + 1;
    this.sizeBytes = this.#end - range.start;
  }

  next(): Promise<Uint8Array> | null {
    return this.#position < this.#end ? this.#slice() : null;
  }

  cancel(): void {
    this.#close();
  }

  async #slice(): Promise<Uint8Array> {
    // A new buffer each time: the engine may still hold the one before.
    const slice = new Uint8Array(Math.min(SLICE_BYTES, this.#end - this.#position));
    try {
      const { bytesRead } = await this.#handle.read(slice, 0, slice.length, this.#position);
      if (bytesRead === 0) throw shortened(this.#end - this.#position);
      this.#position += bytesRead;
      if (this.#position === this.#end) this.#close();
      return bytesRead === slice.length ? slice : slice.subarray(0, bytesRead);
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #close(): void {
    // The handle waits for a read under way and takes a second close. Failing to close a file that was only read loses
    // nothing.
    this.#handle.close().catch(() => {});
  }
}

function shortened(missingBytes: number): ServerError {
  return new ServerError(
    "ERR_LENGTH_MISMATCH",
    `A file got shorter while it was sent: ${missingBytes} announced bytes are missing. ` +
      "Replace served files by renaming, not by writing into them.",
  );
}
