// Which program listens on a port? For the message of a start that finds it taken.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A";

/**
 * The name and id of a process that listens on `port`, such as `nginx (process 812)`; `null` where the system does not tell:
 * a process of another user, or no Linux. Takes milliseconds.
 */
export function portOwner(port: number): string | null {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return null;
  for (const id of entries("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!holdsOne(id, inodes)) continue;
    try {
      return `${readFileSync(`/proc/${id}/comm`, "utf8").trim()} (process ${id})`;
    } catch {
      return `process ${id}`;
    }
  }
  return null;
}

function listeningInodes(port: number): ReadonlySet<string> {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, "0");
  const found = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of text(table).split("\n")) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state === LISTEN && local.endsWith(`:${hexadecimal}`)) found.add(`socket:[${inode}]`);
    }
  }
  return found;
}

function holdsOne(id: string, inodes: ReadonlySet<string>): boolean {
  return entries(`/proc/${id}/fd`).some((descriptor) => {
    try {
      return inodes.has(readlinkSync(`/proc/${id}/fd/${descriptor}`));
    } catch {
      return false;
    }
  });
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
