// A server for one test exactly as a user starts it: `serve(app, options)`, with nothing wrapped around the app.

import { serve, type Server, type ServeOptions } from "../../src/index.ts";
import type { EngineName } from "../support/engines.ts";
import type { Octets } from "../support/raw-client.ts";
import { RawClient } from "../support/raw-client.ts";
import type { RawResponse } from "../support/raw-response.ts";

export interface Served extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  /** What the logger was given as errors, in order. */
  readonly reports: unknown[];
  connect(host?: string): Promise<RawClient>;
  /** One request on a connection of its own. */
  ask(octets: Octets): Promise<RawResponse>;
}

/** Options of a quiet server on a free port of 127.0.0.1. */
export function quiet(engine: EngineName, options: ServeOptions = {}): ServeOptions {
  return { engine, host: "127.0.0.1", port: 0, log: "off", handleSignals: false, logger: loggerTo([]), ...options };
}

/** A logger that keeps what it is told of errors. */
export function loggerTo(reports: unknown[]): NonNullable<ServeOptions["logger"]> {
  const logger: NonNullable<ServeOptions["logger"]> = {
    info: () => {},
    warn: () => {},
    error: (entry: unknown) => {
      reports.push(typeof entry === "object" && entry !== null && "err" in entry ? entry.err : entry);
    },
    child: () => logger,
  };
  return logger;
}

/** Serves `app`, whatever it is. Disposing cuts what is left after 100 ms. */
export async function served(engine: EngineName, app: unknown, options: ServeOptions = {}): Promise<Served> {
  const reports: unknown[] = [];
  const server = await serve(app, quiet(engine, { logger: loggerTo(reports), ...options }));
  const connect = (host = "127.0.0.1"): Promise<RawClient> => RawClient.connect(server.port, { host });
  return {
    server,
    port: server.port,
    reports,
    connect,
    async ask(octets) {
      await using client = await connect();
      await client.send(octets);
      return await client.finalResponse();
    },
    [Symbol.asyncDispose]: () => server.close({ deadlineMs: 100 }),
  };
}
