// The server is asked to stop while clients are busy: is any request lost, and does the end come?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { type ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { within } from "../support/waiting.ts";

const CLIENTS = 32;

interface Visit {
  answered: number;
  saidClose: boolean;
  /** A request that was sent on an open connection and got nothing. */
  lost: number;
}

/** Asks for as long as the connection lives. An answer that says close is the last one. */
async function visit(server: ChildServer, seen: { total: number }): Promise<Visit> {
  const result: Visit = { answered: 0, saidClose: false, lost: 0 };
  await using client = await server.connect();
  while (client.isOpen && !result.saidClose) {
    await client.send("GET /later?ms=5 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const response = await client.responseOrClose();
    if (response === null) {
      result.lost++;
      break;
    }
    result.answered++;
    seen.total++;
    result.saidClose = response.field("connection")?.toLowerCase() === "close";
  }
  return result;
}

describe("A stop under load", () => {
  hazard(
    "answers every request in flight, says close, and ends by itself",
    async (server) => {
      const seen = { total: 0 };
      const idle = await server.connect();
      const visits = Array.from({ length: CLIENTS }, () => visit(server, seen));
      while (seen.total < 500) await server.barrier();

      server.kill("SIGTERM");
      const results = await Promise.all(visits);
      const exit = await within(3_000, "the end of the process", server.exited);

      assert.deepEqual(exit, { code: 0, signal: null });
      assert.equal(results.filter(({ saidClose }) => saidClose).length, CLIENTS);
      assert.equal(
        results.reduce((sum, { lost }) => sum + lost, 0),
        0,
      );
      idle.leave();
    },
    { survives: false },
  );

  hazard(
    "answers what is on its way over kept connections when the signal comes",
    async (server) => {
      const clients = await Promise.all(Array.from({ length: 8 }, () => server.connect()));
      for (const client of clients) {
        await client.send("GET /small HTTP/1.1\r\nHost: a.example\r\n\r\n");
        assert.equal((await client.response()).status, 200);
      }

      server.kill("SIGTERM");
      const answers = await Promise.all(
        clients.map(async (client) => {
          await client.send("GET /small HTTP/1.1\r\nHost: a.example\r\n\r\n");
          return await client.responseOrClose();
        }),
      );
      const exit = await within(3_000, "the end of the process", server.exited);

      for (const answer of answers) assert.equal(answer?.status, 200);
      assert.deepEqual(exit, { code: 0, signal: null });
      for (const client of clients) client.leave();
    },
    { survives: false },
  );

  hazard(
    "answers who is connected, but was not accepted yet when the signal came",
    async (server) => {
      const busy = await server.connect();
      await busy.send("GET /block?ms=300 HTTP/1.1\r\nHost: a.example\r\n\r\n");
      const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
      for (const client of clients) await client.send("GET /small HTTP/1.1\r\nHost: a.example\r\n\r\n");

      server.kill("SIGTERM");

      for (const client of [busy, ...clients]) assert.equal((await client.responseOrClose())?.status, 200);
      assert.deepEqual(await within(3_000, "the end of the process", server.exited), { code: 0, signal: null });
    },
    { survives: false },
  );

  hazard(
    "waits for clients that have not taken their answers yet, and is not held up by idle ones",
    async (server) => {
      const idle = await server.connect();
      const size = 8_000_000;
      const slow = await server.connect({ isPaused: true });
      await slow.send(`GET /bytes?size=${size} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
      await server.barrier();

      server.kill("SIGTERM");
      await slow.peek(1_000);
      assert.equal(server.exit, null);
      const response = await slow.response({ withinMs: 10_000 });
      const exit = await within(3_000, "the end of the process", server.exited);

      assert.equal(response.body.length, size);
      assert.deepEqual(exit, { code: 0, signal: null });
      idle.leave();
    },
    { survives: false },
  );

  hazard(
    "ends at once at the second signal",
    async (server) => {
      await using client = await server.connect();
      await client.send("GET /later?ms=30000 HTTP/1.1\r\nHost: a.example\r\n\r\n");
      await server.barrier();

      server.kill("SIGTERM");
      server.kill("SIGINT");
      const { code } = await within(2_000, "the end of the process", server.exited);

      assert.equal(code, 3);
    },
    { survives: false },
  );
});
