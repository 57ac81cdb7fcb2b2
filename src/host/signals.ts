// What do SIGTERM and SIGINT do? The first one stops gracefully, the second one at once.

const CLEAN_EXIT = 0;

/** A stop that cut requests, or that was forced. */
const UNCLEAN_EXIT = 3;

/**
 * Calls `stop` at the first signal, and ends the process when `closed` says that the server has stopped: open handles of
 * the app, such as a database pool, must not keep a stopped server alive. Gives a function that removes the listeners.
 */
export function handleSignals(stop: () => Promise<void>, closed: Promise<{ readonly clean: boolean }>): () => void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(UNCLEAN_EXIT);
    stopping = true;
    void stop();
    void closed.then(({ clean }) => process.exit(clean ? CLEAN_EXIT : UNCLEAN_EXIT));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return () => {
    // Until the process ends, a second signal must still find its listener.
    if (stopping) return;
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
}
