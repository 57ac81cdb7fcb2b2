// Sends hostile input to a server in a process of its own, for a time, and judges what is left of it.

import assert from "node:assert/strict";
import type { ChildServer } from "./child-server.ts";
import { hostilePieces } from "./mutation.ts";
import { type Random, random } from "./random.ts";

const AT_ONCE = 12;

export interface FuzzResult {
  readonly connections: number;
  readonly seed: number;
}

/** @throws AssertionError naming the seed, when the server died, stopped answering, or wrote to stderr. */
export async function fuzz(server: ChildServer, options: { forMs: number; seed: number }): Promise<FuzzResult> {
  const { forMs, seed } = options;
  const chance = random(seed);
  const deadline = performance.now() + forMs;
  let connections = 0;
  while (performance.now() < deadline) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => attack(server, chance)));
    connections += AT_ONCE;
    assert.equal(server.exit, null, `seed ${seed}, after ${connections} connections: ${server.condition}`);
  }
  await server.assertServes();
  return { connections, seed };
}

async function attack(server: ChildServer, chance: Random): Promise<void> {
  const pieces = hostilePieces(chance);
  const isPatient = chance.below(2) === 0;
  const client = await server.connect({ isPaused: !isPatient });
  if (chance.below(2) === 0) await client.sendPieces(pieces);
  else await client.send(Buffer.concat(pieces));
  if (isPatient) await server.barrier();
  if (chance.below(3) === 0) client.reset();
  else client.leave();
}
