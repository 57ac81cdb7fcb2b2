// A pair that somebody else looks after: read from two files, and read again when they change.

import { type FSWatcher, watch } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { ServerError } from "../errors.ts";
import type { CertificatePair, CertificateSource } from "./certificate.ts";
import { readPair } from "./pair.ts";

/** Both files are replaced in turn, and a tool may write each in several steps: this long after the last change all is there. */
const SETTLE_MS = 200;

/** How often the files are looked at, whatever the system tells of them. */
const POLL_MS = 60_000;

export interface FileSourceParts {
  /** PEM, the chain leaf first. */
  readonly cert: string;
  readonly key: string;
  /** A new pair could not be read or does not fit together; the one before goes on. Once for each distinct reason. */
  readonly onProblem: (error: unknown) => void;
  readonly onReload: (pair: CertificatePair) => void;
}

/**
 * The pair of two files. Their folders are watched, because tools replace files rather than write into them, and those that
 * links lead to as well.
 */
export function createFileSource(parts: FileSourceParts): CertificateSource {
  return new FileSource(parts);
}

class FileSource implements CertificateSource {
  onChange: CertificateSource["onChange"] = null;
  private readonly parts: FileSourceParts;
  private current: CertificatePair | null = null;
  private lastProblem = "";
  /** What the server could not use: said once, and looked at again only when it has changed. */
  private refused: CertificatePair | null = null;
  private readonly watchers = new Map<string, FSWatcher>();
  private poll: NodeJS.Timeout | null = null;
  private settling: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(parts: FileSourceParts) {
    this.parts = parts;
  }

  async start(): Promise<readonly CertificatePair[]> {
    this.current = await this.read();
    await this.watch();
    // Also where watching works: what changes in the middle of a chain of links is seen by nobody else.
    this.poll = setInterval(() => this.changed(), POLL_MS).unref();
    return [this.current];
  }

  challenge(): null {
    return null;
  }

  refresh(): void {
    this.changed();
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const watcher of this.watchers.values()) watcher.close();
    if (this.poll !== null) clearInterval(this.poll);
    if (this.settling !== null) clearTimeout(this.settling);
    return Promise.resolve();
  }

  private async read(): Promise<CertificatePair> {
    const { cert, key } = this.parts;
    const [chainPem, keyPem] = await Promise.all([readPem(cert, "certificate"), readPem(key, "key")]);
    try {
      return readPair(chainPem, keyPem, "file");
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      throw new ServerError(error.code, `${cert} and ${key}: ${error.message}`, { cause: error });
    }
  }

  private async watch(): Promise<void> {
    const folders = new Set<string>();
    for (const file of [this.parts.cert, this.parts.key]) {
      folders.add(dirname(file));
      folders.add(dirname(await realpath(file).catch(() => file)));
    }
    if (this.isClosed) return;
    for (const [folder, watcher] of this.watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of folders) if (!this.watchers.has(folder)) this.watchFolder(folder);
  }

  private watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.changed());
      watcher.on("error", () => watcher.close());
      this.watchers.set(folder, watcher);
    } catch {
      // A folder that cannot be watched, such as one on a network, is looked at now and then.
    }
  }

  private changed(): void {
    if (this.settling !== null) clearTimeout(this.settling);
    this.settling = setTimeout(() => void this.reload(), SETTLE_MS).unref();
  }

  private async reload(): Promise<void> {
    try {
      await this.watch();
      const pair = await this.read();
      this.lastProblem = "";
      if (this.isClosed || isSame(pair, this.refused)) return;
      this.refused = null;
      if (isSame(pair, this.current)) return;
      const isServed = this.onChange?.([pair]) !== false;
      this.refused = isServed ? null : pair;
      if (!isServed) return;
      this.current = pair;
      this.parts.onReload(pair);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (this.isClosed || problem === this.lastProblem) return;
      this.lastProblem = problem;
      this.parts.onProblem(error);
    }
  }
}

function isSame(pair: CertificatePair, other: CertificatePair | null): boolean {
  return pair.chainPem === other?.chainPem && pair.keyPem === other.keyPem;
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ServerError("ERR_CERTIFICATE", `The ${what} file "${path}" cannot be read (${reason}).`, {
      cause: error,
    });
  }
}
