// With no file descriptor left, an accept that fails is tried again at once, for ever. Does the server burn its time on that?

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { describe } from "node:test";
import { hazard } from "../support/hazard.ts";
import { turn, until } from "../support/waiting.ts";

/** Enough for all the files that the server loads at once. */
const OPEN_FILES = 200;

const CONNECTIONS = 300;

const WATCH_MS = 2_000;

/** A quarter of one processor. */
const BUSY_SECONDS = 0.5;

describe("A server out of file descriptors", () => {
  hazard(
    "does not spin, and serves again when clients have left",
    async (server) => {
      const sockets: Socket[] = [];
      for (let i = 0; i < CONNECTIONS; i++) {
        // The system completes connections that the server has not taken.
        sockets.push(connect(server.port, "127.0.0.1").on("error", () => {}));
      }
      await until(5_000, "the connections", () => sockets.every((socket) => !socket.connecting));

      const before = server.processorSeconds;
      await turn(WATCH_MS);
      const used = server.processorSeconds - before;

      assert.ok(used < BUSY_SECONDS, `${used} s of processor time in ${WATCH_MS} ms`);
      assert.equal(server.exit, null, server.condition);
      for (const socket of sockets) socket.destroy();
      await until(5_000, "free descriptors", () => server.descriptors < OPEN_FILES / 2);
      await server.assertServes();
    },
    { openFiles: OPEN_FILES },
  );
});
