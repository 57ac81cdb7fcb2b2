// How does a server that cannot choose a port itself get one, and when does it listen there?

import { connect, createServer } from "node:net";

// Below what systems give to outgoing connections and to port 0, and beside the range of the tests: two servers that start
// together have other numbers, and so begin elsewhere.
const FIRST = 14_000;
const COUNT = 6_000;

/** A port that nobody listens on. */
export async function freePort() {
  for (let i = 0; i < COUNT; i++) {
    const port = FIRST + ((process.pid * 7 + i) % COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + COUNT - 1} are taken.`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** Resolves once something accepts at `port`; the runner gives up on a server that never does. */
export async function listening(port) {
  for (;;) {
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
