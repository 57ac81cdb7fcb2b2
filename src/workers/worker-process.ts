// One worker as its primary sees it: how it was started, whether it listens, whether it is alive, how it ended.

import cluster, { type Worker } from "node:cluster";
import { fromWorker, type Listening, type ToWorker } from "./messages.ts";

/** How a worker ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What is left of the time for a stop once it is over, before the process is killed. */
const KILL_AFTER_MS = 5000;

export class WorkerProcess {
  /** Fulfils with its address, or with `null` when it ends before it has one. */
  readonly listening: Promise<Listening | null>;
  readonly ended: Promise<Ending>;
  /** When its port was open, or 0 (`performance.now()`). */
  listeningSinceMs = 0;
  /** When it was last heard of. */
  aliveMs: number = performance.now();
  isStopping = false;
  private readonly worker: Worker;

  /** Starts the program of this process once more. */
  constructor(ports: readonly number[]) {
    const worker = cluster.fork();
    this.worker = worker;
    this.ended = new Promise((resolve) => {
      worker.once("exit", (code, signal) => resolve({ code, signal }));
      // One that the system refuses to start has no exit.
      worker.on("error", () => {
        if (worker.process.pid === undefined) resolve({ code: null, signal: null });
      });
    });
    this.listening = new Promise((resolve) => {
      void this.ended.then(() => resolve(null));
      worker.on("message", (message) => {
        const said = fromWorker(message);
        if (said === null) return;
        this.aliveMs = performance.now();
        if (said.easyserver === "joins") this.say({ easyserver: "ports", ports });
        if (said.easyserver !== "listening") return;
        this.listeningSinceMs = performance.now();
        resolve(said);
      });
    });
  }

  get pid(): number {
    return this.worker.process.pid ?? 0;
  }

  get isListening(): boolean {
    return this.listeningSinceMs > 0;
  }

  /** Lets requests in flight finish. Whatever happens, it is gone a little after `deadlineMs`. */
  stop(deadlineMs: number): void {
    if (this.isStopping) return;
    this.isStopping = true;
    // One that does not listen yet may not listen to us, either.
    if (this.isListening) this.say({ easyserver: "stop", deadlineMs });
    else this.worker.process.kill("SIGTERM");
    const late = setTimeout(() => this.kill(), deadlineMs + KILL_AFTER_MS);
    void this.ended.then(() => clearTimeout(late));
  }

  kill(): void {
    this.worker.process.kill("SIGKILL");
  }

  private say(message: ToWorker): void {
    if (this.worker.isConnected()) this.worker.send(message, () => {});
  }
}

/** In words, for a log. */
export function describeEnding({ code, signal }: Ending): string {
  if (signal !== null) return signal;
  return code === null ? "it could not be started" : `exit code ${code}`;
}
