// Does a head that is put together from remembered lines say what one made anew says?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HeadMemory } from "../../src/engine/uws/head-memory.ts";
import { headBlock } from "../../src/http/head-block.ts";

// Few names and values, so that heads begin alike.
const line = fc.tuple(fc.constantFrom("A", "B", "Set-Cookie"), fc.constantFrom("1", "2", "", "é"));
const head = fc.record({ status: fc.constantFrom(200, 204, 404), lines: fc.array(line, { maxLength: 4 }) });

describe("the memory of heads", () => {
  it("gives each head as it would be made anew, or nothing where it is not ASCII", () => {
    fc.assert(
      fc.property(fc.array(head, { maxLength: 40 }), (heads) => {
        const memory = new HeadMemory();
        for (const { status, lines } of heads) {
          const fields = lines.flat();
          const expected = headBlock(status, "", fields);

          assert.equal(memory.block(status, fields), expected.includes("é") ? null : expected);
        }
      }),
    );
  });

  it("serves more statuses and longer heads than it remembers", () => {
    const memory = new HeadMemory();
    const long = ["X-Long", "x".repeat(5_000), "X-After", "1"];

    for (let round = 0; round < 4; round++) {
      for (let status = 200; status < 230; status++) {
        assert.equal(memory.block(status, long), headBlock(status, "", long));
      }
    }
  });
});
