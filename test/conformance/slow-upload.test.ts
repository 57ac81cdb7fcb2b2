// Behaviour 8: what becomes of an upload slower than the 16 KB a second that uWebSockets.js wants? In a file of its own,
// because it has to outlive a timer of ten seconds.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { message } from "../support/octets.ts";
import { throughout } from "../support/waiting.ts";

describe("slow uploads", { concurrency: true }, () => {
  clause("behaviour 8/slow", "an upload of 100 bytes a second is still alive after 12 seconds", async (engine) => {
    await using server = await start(engine, async (request) => new Response(String((await request.text()).length)));
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 2400"]));
    for (let sent = 0; sent < 24; sent++) {
      await client.send("x".repeat(100));
      await throughout(500, "the connection stays open", () => client.isOpen);
    }

    assert.equal((await client.response()).text, "2400");
  });
});
