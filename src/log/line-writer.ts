// How do log lines reach a descriptor without ever stopping the server? Batches, never blocks, drops and counts.

import { fstatSync, writeSync } from "node:fs";

/** Takes lines; none of its methods throws. */
export interface LineWriter {
  /** Queues one line, which ends in `\n`. */
  write(line: string): void;
  /** Hands everything to the descriptor now, waiting up to `waitMs` for a slow reader. For the end of the process. */
  flush(waitMs?: number): void;
  /** Lines lost so far because nobody took them. */
  readonly dropped: number;
  /** Flushes, and lets go of its timer. Nothing may be written afterwards. */
  close(): void;
}

export interface LineWriterOptions {
  /** 1 is stdout. */
  readonly descriptor: number;
  /** Queued bytes that cause a write. Default 64 KiB. */
  readonly batchBytes?: number;
  /** `latin1` is quicker, and right for lines of ASCII only. Default `utf8`. */
  readonly encoding?: "utf8" | "latin1";
  /** Longest time a line waits for company, in milliseconds. Default 100; 0 writes at once. */
  readonly delayMs?: number;
  /** Bytes kept for a reader that takes nothing; lines beyond it are dropped. Default 1 MiB. */
  readonly backlogBytes?: number;
  /** The line that tells, once the reader is back, how many were dropped. */
  readonly describeDropped: (lines: number) => string;
}

// POSIX promises that a write of up to this size to a pipe is all or nothing. Lines written in such pieces never mix
// with those of another process, or of the app's own console, on the same pipe.
const ATOMIC_BYTES = 4096;
const FILE_BYTES = 65_536;
// A reader that takes nothing for this long at the end of the process is taken for dead.
const EXIT_WAIT_MS = 250;
// A slow reader is looked at again after this time. A pipe holds 64 KiB, so ten times longer would limit the log to a
// tenth of what a good reader takes.
const RETRY_MS = 5;

/** Writers with something to write. One listener serves them all, since Node warns about the eleventh. */
const unfinished = new Set<LineWriter>();
let isExitWatched = false;

function finishAtExit(writer: LineWriter): void {
  unfinished.add(writer);
  if (isExitWatched) return;
  isExitWatched = true;
  process.on("exit", () => {
    for (const one of unfinished) one.flush();
  });
}

/** Writes lines to an open descriptor. It writes what is left when the process exits. */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  return new DescriptorWriter(options);
}

class DescriptorWriter implements LineWriter {
  readonly #descriptor: number;
  readonly #delayMs: number;
  readonly #backlogBytes: number;
  readonly #describeDropped: (lines: number) => string;
  readonly #encoding: "utf8" | "latin1";
  readonly #pieceBytes: number;
  /** Lines not yet tried. Bytes, since a batch of joined strings makes the garbage collector copy every part of it. */
  readonly #batch: Buffer;
  #batched = 0;
  /** Older bytes that the reader did not take. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #isGone = false;
  #droppedUntold = 0;
  #dropped = 0;

  constructor(options: LineWriterOptions) {
    this.#descriptor = options.descriptor;
    this.#delayMs = options.delayMs ?? 100;
    this.#backlogBytes = options.backlogBytes ?? 1_048_576;
    this.#describeDropped = options.describeDropped;
    this.#encoding = options.encoding ?? "utf8";
    this.#pieceBytes = pieceBytes(options.descriptor);
    this.#batch = Buffer.allocUnsafeSlow(options.batchBytes ?? 65_536);
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const most = this.#encoding === "latin1" ? line.length : line.length * 3;
    if (this.#isGone || this.#waitingBytes + this.#batched + most > this.#backlogBytes) {
      this.#dropped++;
      this.#droppedUntold++;
      return;
    }
    if (this.#batched + most > this.#batch.length) this.#makeRoom();
    if (most > this.#batch.length) this.#keep(Buffer.from(line, this.#encoding));
    else this.#batched += this.#batch.write(line, this.#batched, this.#encoding);
    if (this.#timer !== null) return;
    if (this.#delayMs === 0) this.#send();
    else this.#wait(this.#delayMs);
  }

  flush(waitMs: number = EXIT_WAIT_MS): void {
    if (this.#send()) return;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      Atomics.wait(pause, 0, 0, 1);
      if (this.#send()) return;
    }
  }

  close(): void {
    this.flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    unfinished.delete(this);
  }

  #wait(delayMs: number): void {
    finishAtExit(this);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, delayMs);
    this.#timer.unref();
  }

  #makeRoom(): void {
    this.#send();
    if (this.#batched > 0) this.#keepBatch(0);
  }

  #keepBatch(start: number): void {
    this.#keep(Buffer.from(this.#batch.subarray(start, this.#batched)));
    this.#batched = 0;
  }

  #keep(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** False when the reader takes no more for now: then the rest is tried again soon. */
  #send(): boolean {
    try {
      this.#sendWaiting();
      this.#sendBatch();
      if (this.#droppedUntold > 0 && this.#waitingBytes === 0 && !this.#isGone) this.#tellDropped();
    } catch (error) {
      this.#lose((error as NodeJS.ErrnoException).code);
    }
    const isDone = this.#waitingBytes === 0;
    if (this.#timer === null) {
      if (isDone) unfinished.delete(this);
      else this.#wait(RETRY_MS);
    }
    return isDone;
  }

  #sendWaiting(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const sent = this.#accepted(first, first.length);
      this.#waitingBytes -= sent;
      if (sent < first.length) {
        this.#waiting[0] = first.subarray(sent);
        return;
      }
      this.#waiting.shift();
    }
  }

  #sendBatch(): void {
    if (this.#batched === 0 || this.#waitingBytes > 0) return;
    const sent = this.#accepted(this.#batch, this.#batched);
    if (sent < this.#batched) this.#keepBatch(sent);
    else this.#batched = 0;
  }

  #tellDropped(): void {
    const line = Buffer.from(this.#describeDropped(this.#droppedUntold), this.#encoding);
    this.#droppedUntold = 0;
    const sent = this.#accepted(line, line.length);
    if (sent < line.length) this.#keep(line.subarray(sent));
  }

  /** How many of the first `length` bytes the descriptor took. */
  #accepted(bytes: Buffer, length: number): number {
    let start = 0;
    try {
      while (start < length) {
        const end = pieceEnd(bytes, start, length, this.#pieceBytes);
        start += writeSync(this.#descriptor, bytes, start, end - start);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "EAGAIN" && code !== "EINTR") throw error;
    }
    return start;
  }

  /** The descriptor refused: a full disk may recover, a reader that left will not. */
  #lose(code: string | undefined): void {
    const lost = [...this.#waiting, this.#batch.subarray(0, this.#batched)];
    const lines = lost.reduce((sum, bytes) => sum + lineCount(bytes), 0);
    this.#dropped += lines;
    this.#droppedUntold += lines;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#batched = 0;
    this.#isGone = code !== "ENOSPC" && code !== "EIO" && code !== "EDQUOT";
  }
}

function lineCount(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** The end of the last whole line that fits in one write; of a line longer than that, as much as fits. */
function pieceEnd(bytes: Buffer, start: number, length: number, most: number): number {
  if (length - start <= most) return length;
  const lineEnd = bytes.lastIndexOf(10, start + most - 1);
  return lineEnd < start ? start + most : lineEnd + 1;
}

function pieceBytes(descriptor: number): number {
  // Node makes stdout and stderr non-blocking the first time their streams are touched; until then a full pipe would
  // stop the process in `writeSync`.
  if (descriptor === 1) void process.stdout.writable;
  if (descriptor === 2) void process.stderr.writable;
  try {
    return fstatSync(descriptor).isFile() ? FILE_BYTES : ATOMIC_BYTES;
  } catch {
    return ATOMIC_BYTES;
  }
}
