// What ends a start that takes long, where this is the first process of its container?

/** Numbers of the signals, as exit codes have them. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Until the function that it gives is called, SIGTERM and SIGINT end this process if it is the first of its container: the
 * kernel ends every other one without being asked, and a container that waits for its database would have to be killed (ops
 * C16). An app that listens for the signal itself is left to it.
 */
export function endOnSignals(): () => void {
  if (process.pid !== 1) return () => {};
  const end = (name: "SIGINT" | "SIGTERM"): void => {
    if (process.listenerCount(name) === 1) process.exit(128 + SIGNALS[name]);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return () => {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  };
}
