// Ports for programs that cannot take port 0 and tell theirs: no other test process hands out the same ones.

import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";

// Below what systems give to outgoing connections and to port 0 (32768 and up on Linux, 49152 elsewhere): a port from there
// may be anybody's again before the program takes it.
const FIRST = 20_000;
const BLOCKS = 240;
const BLOCK_PORTS = 50;

/** What keeps this process's blocks for it: a listener on the first port of each, which the system closes with the process. */
const guards: Server[] = [];
let next = 0;
let end = 0;
let taking: Promise<unknown> = Promise.resolve();

/** A number of ports that nobody listens on, and that no other caller of this function gets while this process lives. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const turn = taking.then(async () => {
    const ports: number[] = [];
    while (ports.length < count) {
      if (next === end) await takeBlock();
      const port = next++;
      if (await isFree(port)) ports.push(port);
    }
    return ports;
  });
  taking = turn.catch(() => {});
  return turn;
}

/** One port that nobody listens on, as `freePorts` gives them. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Whether somebody listens on `port` of this machine's own address. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function takeBlock(): Promise<void> {
  // A block that is used up stays ours: programs may still listen there.
  const start = guards.length === 0 ? process.pid : (end - FIRST) / BLOCK_PORTS;
  for (let i = 0; i < BLOCKS; i++) {
    const first = FIRST + ((start + i) % BLOCKS) * BLOCK_PORTS;
    const server = await listenAt(first);
    if (server === null) continue;
    guards.push(server.unref());
    next = first + 1;
    end = first + BLOCK_PORTS;
    return;
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + BLOCKS * BLOCK_PORTS - 1} are taken.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenAt(port);
  if (server === null) return false;
  server.close();
  await once(server, "close");
  return true;
}

/** A listener on every address, so that one of whatever address stands in its way; `null` where there is one. */
async function listenAt(port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen({ port, exclusive: true }), "listening");
    return server;
  } catch {
    return null;
  }
}

/**
 * Whether somebody listens on a port of 127.0.0.1. Asks the system: a client that tries while a server stops may be left to try
 * again a second later.
 */
export function isListening(port: number): boolean {
  const digits = port.toString(16).toUpperCase().padStart(4, "0");
  return new RegExp(`:${digits} \\S+ 0A `).test(readFileSync("/proc/net/tcp", "latin1"));
}
