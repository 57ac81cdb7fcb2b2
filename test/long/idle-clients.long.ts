// Are the silent clients of WebSockets told from dead ones on uWebSockets.js? It counts in steps of four seconds; the other engine's tests are in
// test/websocket/idle-clients.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { clientFrame, OPCODES, received } from "../../src/conformance/frames.ts";
import { until, within } from "../support/waiting.ts";
import { upgrading } from "../websocket/handler-server.ts";

const LONGEST_MS = 20_000;

// Rounded up to four seconds, with as many for the answer.
const SETTINGS = { socketIdleMs: 1 };

describe("a silent client, uws", { concurrency: true }, () => {
  it("is asked, and stays as long as it answers", async () => {
    await using running = await upgrading("uws", undefined, SETTINGS);
    const next = running.next();
    await using client = await running.open();
    const { types } = await next;
    for (let count = 1; count <= 2; count++) {
      const { opcode, isFinal, payload } = (await received(client, count, LONGEST_MS))[count - 1]!;
      assert.deepEqual([opcode, isFinal, payload.length], [OPCODES.ping, true, 0]);
      await client.send(clientFrame("pong"));
    }

    assert.deepEqual(types, ["open"]);
  });

  it("is cut when it does not answer, although the server goes on sending", async () => {
    let sending: NodeJS.Timeout | undefined;
    const news = (): void => void (sending = setInterval(() => running.heard[0]?.socket.send("news"), 100));
    await using running = await upgrading("uws", (socket) => (socket.onopen = news), SETTINGS);
    const next = running.next();
    await using client = await running.open();
    const { closed, types } = await next;

    const { code, wasClean } = await within(LONGEST_MS, "the close", closed);
    clearInterval(sending);
    assert.deepEqual([code, wasClean, types.at(-1)], [1006, false, "close"]);
    await client.closed();
  });

  it("is there as long as octets come, although no message is whole", async () => {
    await using running = await upgrading("uws", undefined, SETTINGS);
    const next = running.next();
    await using client = await running.open();
    const { types } = await next;
    const octets = clientFrame("text", "x".repeat(1_000));
    const startMs = performance.now();
    for (let i = 0; i < 12; i++) {
      await client.send(octets.subarray(i, i + 1));
      await until(LONGEST_MS, "the next octet's time", () => performance.now() > startMs + i * 1_000);
    }

    assert.deepEqual(types, ["open"]);
  });
});
