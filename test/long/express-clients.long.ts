// Do clients that come and go in every phase leave anything behind in an Express app? EXPRESS_CLIENTS_SECONDS (10) says for
// how long they come; half of the time is the warm-up.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { listening, type Running, start } from "../cli/command.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { storm } from "../support/express-clients.ts";
import { RawClient } from "../support/raw-client.ts";
import { until } from "../support/waiting.ts";

const APP = fileURLToPath(new URL("../../examples/express/app.js", import.meta.url));
const SECONDS = Number(process.env["EXPRESS_CLIENTS_SECONDS"] ?? 10);
const MIB = 1024 * 1024;

/** The shelf holds 50 files of up to 80 kB, and heaps breathe. What is lost with each client would be far more. */
const MAX_GROWTH_BYTES = 60 * MIB;

function residentBytes({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

function sockets({ child }: Running): number {
  const folder = `/proc/${child.pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;
}

/** Who still looks on, as the app knows it: one, the asker. */
async function readers(port: number): Promise<number> {
  await using client = await RawClient.connect(port);
  await client.send("GET /events HTTP/1.1\r\nHost: a.example\r\n\r\n");
  let found: string | undefined;
  while (found === undefined) {
    await client.peek(client.receivedText.length + 1, 20_000);
    found = /"readers":(\d+)/u.exec(client.receivedText)?.[1];
  }
  return Number(found);
}

async function weather(engine: EngineName, diagnostic: (text: string) => void): Promise<void> {
  const flags = ["--port", "0", "--host", "127.0.0.1", "--engine", engine, "--log", "off"];
  await using server = start([APP, ...flags]);
  const port = Number(new URL(await listening(server)).port);
  const before = sockets(server);

  await storm(port, { forMs: (SECONDS * 1_000) / 2, seed: 1 });
  const warm = residentBytes(server);
  const deeds = await storm(port, { forMs: (SECONDS * 1_000) / 2, seed: 1_000 });

  diagnostic(JSON.stringify(deeds));
  assert.equal(server.child.exitCode, null, server.stderr());
  await until(30_000, "the sockets are closed", () => sockets(server) <= before);
  assert.equal(await readers(port), 1, "listeners");
  const growth = residentBytes(server) - warm;
  assert.ok(growth < MAX_GROWTH_BYTES, `${Math.round(growth / MIB)} MB more`);
  assert.doesNotMatch(server.stderr(), /MaxListenersExceeded|uncaught|unhandled/iu);
  assert.ok(Object.values(deeds).reduce((sum, count) => sum + count, 0) > 20, JSON.stringify(deeds));
}

describe("clients that come and go", { skip: process.platform === "linux" ? false : "reads /proc" }, () => {
  for (const engine of ENGINES) {
    it(
      `leave no socket, listener or memory behind in an Express app [${engine}]`,
      { timeout: SECONDS * 1_000 + 120_000 },
      (test) => weather(engine, (text) => test.diagnostic(text)),
    );
  }
});
