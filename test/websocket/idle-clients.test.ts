// What becomes of a client that says nothing more, whether it is there or not? (RFC 6455 section 5.5.2, setting socketIdleMs)

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { clientFrame, offerLines, OPCODES, received } from "../../src/conformance/frames.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { get } from "../support/octets.ts";
import { SlowReader } from "../support/slow-reader.ts";
import { until, within } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { upgrading } from "./handler-server.ts";

const MEBIBYTE = 1024 * 1024;

const VANISHED = { code: 1006, reason: "", wasClean: false };

// On uWebSockets.js the shortest time is four seconds: test/long/idle-clients.long.ts.
describe("a silent client, node", { concurrency: true }, () => {
  it("is asked again and again, and stays as long as it answers", async () => {
    await using running = await upgrading("node", undefined, { socketIdleMs: 150 });
    const next = running.next();
    await using client = await running.open();
    const { types } = await next;
    for (let count = 1; count <= 3; count++) {
      const { opcode, isFinal, payload } = (await received(client, count))[count - 1]!;
      assert.deepEqual([opcode, isFinal, payload.length], [OPCODES.ping, true, 0]);
      await client.send(clientFrame("pong"));
    }

    assert.deepEqual(types, ["open"]);
  });

  it("is not silent while octets come, although no message is whole", async () => {
    const idleMs = 500;
    await using running = await upgrading("node", undefined, { socketIdleMs: idleMs });
    await using client = await running.open();
    const headBytes = client.receivedBytes;
    const octets = clientFrame("text", "x".repeat(1_000));
    let longestMs = 0;
    const startMs = performance.now();
    for (let i = 0, lastMs = startMs; lastMs - startMs < idleMs * 1.5; i++) {
      await client.send(octets.subarray(i, i + 1));
      const dueMs = lastMs + 50;
      await until(5_000, "the next octet's time", () => performance.now() >= dueMs);
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }

    assert.ok(client.receivedBytes === headBytes || longestMs > idleMs / 2, "it was asked");
  });

  for (const isTls of [false, true]) {
    it(`is cut when it does not answer${isTls ? ", over TLS" : ""}`, { skip: isTls && withoutOpenssl }, async () => {
      const pair = isTls ? makePair(["localhost"]) : null;
      const tls =
        pair === null ? {} : { cert: pair.certFile, key: pair.keyFile, httpsPort: 0, httpPort: "off" as const };
      const ends: string[] = [];
      const began = (_socket: unknown, { completed }: { completed: Promise<void> }): void => {
        completed.catch((error: Error) => ends.push(error.name));
      };
      await using running = await upgrading("node", began, { socketIdleMs: 50, ...tls });
      const next = running.next();
      await using client = new Client(`${isTls ? "wss" : "ws"}://127.0.0.1:${running.port}`, [], {
        rejectUnauthorized: false,
        autoPong: false,
        headers: { host: "localhost" },
      });
      const { closed, types } = await next;

      assert.deepEqual(await within(4_000, "the close", closed), VANISHED);
      assert.deepEqual([types, ends], [["open", "close"], ["AbortError"]]);
      assert.equal((await client.closed).code, 1006);
    });
  }

  it("is cut although the server goes on sending", async () => {
    let sending: NodeJS.Timeout | undefined;
    await using running = await upgrading(
      "node",
      (socket) => {
        socket.onopen = () => void (sending = setInterval(() => socket.send("news"), 10));
      },
      { socketIdleMs: 100 },
    );
    const next = running.next();
    await using client = await running.open();
    const { closed } = await next;

    assert.deepEqual(await within(4_000, "the close", closed), VANISHED);
    clearInterval(sending);
    await client.closed();
  });

  it("is cut when what was sent waits for it, and it takes nothing", async () => {
    await using running = await upgrading(
      "node",
      (socket) => {
        socket.onopen = () => socket.send(Buffer.alloc(24 * MEBIBYTE));
      },
      { socketIdleMs: 100 },
    );
    const next = running.next();
    await using client = await running.open();
    client.pause();
    const { closed, socket } = await next;

    assert.deepEqual(await within(4_000, "the close", closed), VANISHED);
    assert.equal(socket.bufferedAmount, 0);
  });

  it("is there as long as it takes what waits for it, however slowly", async () => {
    await using running = await upgrading(
      "node",
      (socket) => {
        socket.onopen = () => socket.send(Buffer.alloc(24 * MEBIBYTE));
      },
      { socketIdleMs: 900 },
    );
    const next = running.next();
    await using client = await SlowReader.connect(running.port);
    await client.send([get("/", offerLines())]);
    const { types, socket } = await next;
    await client.takeSlowly(4 * MEBIBYTE, 1_800);

    assert.deepEqual(types, ["open"]);
    assert.ok(socket.bufferedAmount > 0);
  });

  it("is never asked where the setting is 0", async () => {
    await using running = await upgrading("node", undefined, { socketIdleMs: 0 });
    const next = running.next();
    await using client = await running.open();
    const { socket } = await next;
    await client.send(clientFrame("ping", "x"));

    assert.equal((await received(client, 1))[0]!.opcode, OPCODES.pong);
    assert.equal(socket.readyState, 1);
  });
});
