// Does an answer come whole after however many turns of promises, and does whoever waits longer hear of the client's leaving?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENGINES, start } from "../support/engines.ts";
import { deferred, until, within } from "../support/waiting.ts";

/** More than the engines' own patience. */
const MOST_TURNS = 24;

const HOST = "Host: a.example\r\n";

for (const engine of ENGINES) {
  describe(`an answer after some turns of promises, ${engine}`, () => {
    async function turnsOf(request: Request): Promise<number> {
      const turns = Number(new URL(request.url).searchParams.get("turns"));
      for (let i = 0; i < turns; i++) await Promise.resolve();
      return turns;
    }

    it("is whole, with and without a body before it, on one connection", async () => {
      await using server = await start(engine, async (request) => {
        const text = await request.text();
        const turns = await turnsOf(request);
        return new Response(`${turns} ${text}`);
      });
      await using client = await server.connect();
      for (let turns = 0; turns < MOST_TURNS; turns++) {
        await client.send(`GET /?turns=${turns} HTTP/1.1\r\n${HOST}\r\n`);
        assert.equal((await client.response()).text, `${turns} `);
        await client.send(`POST /?turns=${turns} HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
        assert.equal((await client.response()).text, `${turns} hello`);
        // The body in a packet of its own, so that the answer comes of another callback than the request.
        await client.send(`POST /?turns=${turns} HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\n`);
        await client.send("world");
        assert.equal((await client.response()).text, `${turns} world`);
      }
    });

    it("comes as an error, too", async () => {
      await using server = await start(engine, async (request) => {
        throw new Error(`after ${await turnsOf(request)}`);
      });
      await using client = await server.connect();
      for (let turns = 0; turns < MOST_TURNS; turns++) {
        await client.send(`GET /?turns=${turns} HTTP/1.1\r\n${HOST}\r\n`);
        assert.equal((await client.response()).status, 500);
      }
      assert.equal(server.reports.length, MOST_TURNS);
    });

    it("streams", async () => {
      await using server = await start(engine, async (request) => {
        await turnsOf(request);
        return new Response(request.body);
      });
      await using client = await server.connect();
      for (let turns = 0; turns < MOST_TURNS; turns++) {
        await client.send(`POST /?turns=${turns} HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
        assert.equal((await client.response()).text, "hello");
      }
    });

    it("is not waited for any more when the client leaves, however late it was to wait", async () => {
      for (const turns of [0, 1, 4, 8, 12]) {
        const left = deferred<unknown>();
        await using server = await start(engine, async (request, context) => {
          await turnsOf(request);
          context.signal.addEventListener("abort", () => left.resolve(context.signal.reason));
          await left.promise;
          return new Response("nobody gets this");
        });
        const client = await server.connect();
        await client.send(`GET /?turns=${turns} HTTP/1.1\r\n${HOST}\r\n`);
        await until(5_000, "the handler", () => server.targets.length > 0);
        client.leave();
        const reason = await within(5_000, "the signal", left.promise);
        assert.equal((reason as Error).name, "AbortError");
      }
    });
  });
}
