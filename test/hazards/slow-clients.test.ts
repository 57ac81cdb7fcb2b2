// The engine drops a client whose socket is not writable again within ten seconds, and one that delivers less than 16 KB of
// a body in a second. An honest slow line must get through. The tests run side by side: they mostly wait.

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { get, message } from "../support/octets.ts";
import { patternBytes, patternHash } from "../support/pattern.ts";
import { SlowReader } from "../support/slow-reader.ts";
import { throughout, turn, until, within } from "../support/waiting.ts";

/** More than the buffers of both systems hold. */
const BYTES = 30_000_000;

const BYTES_PER_SECOND = 50_000;

const SLOW_MS = 30_000;

/** How long a client may take nothing at all, in the test of that. */
const STALL_MS = 3_000;

const SILENCE_MS = 15_000;

/** 7 MB of them, which is more than the buffers of both systems hold while nobody reads. */
const EVENTS = 1_800;

/** The engine drops a client that takes nothing for so long, unless it is kept from doing so. */
const DROP_MS = 12_500;

/** How far below what the systems hold a stream may end for its last bytes to be the ones that find no room. */
const TAIL_BYTES = 90_000;

const TAIL_STEP_BYTES = 1_500;

const PIECE_BYTES = 4_000;

async function readSlowly(server: ChildServer, kind: string): Promise<void> {
  await using reader = await SlowReader.connect(server.port);
  await reader.send([get(`/${kind}?size=${BYTES}`)]);

  await reader.takeSlowly(BYTES_PER_SECOND, SLOW_MS);
  const taken = await reader.takeAll();

  assert.equal(taken.bytes, BYTES, kind);
  assert.equal(taken.hash, patternHash(BYTES), kind);
}

/** Sends `pieces` of 4 KB, one in `everyMs`, to a handler that reads them as they come or all at once. */
async function upload(
  server: ChildServer,
  framing: "length" | "chunked",
  pieces: number,
  everyMs: number,
): Promise<void> {
  const body = patternBytes(pieces * PIECE_BYTES);
  const line = framing === "length" ? `Content-Length: ${body.length}` : "Transfer-Encoding: chunked";
  await using client = await server.connect();
  await client.send(message("POST", "/digest", [line]));

  for (let i = 0; i < pieces; i++) {
    if (i > 0) await throughout(everyMs, "the connection", () => client.isOpen);
    const piece = body.toString("latin1", i * PIECE_BYTES, (i + 1) * PIECE_BYTES);
    await client.send(framing === "length" ? piece : `${PIECE_BYTES.toString(16)}\r\n${piece}\r\n`);
  }
  if (framing === "chunked") await client.send("0\r\n\r\n");

  const response = await client.finalResponse();
  assert.equal(response.status, 200);
  assert.equal(response.text, `${body.length} ${patternHash(body.length)}`);
}

/** What the server can give to a client that reads nothing. */
async function roomOf(server: ChildServer): Promise<number> {
  await using client = await SlowReader.connect(server.port);
  await client.send([get(`/stream?size=${BYTES}`)]);
  await using other = await server.connect();
  for (let last = -1; ; await turn(200)) {
    await other.send(get("/streamed"));
    const { text } = await other.response();
    if (Number(text) === last) return last;
    last = Number(text) > 1_000_000 ? Number(text) : -1;
  }
}

describe("A slow client", { concurrency: true }, () => {
  hazard("gets every byte, in order, of bytes, of a stream, and of a stream of known length", async (server) => {
    await Promise.all(["bytes", "stream", "sized"].map((kind) => readSlowly(server, kind)));
  });

  hazard(
    "is not cut for being slow while it takes something all the time",
    async (server) => {
      await Promise.all(
        ["bytes", "stream", "sized"].map(async (kind) => {
          await using reader = await SlowReader.connect(server.port);
          await reader.send([get(`/${kind}?size=${BYTES}`)]);
          await reader.takeSlowly(2_000_000, 4 * STALL_MS);
          assert.equal((await reader.takeAll()).hash, patternHash(BYTES), kind);
        }),
      );
    },
    { serve: { writeStallMs: STALL_MS } },
  );

  hazard(
    "is not cut for taking nothing at first, by a server that has been running for longer than that may last",
    async (server) => {
      await turn(4 * STALL_MS + 500);
      await Promise.all(
        ["bytes", "stream", "sized"].map(async (kind) => {
          await using reader = await SlowReader.connect(server.port);
          await reader.send([get(`/${kind}?size=${BYTES}`)]);
          await turn(STALL_MS);
          assert.equal((await reader.takeAll()).hash, patternHash(BYTES), kind);
        }),
      );
    },
    { serve: { writeStallMs: 4 * STALL_MS } },
  );

  hazard(
    "loses no event of a stream that it does not read for 15 seconds, and neither do others beside it",
    async (server) => {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          await using client = await server.connect({ isPaused: true });
          await client.send(get(`/events?count=${EVENTS}`));

          await throughout(SILENCE_MS, "the connection", () => client.isOpen);
          const response = await client.response({ withinMs: 60_000 });

          const ids = [...response.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
          assert.deepEqual(ids, [...Array(EVENTS).keys()]);
        }),
      );
    },
  );

  hazard(
    "gets the end of a stream that just does not fit into the systems' buffers, however late it reads",
    async (server) => {
      const room = await roomOf(server);
      const sizes = Array.from({ length: TAIL_BYTES / TAIL_STEP_BYTES }, (_, i) => room - i * TAIL_STEP_BYTES);

      const clients = await Promise.all(
        sizes.map(async (size) => {
          const client = await SlowReader.connect(server.port);
          await client.send([get(`/stream?size=${size}`)]);
          return client;
        }),
      );
      await turn(DROP_MS);

      for (const [i, client] of clients.entries()) {
        const taken = await client.takeAll();
        assert.equal(taken.bytes, sizes[i]);
        await client[Symbol.asyncDispose]();
      }
    },
  );

  hazard("sees the head of a silent event stream at once, and its first event after 15 seconds", async (server) => {
    await using reader = await SlowReader.connect(server.port);
    const asked = performance.now();
    await reader.send([get(`/late-event?ms=${SILENCE_MS}`)]);

    const all = reader.takeAll();
    await until(8_000, "the head", () => reader.head !== "");
    assert.match(reader.head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(performance.now() - asked < 2_000);
    await within(2 * SILENCE_MS, "the late event", all);
    assert.ok(performance.now() - asked >= SILENCE_MS - 100);
  });

  hazard("gets an upload through at 8 KB a second for 25 seconds, and after a silence of 14", async (server) => {
    await Promise.all([
      upload(server, "length", 50, 500),
      upload(server, "chunked", 50, 500),
      upload(server, "length", 2, 14_000),
      upload(server, "chunked", 2, 14_000),
    ]);
  });
});
