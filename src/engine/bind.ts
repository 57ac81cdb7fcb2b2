// Why can this address not be bound, and what should the operator do about it?

import { realpathSync } from "node:fs";
import { createServer } from "node:net";

import { ServerError } from "../errors.ts";
import { portOwner } from "./port-owner.ts";

/**
 * The reason, as the system gives it to a plain socket: uWebSockets.js itself says only that it failed.
 *
 * Gives an error even when the plain socket succeeds, since the caller has already failed.
 */
export function bindFailure(host: string, port: number, flag?: string): Promise<ServerError> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(bindError(error, host, port, flag)));
    probe.listen({ host, port, exclusive: true }, () => {
      const refused = Object.assign(new Error("refused"), { code: "EADDRINUSE" });
      probe.close(() => resolve(bindError(refused, host, port, flag)));
    });
  });
}

/** One sentence that names the address, and the cure. `flag` is the setting that gave the port. */
export function bindError(error: NodeJS.ErrnoException, host: string, port: number, flag = "--port"): ServerError {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const cause = { cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new ServerError(
        "ERR_ADDRESS_IN_USE",
        `EADDRINUSE: ${portOwner(port) ?? "something"} already listens on ${address}. Stop it, or choose another port: ${flag}.`,
        cause,
      );
    case "EACCES":
      return new ServerError("ERR_ADDRESS_NOT_ALLOWED", notAllowed(address, port, flag), cause);
    default:
      return new ServerError(
        "ERR_ADDRESS_INVALID",
        `${error.code ?? "Error"}: cannot listen on ${address}. --host takes an address of this machine, "localhost", "0.0.0.0" or "::".`,
        cause,
      );
  }
}

/** The cures that exist on this system, in the order in which they are to be recommended. */
function notAllowed(address: string, port: number, flag: string): string {
  const linux = [
    `  sysctl net.ipv4.ip_unprivileged_port_start=${port}   (for every user of this machine, until the next boot)`,
    "  easyserver service install   (a systemd unit with AmbientCapabilities=CAP_NET_BIND_SERVICE)",
    `  setcap cap_net_bind_service=+ep ${nodePath()}   (lost at each update of Node, and gives every script the port)`,
    "  start it as root with --user <name>: it binds the port and becomes that user",
    "  in a container: publish the port from a higher one",
  ];
  return [
    `EACCES: this user may not listen on ${address}. Any one of these allows it:`,
    ...(process.platform === "linux" ? linux : ["  start it as root with --user <name>"]),
    `or take a port from 1024 on: ${flag}.`,
  ].join("\n");
}

/** The file itself: a capability of a link is none. */
function nodePath(): string {
  try {
    return realpathSync(process.execPath);
  } catch {
    return process.execPath;
  }
}
