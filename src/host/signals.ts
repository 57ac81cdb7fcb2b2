// What do SIGTERM, SIGINT and SIGHUP do? The first one stops gracefully, the second one at once; a hang-up stops what a terminal
// started, and nothing else.

import { isatty } from "node:tty";

const CLEAN_EXIT = 0;

/** A stop that cut requests, or that was forced. */
const UNCLEAN_EXIT = 3;

/** What signals ask of a server. */
export interface Signalled {
  readonly stop: () => Promise<void>;
  /** A hang-up that does not stop the server: what can be read again is. */
  readonly refresh: () => void;
  readonly closed: Promise<{ readonly clean: boolean }>;
}

/** The servers of this process that end by a signal: it must not exit before the last of them has stopped. */
const servers = new Set<Signalled>();
let isStopping = false;
/** Looked up when the first server starts: of a terminal that is gone nobody can tell any more. */
let isOnTerminal = false;

/**
 * Stops `server` at the first signal, and ends the process when `closed` says that it has stopped, and every other
 * one too: open handles of the app, such as a database pool, must not keep a stopped server alive. Gives a function that
 * ends this.
 */
export function handleSignals(server: Signalled): () => void {
  if (servers.size === 0 && !isStopping) {
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    process.on("SIGHUP", onHangUp);
    isOnTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  }
  servers.add(server);
  return () => {
    servers.delete(server);
    // Until the process ends, a second signal must still find its listener.
    if (servers.size > 0 || isStopping) return;
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.off("SIGHUP", onHangUp);
  };
}

/** Ends this process, with the code for a server that has stopped so. */
export function exitStopped({ clean }: { readonly clean: boolean }): never {
  process.exit(clean ? CLEAN_EXIT : UNCLEAN_EXIT);
}

function onSignal(): void {
  if (isStopping) exitStopped({ clean: false });
  isStopping = true;
  const ends = [...servers].map(({ stop, closed }) => {
    void stop();
    return closed;
  });
  void Promise.all(ends).then((results) => exitStopped({ clean: results.every(({ clean }) => clean) }));
}

/** Daemons are told by it to read their files again, and by Node's default they would die of it (decisions/074-a-hang-up.md). */
function onHangUp(): void {
  if (isStopping) return;
  if (isOnTerminal) onSignal();
  else for (const { refresh } of servers) refresh();
}
