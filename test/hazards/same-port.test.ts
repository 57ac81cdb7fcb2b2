// Two servers on one port would share its connections in silence. The second one has to say that it cannot have it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChildServer } from "../support/child-server.ts";
import { ENGINES } from "../support/engines.ts";
import { within } from "../support/waiting.ts";

describe("A port that is taken", () => {
  for (const first of ENGINES) {
    for (const second of ENGINES) {
      it(`is refused to a second server [${first}, then ${second}]`, async () => {
        await using holder = await ChildServer.start(first);
        await using late = await ChildServer.start(second, { serve: { port: holder.port } });

        assert.equal(late.failure, "ERR_ADDRESS_IN_USE");
        assert.equal((await within(5_000, "the end of the second", late.exited)).code, 1);
        await holder.assertServes();
      });
    }
  }
});
