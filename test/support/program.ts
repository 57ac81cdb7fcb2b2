// A program beside a test: what it said is in the message when it fails, and it ends with its start, its test or our process.

import type { ChildProcess } from "node:child_process";
import { deferred, turn, within } from "./waiting.ts";

/** How much of its output is kept for the messages of failures. */
const TAIL_LENGTH = 4_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Did not start, and is gone. The message ends with the last of what it wrote. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

export class Program implements AsyncDisposable {
  readonly name: string;
  readonly child: ChildProcess;
  /** Fulfils when it is gone; also when it could not even be started. */
  readonly exited: Promise<void>;
  #tail = "";

  /** `child` was spawned just now; `name` is what messages call it. What its pipes carry is listened to here. */
  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    running.add(child);
    const gone = deferred();
    this.exited = gone.promise;
    child.once("exit", () => gone.resolve());
    child.once("error", (error) => {
      this.#tail += error.message;
      if (child.pid === undefined) gone.resolve();
    });
    void this.exited.then(() => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer | string) => {
        this.#tail = (this.#tail + part.toString()).slice(-TAIL_LENGTH);
      });
    }
  }

  get isRunning(): boolean {
    return running.has(this.child);
  }

  /** The last of what it wrote. */
  get tail(): string {
    return this.#tail.trim();
  }

  /**
   * What `sign` gives, which tells that the program is ready.
   *
   * @throws StartFailure after the program was ended: at once when it ends before, when `sign` rejects, or after `ms`.
   */
  async whenReady<Value>(ms: number, sign: Promise<Value>): Promise<Value> {
    const early = this.exited.then(async () => {
      // What it wrote last comes after its end.
      await within(1_000, "the end of its output", this.#drained()).catch(() => {});
      const { exitCode, signalCode } = this.child;
      throw new Error(`it ended with ${signalCode ?? exitCode ?? "no process"}`);
    });
    try {
      return await within(ms, "ready", Promise.race([sign, early]));
    } catch (error) {
      await this.end();
      const why = error instanceof Error ? error.message : String(error);
      throw new StartFailure(`${this.name} did not start (${why}): ${this.tail || "it wrote nothing"}`, {
        cause: error,
      });
    } finally {
      early.catch(() => {});
    }
  }

  /** Asks `isUp` until it says yes, as `whenReady` does for a sign that comes by itself. */
  async untilUp(ms: number, isUp: () => boolean | Promise<boolean>): Promise<void> {
    let isAsking = true;
    const ask = async (): Promise<void> => {
      while (isAsking && !(await isUp())) await turn(25);
    };
    try {
      await this.whenReady(ms, ask());
    } finally {
      isAsking = false;
    }
  }

  /** Ends it at once, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.isRunning) this.child.kill("SIGKILL");
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #drained(): Promise<void> {
    const isOpen = (): boolean => [this.child.stdout, this.child.stderr].some((stream) => stream?.closed === false);
    while (isOpen()) await turn(5);
  }
}

const ATTEMPTS = 3;

/**
 * What `start` gives, which starts a program on ports that it takes anew at each call: it is called again when somebody
 * else had one of them after all.
 */
export async function onFreshPorts<Value>(start: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const isTaken =
        error instanceof StartFailure && /address (?:is )?already in use|EADDRINUSE/iu.test(error.message);
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}
