// The parent of the processes that serve: starts them, replaces those that end, and renews them all without a gap.

import { ServerError } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Listening } from "./messages.ts";
import { describeEnding, type Ending, WorkerProcess } from "./worker-process.ts";

export interface PrimaryParts {
  readonly count: number;
  /** The real ports of the addresses, which nobody else listens on. */
  readonly ports: readonly number[];
  /** A worker that is silent for this long is killed and replaced; 0 = never. */
  readonly hangMs: number;
  /** How long the requests of a worker that is renewed may go on. */
  readonly shutdownMs: number;
  readonly logger: Logger;
}

/** A worker that listened for this long was well; one that ends earlier makes the next one wait. */
const STEADY_MS = 10_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** So many that do not come up, with none left that serves, are the end. */
const LAST_ATTEMPT = 10;
/** How long a worker may take to listen while others serve. */
const START_MS = 120_000;
const LOOK_MS = 1000;

export class Primary {
  /** Fulfils when no worker is left, `clean` unless one had to be cut. Never rejects. */
  readonly closed: Promise<{ readonly clean: boolean }>;
  private readonly parts: PrimaryParts;
  private readonly workers = new Set<WorkerProcess>();
  private count: number;
  private failures = 0;
  private isClosing = false;
  private clean = true;
  private refilling: Promise<void> | null = null;
  private renewing: Promise<void> | null = null;
  private renewAgain = false;
  private readonly looking: NodeJS.Timeout;
  private settle!: (result: { readonly clean: boolean }) => void;
  private wake: () => void = () => {};

  private constructor(parts: PrimaryParts) {
    this.parts = parts;
    this.count = parts.count;
    this.closed = new Promise((resolve) => {
      this.settle = resolve;
    });
    // The workers' own output has been read when this comes: a primary that was busy takes nobody for dead.
    this.looking = setInterval(() => setImmediate(() => this.look()), LOOK_MS);
    process.on("exit", this.killAll);
  }

  /**
   * Starts the first worker and, when that one listens, the others.
   *
   * @throws ServerError `ERR_WORKER` when one of them ends before it listens; it has said why. No process is left then.
   */
  static async start(parts: PrimaryParts): Promise<{ readonly primary: Primary; readonly place: Listening }> {
    const primary = new Primary(parts);
    try {
      const place = await primary.startOne();
      await Promise.all(Array.from({ length: parts.count - 1 }, () => primary.startOne()));
      return { primary, place };
    } catch (error) {
      await primary.close(0);
      throw error;
    }
  }

  /**
   * Replaces every worker by a new one, which reads code and settings anew; each old one stops when its successor listens. When a new one
   * does not come up, that is logged, and those that are left go on. Never rejects.
   */
  renew(): Promise<void> {
    if (this.isClosing) return Promise.resolve();
    this.renewAgain = this.renewing !== null;
    this.renewing ??= this.renewAll().finally(() => {
      this.renewing = null;
      if (!this.isClosing) this.fit();
    });
    return this.renewing;
  }

  /** Stops all workers gracefully. */
  async close(deadlineMs: number): Promise<void> {
    if (!this.isClosing) {
      this.isClosing = true;
      this.wake();
      for (const worker of this.workers) worker.stop(deadlineMs);
      if (this.workers.size === 0) this.finish();
    }
    await this.closed;
  }

  private async startOne(): Promise<Listening> {
    const worker = this.fork();
    const place = await worker.listening;
    if (place !== null) return place;
    const how = describeEnding(await worker.ended);
    throw new ServerError("ERR_WORKER", `A worker ended before it listened (${how}). It has said why.`);
  }

  private fork(): WorkerProcess {
    const worker = new WorkerProcess(this.parts.ports);
    this.workers.add(worker);
    void worker.ended.then((ending) => this.ended(worker, ending));
    void worker.listening.then((place) => {
      if (place !== null && place.workers > 0) this.count = place.workers;
    });
    return worker;
  }

  private ended(worker: WorkerProcess, ending: Ending): void {
    this.workers.delete(worker);
    if (worker.isStopping) this.clean &&= ending.code === 0;
    if (this.isClosing) {
      if (this.workers.size === 0) this.finish();
      return;
    }
    // Whoever started one that did not come up speaks about it.
    if (worker.isStopping || !worker.isListening) return;
    const wasSteady = performance.now() - worker.listeningSinceMs > STEADY_MS;
    this.failures = wasSteady ? 0 : this.failures + 1;
    this.parts.logger.error(
      { worker: worker.pid },
      `a worker ended (${describeEnding(ending)}); another one takes its place`,
    );
    this.refill();
  }

  private refill(): void {
    this.refilling ??= this.refillAll().finally(() => {
      this.refilling = null;
      // One may have ended since the last look.
      if (!this.isClosing && this.missing > 0) this.refill();
    });
  }

  private get missing(): number {
    let present = 0;
    for (const worker of this.workers) if (!worker.isStopping) present++;
    return this.count - present;
  }

  private async refillAll(): Promise<void> {
    while (!this.isClosing && this.missing > 0) {
      await this.pause();
      if (this.isClosing || this.missing <= 0) return;
      const worker = this.fork();
      if ((await this.up(worker)) !== null) continue;
      this.failures++;
      if (this.isClosing) return;
      const how = describeEnding(await worker.ended);
      this.parts.logger.error({ worker: worker.pid }, `a worker ended before it listened (${how})`);
      if (this.failures >= LAST_ATTEMPT && this.workers.size === 0) return this.giveUp();
    }
  }

  /** Longer with each failure in a row, so that a fault in the app does not use up the machine. */
  private async pause(): Promise<void> {
    if (this.failures === 0) return;
    await this.nap(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.failures - 1)));
  }

  /** Ends early when the server is closed. */
  private nap(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Its address, or `null` for one that ends instead, or takes too long and is killed for it. */
  private async up(worker: WorkerProcess): Promise<Listening | null> {
    const late = setTimeout(() => worker.kill(), START_MS);
    const place = await worker.listening;
    clearTimeout(late);
    return place;
  }

  private giveUp(): void {
    this.parts.logger.error(`no worker came up ${this.failures} times in a row: the server ends`);
    this.isClosing = true;
    this.clean = false;
    this.finish();
  }

  private async renewAll(): Promise<void> {
    do {
      this.renewAgain = false;
      const old = [...this.workers].filter(({ isStopping }) => !isStopping);
      for (const [done, before] of old.entries()) {
        const worker = this.fork();
        const place = await this.up(worker);
        if (this.isClosing) return;
        if (place === null) {
          const how = describeEnding(await worker.ended);
          const left =
            done === 0 ? "the old workers go on" : `${old.length - done} old workers go on beside ${done} new`;
          this.parts.logger.error(
            { worker: worker.pid },
            `reload: a new worker ended before it listened (${how}); ${left}`,
          );
          return;
        }
        before.stop(this.parts.shutdownMs);
      }
      this.parts.logger.info(`reloaded: ${old.length} workers were replaced`);
    } while (this.renewAgain);
  }

  /** The new settings may ask for more workers, or for fewer. */
  private fit(): void {
    const present = [...this.workers].filter(({ isStopping }) => !isStopping);
    for (const worker of present.slice(this.count)) worker.stop(this.parts.shutdownMs);
    if (this.missing > 0) this.refill();
  }

  private look(): void {
    const { hangMs } = this.parts;
    if (hangMs === 0) return;
    for (const worker of this.workers) {
      if (!worker.isListening || worker.isStopping || performance.now() - worker.aliveMs <= hangMs) continue;
      const silentMs = Math.round(performance.now() - worker.aliveMs);
      this.parts.logger.error({ worker: worker.pid }, `a worker has been silent for ${silentMs} ms and is killed`);
      worker.aliveMs = performance.now();
      worker.kill();
    }
  }

  private finish(): void {
    clearInterval(this.looking);
    process.off("exit", this.killAll);
    this.settle({ clean: this.clean });
  }

  /** A primary that is told to end at once takes its workers along. */
  private readonly killAll = (): void => {
    for (const worker of this.workers) worker.kill();
  };
}
