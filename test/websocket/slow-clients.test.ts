// How much is kept for a client that does not read, and for how long?

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { clientFrame, framesOf, OPCODES } from "../../src/conformance/frames.ts";
import type { ServerWebSocket } from "../../src/index.ts";
import { ENGINES } from "../support/engines.ts";
import { turn, until, within } from "../support/waiting.ts";
import { upgrading } from "./handler-server.ts";

const MEBIBYTE = 1024 * 1024;

function echo(socket: ServerWebSocket): void {
  socket.onmessage = ({ data }) => socket.send(data);
}

for (const engine of ENGINES) {
  describe(`a client that does not read, ${engine}`, () => {
    it("is cut by its own echoes, as soon as they are more than maxMessageBytes", async () => {
      let largest = 0;
      const began = (socket: ServerWebSocket): void => {
        socket.onmessage = ({ data }) => {
          socket.send(data);
          largest = Math.max(largest, socket.bufferedAmount);
        };
      };
      await using running = await upgrading(engine, began, { maxMessageBytes: 2 * MEBIBYTE });
      const next = running.next();
      await using client = await running.open();
      client.pause();
      const message = clientFrame("binary", Buffer.alloc(128 * 1024, 7));
      const { closed, types } = await next;
      const sending = (async () => {
        for (let i = 0; i < 400 && types.at(-1) !== "close"; i++) await client.send(message);
      })().catch(() => {});
      const { code, reason, wasClean } = await within(5_000, "the close", closed);
      await sending;

      assert.deepEqual([code, wasClean], [1006, false]);
      assert.match(reason, /2097152 octets/);
      assert.ok(largest <= 2 * MEBIBYTE + message.length, `${largest} octets waited`);
    });

    it("does not fill memory with the answers to its pings, and is there when it reads", async () => {
      await using running = await upgrading(engine, echo);
      const next = running.next();
      await using client = await running.open();
      client.pause();
      const { socket, types } = await next;
      const pings = Buffer.concat(Array.from({ length: 8_000 }, () => clientFrame("ping", "x".repeat(125))));
      for (let i = 0; i < 16; i++) await client.send(pings);
      await client.send(clientFrame("text", "read all of them"));
      await until(5_000, "all pings are read", () => types.includes("message"));
      assert.ok(socket.bufferedAmount < 2 * MEBIBYTE, `${socket.bufferedAmount} octets wait`);

      client.resume();
      let last = -1;
      await until(5_000, "the message behind them", () => {
        const octets = Buffer.from(client.receivedText, "latin1");
        last = octets.length;
        return octets.includes("read all of them");
      });
      const opcodes = new Set(framesOf(Buffer.from(client.receivedText, "latin1")).map(({ opcode }) => opcode));
      assert.deepEqual([...opcodes], [OPCODES.pong, OPCODES.text]);
      assert.ok(last < 16 * 8_000 * 127, "not every ping was answered");
    });

    it("is told as 1006 when it resets what waited for it, and nothing is kept", async () => {
      await using running = await upgrading(engine, (socket) => {
        socket.onopen = () => {
          for (let i = 0; i < 24; i++) socket.send(Buffer.alloc(MEBIBYTE));
        };
      });
      const next = running.next();
      const client = await running.open();
      client.pause();
      const { closed, socket, types } = await next;
      await until(5_000, "much waits", () => socket.bufferedAmount > 8 * MEBIBYTE);
      client.reset();

      assert.deepEqual(await closed, { code: 1006, reason: "", wasClean: false });
      assert.deepEqual([socket.bufferedAmount, socket.readyState, types], [0, 3, ["open", "close"]]);
      socket.send("into the void");
      assert.equal(socket.bufferedAmount, 0);
    });
  });
}

// The node engine takes every message, and has a time of its own for what waits behind a close.
describe("a client that does not read what was sent before a close, uws", () => {
  it("is cut when it takes nothing of it, although it sends all the time", async () => {
    await using running = await upgrading(
      "uws",
      (socket) => {
        socket.onopen = () => {
          for (let i = 0; i < 24; i++) socket.send(Buffer.alloc(MEBIBYTE));
          socket.close(1000);
        };
      },
      { socketIdleMs: 300 },
    );
    const next = running.next();
    await using client = await running.open();
    client.pause();
    const { closed, types } = await next;
    const sending = (async () => {
      while (types.at(-1) !== "close") {
        await client.send(clientFrame("text", "still here"));
        await turn(20);
      }
    })();

    assert.deepEqual(await within(4_000, "the close", closed), { code: 1006, reason: "", wasClean: false });
    await sending;
  });
});
