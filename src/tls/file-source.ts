// A pair that somebody else looks after: read from two files, and read again when they change.

import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
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

/** The pair of two files. Their folders are watched, because tools replace files rather than write into them. */
export function createFileSource(parts: FileSourceParts): CertificateSource {
  return new FileSource(parts);
}

class FileSource implements CertificateSource {
  onChange: ((pairs: readonly CertificatePair[]) => void) | null = null;
  private readonly parts: FileSourceParts;
  private current: CertificatePair | null = null;
  private lastProblem = "";
  private readonly watchers: FSWatcher[] = [];
  private poll: NodeJS.Timeout | null = null;
  private settling: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(parts: FileSourceParts) {
    this.parts = parts;
  }

  async start(): Promise<readonly CertificatePair[]> {
    this.current = await this.read();
    this.watch();
    return [this.current];
  }

  challenge(): null {
    return null;
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const watcher of this.watchers.splice(0)) watcher.close();
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

  private watch(): void {
    // Also where watching works: links of links, as certbot and Kubernetes make them, change in folders that nobody watches.
    this.poll = setInterval(() => this.changed(), POLL_MS).unref();
    for (const folder of new Set([dirname(this.parts.cert), dirname(this.parts.key)])) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.changed());
        watcher.on("error", () => watcher.close());
        this.watchers.push(watcher);
      } catch {
        // A folder that cannot be watched, such as one on a network, is looked at now and then.
      }
    }
  }

  private changed(): void {
    if (this.settling !== null) clearTimeout(this.settling);
    this.settling = setTimeout(() => void this.reload(), SETTLE_MS).unref();
  }

  private async reload(): Promise<void> {
    try {
      const pair = await this.read();
      this.lastProblem = "";
      if (this.isClosed || (pair.chainPem === this.current?.chainPem && pair.keyPem === this.current.keyPem)) return;
      this.current = pair;
      this.onChange?.([pair]);
      this.parts.onReload(pair);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (this.isClosed || problem === this.lastProblem) return;
      this.lastProblem = problem;
      this.parts.onProblem(error);
    }
  }
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
