// How does a server stop without turning away who has been let in by the system, but not yet by it?

import type { Server } from "node:net";

/** libuv accepts one connection in each turn of its loop. So many turns without one: nobody is waiting. */
const QUIET_TURNS = 3;

/** Clients that come again and again must not hold up a stop. A process that has to share its processor needs some of this for a few. */
const MOST_MS = 2_000;

/** A server as Node makes it, with the handle that can be told to listen anew. */
interface Listening {
  readonly _handle?: { listen?(backlog: number): number } | null;
}

/**
 * Accepts the connections that the system holds for `server`; closing it at once would reset them, and under load there is one for
 * every client. Whoever comes now is not let in any more, so that its system tries again, and then finds the port closed.
 */
export async function acceptWaiting(server: Server): Promise<void> {
  const endMs = performance.now() + MOST_MS;
  let accepted = 0;
  const count = (): void => void accepted++;
  (server as Listening)._handle?.listen?.(0);
  server.on("connection", count);
  for (let quiet = 0; quiet < QUIET_TURNS && performance.now() < endMs;) {
    const before = accepted;
    await new Promise(setImmediate);
    quiet = accepted === before ? quiet + 1 : 0;
  }
  server.off("connection", count);
}
