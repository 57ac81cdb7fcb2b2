// With no file descriptor left, an engine that goes on accepting spins at full speed. Does the server, and does it recover?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { hazard } from "../support/hazard.ts";
import { RawClient } from "../support/raw-client.ts";
import { turn } from "../support/waiting.ts";

const OPEN_FILES = 64;

describe("More connections than there are file descriptors", () => {
  hazard(
    "leave the server idle, and able to serve when some of them end",
    async (server) => {
      const clients: RawClient[] = [];
      for (let i = 0; i < 90; i++) clients.push(await server.connect());
      const before = server.processorSeconds;
      await turn(2_000);
      const spent = server.processorSeconds - before;

      for (const client of clients) client.leave();

      assert.ok(spent < 0.5, `${spent} s of processor time in 2 s`);
    },
    // node:http accepts through libuv, which gives up the connection instead of the loop: the engine has no part in it.
    { openFiles: OPEN_FILES, engines: ["uws"] },
  );

  hazard(
    "still let those be served that are there",
    async (server) => {
      const clients: RawClient[] = [];
      for (let i = 0; i < 90; i++) clients.push(await server.connect());
      await turn(100);
      let served = 0;
      for (const client of clients) {
        await client.send("GET /small HTTP/1.1\r\nHost: a.example\r\n\r\n");
        const response = await client.responseOrClose();
        if (response === null) continue;
        assert.equal(response.text, "small");
        served++;
      }

      for (const client of clients) client.leave();

      assert.ok(served > 0 && served < 90, `${served} of 90 were served`);
    },
    { openFiles: OPEN_FILES, engines: ["uws"] },
  );
});
