// One connection, many requests: does any kind of answer put the two sides out of step?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { hazard } from "../support/hazard.ts";
import { get, message, post } from "../support/octets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { patternBytes } from "../support/pattern.ts";
import { throughout } from "../support/waiting.ts";

const ROUNDS = 25;

const STREAMED = patternBytes(50_000);

/** One of each kind, each checked before the next is asked. */
async function oneOfEach(client: RawClient, round: number): Promise<void> {
  const ask = async (octets: string, isHead = false): Promise<string> => {
    await client.send(octets);
    const response = await client.response({ isHead, withinMs: 20_000 });
    const { status, body } = response;
    assert.notEqual(response.field("connection"), "close");
    return `${status} ${body.toString("latin1")}`;
  };

  assert.equal(await ask(get("/small")), "200 small");
  assert.equal(await ask(message("HEAD", "/small"), true), "200 ");
  assert.equal(await ask(get("/no-content")), "204 ");
  assert.equal(await ask(post("/text", `number ${round}`)), `200 got number ${round}`);
  assert.equal(await ask(get("/not-modified")), "304 ");
  assert.equal(await ask(get("/stream?size=50000")), `200 ${STREAMED.toString("latin1")}`);
  assert.equal(await ask(message("HEAD", "/stream?size=50000"), true), "200 ");
  assert.equal(await ask(get("/sized?size=50000")), `200 ${STREAMED.toString("latin1")}`);
  assert.equal(await ask(post("/ignore", "unread")), `200 ${"a".repeat(20_000)}`);
  assert.equal(await ask(get("/later")), "200 later");
}

describe("A connection that is kept", { concurrency: true }, () => {
  hazard("stays in step through 250 answers of every kind", async (server) => {
    await using client = await server.connect();

    for (let round = 0; round < ROUNDS; round++) await oneOfEach(client, round);
  });

  hazard("goes on after an upload that no handler read, and that had to be held up", async (server) => {
    await using client = await server.connect();

    for (const path of ["/later?ms=100", "/forbidden", "/stream?size=50000", "/sized?size=50000", "/no-content"]) {
      await client.send(post(path, "u".repeat(600_000)));
      const response = await client.response();
      assert.ok(response.status < 500);
      await oneOfEach(client, 0);
    }
  });

  hazard("is still there after five idle seconds", async (server) => {
    await using client = await server.connect();
    await oneOfEach(client, 0);

    await throughout(5_000, "the idle connection", () => client.isOpen);

    await oneOfEach(client, 1);
  });
});
