// This process is a worker: it serves what its primary has opened a port for, and ends when the primary says so.

import cluster from "node:cluster";
import { ServerError } from "../errors.ts";
import { type FromWorker, type Listening, toWorker } from "./messages.ts";

/** How often the primary hears that the event loop goes round. */
const ALIVE_MS = 1000;

/** A primary of ours answers at once. */
const JOIN_MS = 10_000;

/** The listener of a signal that is ours. */
const OURS = 1;

/** What a worker serves with. */
export interface Served {
  /** For a stop that nobody gave a deadline for. */
  readonly shutdownMs: number;
  readonly handlesSignals: boolean;
  close(deadlineMs: number): Promise<void>;
}

/**
 * Asks the primary for the ports.
 *
 * @throws ServerError `ERR_WORKER` when the process above is a primary of somebody else's.
 */
export function joinPrimary(): Promise<readonly number[]> {
  const answer = new Promise<readonly number[]>((resolve, reject) => {
    const late = setTimeout(() => {
      process.off("message", hear);
      const what = "The process that started this one as a worker of node:cluster is no primary of easyserver's";
      reject(new ServerError("ERR_WORKER", `${what}: set "workers" to 0, and every worker of it serves.`));
    }, JOIN_MS);
    const hear = (message: unknown): void => {
      const said = toWorker(message);
      if (said?.easyserver !== "ports") return;
      clearTimeout(late);
      process.off("message", hear);
      resolve(said.ports);
    };
    process.on("message", hear);
  });
  say({ easyserver: "joins" });
  return answer;
}

/**
 * Tells the primary where is served, and from then on obeys it. A signal that reaches the worker itself stops it gracefully, the
 * second one, too: at a terminal every process gets the signal, and the primary decides whether there is a hurry.
 */
export function obeyPrimary(served: Served, place: Omit<Listening, "easyserver">): void {
  let isStopping = false;
  const stop = (deadlineMs: number = served.shutdownMs): void => {
    if (isStopping) return;
    isStopping = true;
    void idleMoment().then(() => served.close(deadlineMs));
  };
  process.on("message", (message) => {
    const said = toWorker(message);
    if (said?.easyserver !== "stop" || isStopping) return;
    stop(said.deadlineMs);
    // An app that ends by signals, as one that closes its database then, has to hear of the end as it would without workers.
    if (served.handlesSignals && process.listenerCount("SIGTERM") > OURS) process.kill(process.pid, "SIGTERM");
  });
  if (served.handlesSignals) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop());
    // Those to the primary make it replace this process; to this one they mean nothing.
    for (const signal of ["SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
  }
  // Without this Node ends the process in the middle of its requests when the primary is gone.
  cluster.worker!.exitedAfterDisconnect = true;
  process.once("disconnect", () => stop());
  const beat = setInterval(say, ALIVE_MS, { easyserver: "alive" } satisfies FromWorker);
  beat.unref();
  say({ easyserver: "listening", ...place });
}

function say(message: FromWorker): void {
  // A primary that is gone hears nothing, and needs not.
  if (process.connected) process.send!(message, undefined, undefined, () => {});
}

const IDLE_WAIT_MS = 1000;
/** Less than it takes to answer one request. */
const NOTHING_MS = 0.05;

/**
 * Comes when the event loop has just been waiting in vain, so that nobody stands at the port that is about to be closed: the system resets
 * who does, unless it is told to hand them on. After a second in any case.
 */
function idleMoment(): Promise<void> {
  const giveUpMs = performance.now() + IDLE_WAIT_MS;
  return new Promise((resolve) => {
    const look = (): void => {
      const startMs = performance.now();
      const { idleTime } = performance.nodeTiming;
      setTimeout(() => {
        const now = performance.now();
        const busyMs = now - startMs - (performance.nodeTiming.idleTime - idleTime);
        if (busyMs < NOTHING_MS || now > giveUpMs) resolve();
        else look();
      }, 1);
    };
    look();
  });
}
