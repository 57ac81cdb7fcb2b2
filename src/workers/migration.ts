// Does the system hand clients that wait at a port on to the other processes that listen there, when the one they wait for closes it?

import { readFileSync } from "node:fs";

const SETTING = "/proc/sys/net/ipv4/tcp_migrate_req";

/** What to say where it could, and is not told to; else `null`. Only sockets of their own (SO_REUSEPORT), as uWebSockets.js opens them, need it. */
export function resetWarning(): string | null {
  try {
    if (readFileSync(SETTING, "utf8").trim() !== "0") return null;
  } catch {
    return null;
  }
  return (
    "net.ipv4.tcp_migrate_req is 0: clients that are just connecting to a worker that is replaced can be reset. " +
    "sysctl -w net.ipv4.tcp_migrate_req=1 (Linux 5.14 and newer) prevents it"
  );
}
