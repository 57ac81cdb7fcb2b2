// Clients that leave at every moment of an exchange: does anything of them stay behind?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { type Random, random } from "../support/random.ts";
import { until } from "../support/waiting.ts";

const CLIENTS = 2_000;
const AT_ONCE = 50;

const head = (method: string, path: string, more = ""): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;

const REQUESTS: readonly string[] = [
  head("GET", "/later?ms=5"),
  head("GET", "/later?ms=5", "Connection: close\r\n"),
  head("GET", "/stream?size=300000"),
  head("GET", "/sized?size=300000"),
  head("GET", "/bytes?size=3000000"),
  `${head("POST", "/text", "Content-Length: 100\r\n")}half of it`,
  `${head("POST", "/echo", "Transfer-Encoding: chunked\r\n")}5\r\nhello\r\n`,
  `${head("POST", "/digest", "Content-Length: 5\r\n")}hello`,
  `${head("POST", "/forbidden", "Content-Length: 3000000\r\n")}${"x".repeat(10_000)}`,
];

async function visit(server: ChildServer, chance: Random): Promise<void> {
  const client = await server.connect({ isPaused: chance.below(2) === 0 });
  await client.send(chance.pick(REQUESTS));
  if (chance.below(3) === 0) await server.barrier();
  if (chance.below(4) === 0) client.halfClose();
  else if (chance.below(2) === 0) client.reset();
  client.leave();
}

describe("Clients that leave at every moment", () => {
  hazard(
    "leave no socket, no exchange and no memory behind",
    async (server) => {
      const chance = random(7);
      const rounds = CLIENTS / AT_ONCE;
      let afterWarmUp = 0;
      await server.barrier();
      const descriptors = server.descriptors;

      for (let round = 0; round < rounds; round++) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => visit(server, chance)));
        if (round === rounds / 2) afterWarmUp = server.residentBytes;
      }
      await until(15_000, "the end of all sockets", () => server.descriptors <= descriptors + 2);
      const grown = server.residentBytes - afterWarmUp;

      assert.ok(grown < 60 * 1024 * 1024, `${Math.round(grown / 1024)} KB more`);
      server.kill("SIGTERM");
      const { code } = await server.exited;
      assert.equal(code, 0, "nothing was in flight");
    },
    { survives: false },
  );
});
