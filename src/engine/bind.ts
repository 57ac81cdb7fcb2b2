// Why can this address not be bound, and what should the operator do about it?

import { createServer } from "node:net";

import { ServerError } from "../errors.ts";

/**
 * The reason, as the system gives it to a plain socket: uWebSockets.js itself says only that it failed.
 *
 * Gives an error even when the plain socket succeeds, since the caller has already failed.
 */
export function bindFailure(host: string, port: number): Promise<ServerError> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(bindError(error, host, port)));
    probe.listen({ host, port, exclusive: true }, () => {
      probe.close(() => resolve(bindError(Object.assign(new Error("refused"), { code: "EADDRINUSE" }), host, port)));
    });
  });
}

/** One sentence that names the address, and the cure. */
export function bindError(error: NodeJS.ErrnoException, host: string, port: number): ServerError {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const cause = { cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new ServerError(
        "ERR_ADDRESS_IN_USE",
        `EADDRINUSE: something already listens on ${address}. Stop it, or choose another port with --port.`,
        cause,
      );
    case "EACCES":
      return new ServerError("ERR_ADDRESS_NOT_ALLOWED", notAllowed(address, port), cause);
    default:
      return new ServerError(
        "ERR_ADDRESS_INVALID",
        `${error.code ?? "Error"}: cannot listen on ${address}. --host takes an address of this machine, "localhost", "0.0.0.0" or "::".`,
        cause,
      );
  }
}

function notAllowed(address: string, port: number): string {
  return [
    `EACCES: this user may not listen on ${address}. Any one of these allows it:`,
    `  sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
    "  in the systemd unit: AmbientCapabilities=CAP_NET_BIND_SERVICE",
    "  setcap cap_net_bind_service=+ep $(readlink -f $(which node))   (lost at each update of Node, and gives every script the port)",
    "  in a container: publish the port from a higher one",
  ].join("\n");
}
