// A body that comes in while it goes out again: nothing may be lost, kept for long, or wait for itself.

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { TestContext } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { message } from "../support/octets.ts";
import { pattern, patternHash } from "../support/pattern.ts";
import { random } from "../support/random.ts";
import { SlowReader } from "../support/slow-reader.ts";
import { turn } from "../support/waiting.ts";

const BYTES = 50_000_000;

/** What the process may need for a body it does not keep; the body itself is a third of it. */
const GROWTH_BYTES = 150_000_000;

const LONGEST_MS = 60_000;

interface Pace {
  readonly everyBytes: number;
  readonly ms: number;
  /** Before anything at all is read. */
  readonly firstMs: number;
}

const FULL_SPEED: Pace = { everyBytes: Infinity, ms: 0, firstMs: 0 };

interface Echo {
  readonly framing: "length" | "chunked";
  readonly pace?: Pace;
  readonly bytes?: number;
}

async function echo(server: ChildServer, { framing, pace = FULL_SPEED, bytes = BYTES }: Echo): Promise<number> {
  await using client = await SlowReader.connect(server.port);
  const before = server.residentBytes;
  const started = performance.now();
  const line = framing === "length" ? `Content-Length: ${bytes}` : "Transfer-Encoding: chunked";
  const body = framing === "length" ? pattern(bytes) : chunks(bytes);

  const sending = client.send([message("POST", "/echo", [line])]).then(() => client.send(body));
  await turn(pace.firstMs);
  const taken = await client.takeAll(pace);
  await sending;

  const ms = performance.now() - started;
  assert.equal(taken.bytes, bytes);
  assert.equal(taken.hash, hashOf(bytes));
  assert.ok(ms < LONGEST_MS, `${ms} ms`);
  const growth = server.peakBytes - before;
  assert.ok(growth < GROWTH_BYTES, `the process grew by ${growth} bytes`);
  return ms;
}

const hashes = new Map<number, string>();

function hashOf(bytes: number): string {
  const hash = hashes.get(bytes) ?? patternHash(bytes);
  hashes.set(bytes, hash);
  return hash;
}

function* chunks(bytes: number): Generator<Buffer | string, void> {
  for (const block of pattern(bytes)) {
    yield `${block.length.toString(16)}\r\n`;
    yield block;
    yield "\r\n";
  }
  yield "0\r\n\r\n";
}

describe("A body that is sent back while it comes in", { concurrency: true }, () => {
  const options = { serve: { maxBodyBytes: "1gb" } };

  hazard(
    "is the same at full speed",
    async (server, test: TestContext) => {
      const ms = await echo(server, { framing: "length" });
      test.diagnostic(`${Math.round(BYTES / 1_000 / ms)} MB/s each way`);
    },
    options,
  );

  hazard(
    "is the same at full speed, chunked",
    async (server) => void (await echo(server, { framing: "chunked" })),
    options,
  );

  hazard(
    "is the same for a client that keeps stopping to read",
    async (server) =>
      void (await echo(server, { framing: "length", pace: { everyBytes: 2_000_000, ms: 100, firstMs: 0 } })),
    options,
  );

  hazard(
    "is the same for a client that reads nothing at first, though both directions are full by then",
    async (server) => void (await echo(server, { framing: "chunked", pace: { ...FULL_SPEED, firstMs: 13_000 } })),
    options,
  );

  hazard(
    "is the same for many clients that stop at different times",
    async (server) => {
      const { below } = random(7);
      const run = async (): Promise<void> => {
        for (let i = 0; i < 25; i++) {
          const framing = i % 2 === 0 ? "length" : "chunked";
          const pace = { everyBytes: 200_000 + below(4_000_000), ms: below(20), firstMs: below(20) };
          await echo(server, { framing, pace, bytes: 20_000_000 });
        }
      };
      await Promise.all([run(), run(), run()]);
    },
    options,
  );
});
