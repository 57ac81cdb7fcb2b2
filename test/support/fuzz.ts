// Sends hostile input to a server in a process of its own, for a time, and judges what is left of it.

import assert from "node:assert/strict";
import type { ChildServer } from "./child-server.ts";
import { hostile, type Hostile, MARKER_PREFIX } from "./mutation.ts";
import { type Random, random } from "./random.ts";
import { requestTargets } from "./reference-reader.ts";

const AT_ONCE = 12;

/** Connections between two looks at what the server has served. */
const JUDGED_EVERY = 20 * AT_ONCE;

const MARKER = new RegExp(`${MARKER_PREFIX}\\d{9}(?!\\S)`, "g");

/**
 * Known gaps of the parser of uws (deviations.json): a line with an empty name hides all that follow, octets from 0x80 up at
 * the ends of a value are skipped, and so is a preamble of the PROXY protocol. Such input is sent, but its markers prove
 * nothing.
 */
const UNDECIDED = /\r\n:|:[ \t]*[\x80-\xff]|[\x80-\xff][ \t]*\r\n|\0\r\nQUIT\n/;

/** What one client does. */
interface Visit extends Hostile {
  /** Stays until the server has taken it all. */
  readonly isPatient: boolean;
}

export interface FuzzResult {
  readonly connections: number;
  readonly seed: number;
}

/** @throws AssertionError naming the seed, when the server died, stopped answering, wrote to stderr, or took the inside of a
 * message for a request. */
export async function fuzz(server: ChildServer, options: { forMs: number; seed: number }): Promise<FuzzResult> {
  const { forMs, seed } = options;
  const chance = random(seed);
  const deadline = performance.now() + forMs;
  const oracle = new Oracle(server);
  let connections = 0;
  while (performance.now() < deadline) {
    const visits = Array.from({ length: AT_ONCE }, () => ({ ...hostile(chance), isPatient: chance.below(2) === 0 }));
    oracle.hear(visits);
    await Promise.all(visits.map((visit) => attack(server, visit, chance)));
    connections += AT_ONCE;
    const where = `seed ${seed}, after ${connections} connections`;
    assert.equal(server.exit, null, `${where}: ${server.condition}`);
    if (connections % JUDGED_EVERY === 0) await oracle.judge(where);
  }
  await server.barrier();
  await oracle.judge(`seed ${seed}, at the end`);
  await server.assertServes();
  return { connections, seed };
}

/** Knows which markers may be served, since they stand where a request begins. */
class Oracle {
  private readonly server: ChildServer;
  private readonly sent = new Map<string, string>();
  private readonly allowed = new Set<string>();

  constructor(server: ChildServer) {
    this.server = server;
  }

  hear(visits: readonly Visit[]): void {
    for (const { bytes, isPatient } of visits) {
      for (const [marker] of bytes.matchAll(MARKER)) this.sent.set(marker, bytes);
      // A reset just when a last reply is sent keeps the engine from closing: what was read behind it may then be run.
      const isUndecided = this.server.engine === "uws" && (UNDECIDED.test(bytes) || !isPatient);
      const allowed = isUndecided ? (bytes.match(MARKER) ?? []) : requestTargets(bytes);
      for (const target of allowed) this.allowed.add(target);
    }
  }

  async judge(where: string): Promise<void> {
    for (const target of (await this.server.stats()).targets) {
      if (!this.sent.has(target) || this.allowed.has(target)) continue;
      assert.fail(`${where}: ${target} was served, hidden in ${JSON.stringify(this.sent.get(target))}`);
    }
  }
}

async function attack(server: ChildServer, { pieces, isPatient }: Visit, chance: Random): Promise<void> {
  const client = await server.connect({ isPaused: !isPatient });
  if (chance.below(2) === 0) await client.sendPieces(pieces);
  else await client.send(Buffer.concat(pieces));
  if (isPatient) await server.barrier();
  if (chance.below(3) === 0) client.reset();
  else client.leave();
}
