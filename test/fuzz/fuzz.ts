// npm run fuzz: mutated requests for as many seconds as the argument says, on both engines, from a seed of its own.

import { ENGINES } from "../support/engines.ts";
import { ChildServer } from "../support/child-server.ts";
import { fuzz } from "../support/fuzz.ts";

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);

for (const engine of ENGINES) {
  console.log(`${engine}: ${seconds} s from seed ${seed}`);
  await using server = await ChildServer.start(engine);
  const { connections } = await fuzz(server, { forMs: (seconds * 1_000) / ENGINES.length, seed });
  console.log(`${engine}: ${connections} connections, and it still serves`);
}
