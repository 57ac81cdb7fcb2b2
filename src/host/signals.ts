// What do SIGTERM and SIGINT do? The first one stops gracefully, the second one at once.

const CLEAN_EXIT = 0;

/** A stop that cut requests, or that was forced. */
const UNCLEAN_EXIT = 3;

interface Stoppable {
  readonly stop: () => Promise<void>;
  readonly closed: Promise<{ readonly clean: boolean }>;
}

/** The servers of this process that end by a signal: it must not exit before the last of them has stopped. */
const servers = new Set<Stoppable>();
let isStopping = false;

/**
 * Calls `stop` at the first signal, and ends the process when `closed` says that the server has stopped, and every other
 * one too: open handles of the app, such as a database pool, must not keep a stopped server alive. Gives a function that
 * ends this.
 */
export function handleSignals(stop: () => Promise<void>, closed: Promise<{ readonly clean: boolean }>): () => void {
  const server: Stoppable = { stop, closed };
  if (servers.size === 0 && !isStopping) {
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  }
  servers.add(server);
  return () => {
    servers.delete(server);
    // Until the process ends, a second signal must still find its listener.
    if (servers.size > 0 || isStopping) return;
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
}

function onSignal(): void {
  if (isStopping) process.exit(UNCLEAN_EXIT);
  isStopping = true;
  const ends = [...servers].map(({ stop, closed }) => {
    void stop();
    return closed;
  });
  void Promise.all(ends).then((results) => {
    process.exit(results.every(({ clean }) => clean) ? CLEAN_EXIT : UNCLEAN_EXIT);
  });
}
