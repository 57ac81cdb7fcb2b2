// One server in several processes: which of them is this one, and what does it do?

import cluster from "node:cluster";
import { createServer } from "node:http";
import { bind } from "../engine/node/address.ts";
import { ServerError } from "../errors.ts";
import { exitStopped, handleSignals } from "../host/signals.ts";
import type { Logger } from "../log/logger.ts";
import { portsOf } from "../options/https.ts";
import type { ResolvedOptions } from "../options/serve-options.ts";
import { findAccount, refuseToStayRoot } from "../rights.ts";
import type { Server } from "../serve.ts";
import type { Listening } from "../workers/messages.ts";
import { resetWarning } from "../workers/migration.ts";
import { Primary } from "../workers/primary.ts";
import { joinPrimary, obeyPrimary } from "../workers/worker.ts";
import { type Address, addressesOf } from "./https.ts";
import { openLogger } from "./records.ts";

/** What the process that serves is among others. */
export interface Role {
  readonly settings: ResolvedOptions;
  /** Others listen on the same ports. */
  readonly isShared: boolean;
  /** A primary of ours decides when it ends. */
  readonly isWorker: boolean;
}

let hasWorkers = false;

/**
 * In the primary: starts as many workers as the settings say. In a worker, or where nobody asked for any: calls `here`.
 *
 * @throws ServerError `ERR_WORKER`, `ERR_OPTIONS_INVALID`, and as `serve()` does for ports and rights.
 */
export async function inProcesses(settings: ResolvedOptions, here: (role: Role) => Promise<Server>): Promise<Server> {
  // A worker of a cluster that is not ours, of a process manager for example, shares its ports as well.
  if (settings.workers === 0) return here({ settings, isShared: cluster.isWorker, isWorker: false });
  return cluster.isWorker ? serveAsWorker(settings, here) : serveAsPrimary(settings);
}

async function serveAsWorker(settings: ResolvedOptions, here: (role: Role) => Promise<Server>): Promise<Server> {
  const [port = 0, httpPort = 0] = await joinPrimary();
  const own = {
    ...settings,
    port: settings.port === 0 ? port : settings.port,
    httpPort: settings.httpPort === 0 ? httpPort : settings.httpPort,
  };
  const server = await here({ settings: own, isShared: true, isWorker: true });
  const { url, urls, engine } = server;
  // What the app leaves open must not keep a stopped worker alive.
  void server.closed.then(exitStopped);
  obeyPrimary(
    {
      close: (deadlineMs) => server.close({ deadlineMs }),
      shutdownMs: settings.shutdownMs,
      handlesSignals: settings.handleSignals,
    },
    { url, urls, port: server.port, engine, workers: settings.workers },
  );
  return server;
}

async function serveAsPrimary(settings: ResolvedOptions): Promise<Server> {
  if (hasWorkers) {
    const what =
      'This process has workers already, and they run all of its program: leave "workers" out of the second serve().';
    throw new ServerError("ERR_OPTIONS_INVALID", what);
  }
  if (process.argv[1] === undefined) {
    throw new ServerError(
      "ERR_OPTIONS_INVALID",
      '"workers" needs a program in a file, to start it once more for each.',
    );
  }
  refuseToStayRoot({ ...settings, ports: portsOf(settings) });
  if (settings.user !== null) findAccount(settings.user);
  const logger = settings.logger ?? openLogger(settings);
  const ports: number[] = [];
  for (const address of addressesOf(settings)) if (address !== undefined) ports.push(await freePort(address));
  hasWorkers = true;
  try {
    const { workers: count, workerHangMs: hangMs, shutdownMs } = settings;
    const { primary, place } = await Primary.start({ count, ports, hangMs, shutdownMs, logger });
    return asServer(settings, primary, place, logger);
  } catch (error) {
    hasWorkers = false;
    throw error;
  }
}

/** The port, once nobody else was found on it: the workers, who share it, could not tell. */
async function freePort({ host, port, portFlag }: Address): Promise<number> {
  const bound = await bind(host, port, () => createServer(), portFlag);
  await Promise.all(bound.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return bound.port;
}

function asServer(settings: ResolvedOptions, primary: Primary, place: Listening, logger: Logger): Server {
  const close = async (deadlineMs: number): Promise<void> => {
    await primary.close(deadlineMs);
  };
  const reload = (): void => {
    if (place.engine.name === "uws") warnOfResets(logger);
    void primary.renew();
  };
  const stopSignals = settings.handleSignals
    ? handleSignals({ stop: () => close(settings.shutdownMs), refresh: reload, closed: primary.closed })
    : () => {};
  if (settings.handleSignals) process.on("SIGUSR2", reload);
  void primary.closed.then(() => {
    stopSignals();
    process.off("SIGUSR2", reload);
    hasWorkers = false;
  });
  return {
    url: place.url,
    urls: place.urls,
    port: place.port,
    engine: place.engine,
    workers: settings.workers,
    closed: primary.closed,
    close: (options) => close(options?.deadlineMs ?? settings.shutdownMs),
    [Symbol.asyncDispose]: () => close(settings.shutdownMs),
  };
}

let isWarned = false;

/** Once is enough: whoever reads it knows. */
function warnOfResets(logger: Logger): void {
  const warning = isWarned ? null : resetWarning();
  isWarned = true;
  if (warning !== null) logger.warn(warning);
}
