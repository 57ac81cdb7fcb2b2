// Binds one address, or the two that `localhost` means.

import type { Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { bindError } from "../bind.ts";

/** How often a free port of 127.0.0.1 may turn out to be taken on ::1 before that is an error. */
const PAIR_ATTEMPTS = 5;

/** One server per address of a host name, all on one port. */
export interface Bound {
  readonly servers: readonly Server[];
  readonly port: number;
}

/**
 * Listens on `host`. `localhost` is 127.0.0.1 and, where it exists, ::1, because browsers try either first; `::` falls
 * back to 0.0.0.0 on a machine without IPv6.
 *
 * @throws ServerError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_NOT_ALLOWED`, `ERR_ADDRESS_INVALID`.
 */
export async function bind(host: string, port: number, createServer: () => Server, flag?: string): Promise<Bound> {
  if (host === "localhost") return bindPair(port, createServer, flag);
  const server = createServer();
  try {
    return { servers: [server], port: await listen(server, host, port) };
  } catch (error) {
    if (host === "::" && isMissingFamily(error)) return bind("0.0.0.0", port, createServer, flag);
    throw bindError(asErrno(error), host, port, flag);
  }
}

async function bindPair(port: number, createServer: () => Server, flag: string | undefined): Promise<Bound> {
  for (let attempt = 1; ; attempt++) {
    const first = await bind("127.0.0.1", port, createServer, flag);
    const second = createServer();
    try {
      await listen(second, "::1", first.port);
      return { servers: [...first.servers, second], port: first.port };
    } catch (error) {
      if (isMissingFamily(error)) return first;
      for (const server of first.servers) server.close();
      const isUnlucky = port === 0 && asErrno(error).code === "EADDRINUSE";
      if (!isUnlucky || attempt === PAIR_ATTEMPTS) throw bindError(asErrno(error), "::1", first.port, flag);
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Not `server.listen`: easyserver/register puts this very server behind that name.
    NetServer.prototype.listen.call(server, { host, port }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function asErrno(error: unknown): NodeJS.ErrnoException {
  return error instanceof Error ? error : new Error(String(error));
}

function isMissingFamily(error: unknown): boolean {
  const { code } = asErrno(error);
  return code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
}
