// Five seconds of mutated requests on each engine; `npm run fuzz` does the same for a minute and from another seed.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { fuzz } from "../support/fuzz.ts";
import { hazard } from "../support/hazard.ts";

describe("Mutated requests", () => {
  hazard("do no harm", async (server, test) => {
    const { connections } = await fuzz(server, { forMs: 5_000, seed: 11 });

    test.diagnostic(`${connections} connections`);
    assert.ok(connections > 100, `only ${connections} connections`);
  });
});
