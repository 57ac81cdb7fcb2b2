// Neither end is made to keep what the other one does not take.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";

import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";

import { served } from "../host/served.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { deferred, turn, until } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { bareServer, serveServer } from "./served-server.ts";

const MEBIBYTE = 1024 * 1024;

/** What the system's own buffers of two sockets and a moment of the engine's may hold. */
const IN_BETWEEN = 20 * MEBIBYTE;

interface Inner {
  readonly _socket: Socket;
}

function inner(socket: WebSocket): Socket {
  return (socket as unknown as Inner)._socket;
}

// On the other engine the socket is Node's own, and so is the waiting.
for (const way of ["uws"] as const) {
  describe(`D8: flow, ${way}`, () => {
    it("holds a client back while the library does not read, and loses nothing", async () => {
      const server = bareServer();
      const connected = deferred<WebSocket>();
      let taken = 0;
      new WebSocketServer({ server }).on("connection", (socket) => {
        socket.on("message", (data: Buffer) => (taken += data.length));
        connected.resolve(socket);
      });
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      const socket = await connected.promise;
      socket.pause();

      for (let i = 0; i < 32; i++) client.socket.send(Buffer.alloc(MEBIBYTE, i));
      await still(() => client.socket.bufferedAmount);
      const sent = 32 * MEBIBYTE - client.socket.bufferedAmount;
      assert.ok(sent < IN_BETWEEN, `${sent} bytes were taken from the client`);
      assert.equal(taken, 0);

      socket.resume();
      await until(20_000, "everything has arrived", () => taken === 32 * MEBIBYTE);
    });

    it("makes the library wait for a client that takes nothing, and loses nothing", async () => {
      const server = bareServer();
      const connected = deferred<WebSocket>();
      new WebSocketServer({ server }).on("connection", (socket) => connected.resolve(socket));
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      let arrived = 0;
      client.socket.on("message", (data: Buffer) => (arrived += data.length));
      const socket = await connected.promise;
      client.socket.pause();

      let written = 0;
      for (let i = 0; i < 32; i++) socket.send(Buffer.alloc(MEBIBYTE, i), () => (written += MEBIBYTE));
      await still(() => written);
      assert.ok(written < IN_BETWEEN, `${written} bytes count as written`);
      assert.ok(socket.bufferedAmount > 32 * MEBIBYTE - IN_BETWEEN, `${socket.bufferedAmount} bytes are waiting`);

      client.socket.resume();
      await until(20_000, "everything has arrived", () => arrived === 32 * MEBIBYTE);
      await until(5_000, "everything counts as written", () => written === 32 * MEBIBYTE);
      assert.equal(socket.bufferedAmount, 0);
    });

    it("goes on when both wait for each other", async () => {
      const server = bareServer();
      new WebSocketServer({ server }).on("connection", (socket) => {
        const stream = createWebSocketStream(socket);
        stream.pipe(stream);
        stream.on("error", () => {});
      });
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      let arrived = 0;
      client.socket.on("message", (data: Buffer) => (arrived += data.length));
      client.socket.pause();

      for (let i = 0; i < 320; i++) client.socket.send(Buffer.alloc(64 * 1024, i));
      await still(() => client.socket.bufferedAmount);
      assert.equal(arrived, 0);
      client.socket.resume();

      await until(20_000, "the echo of everything", () => arrived === 320 * 64 * 1024);
    });

    it("closes a slow client after what was sent before", async () => {
      const server = bareServer();
      const connected = deferred<WebSocket>();
      new WebSocketServer({ server }).on("connection", (socket) => connected.resolve(socket));
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      let arrived = 0;
      client.socket.on("message", (data: Buffer) => (arrived += data.length));
      const socket = await connected.promise;
      client.socket.pause();

      for (let i = 0; i < 32; i++) socket.send(Buffer.alloc(MEBIBYTE));
      socket.close(4009, "that was all");
      for (let i = 0; i < 20; i++) await turn();
      client.socket.resume();

      assert.deepEqual(await client.closed, { code: 4009, reason: "that was all" });
      assert.equal(arrived, 32 * MEBIBYTE);
    });

    it("sees that the library's connection ends when it gives up on a client that takes nothing", async () => {
      const server = bareServer();
      const connected = deferred<WebSocket>();
      new WebSocketServer({ server }).on("connection", (socket) => connected.resolve(socket));
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      const socket = await connected.promise;
      client.socket.pause();
      for (let i = 0; i < 32; i++) socket.send(Buffer.alloc(MEBIBYTE), () => {});
      const gone = deferred();
      socket.on("close", () => gone.resolve());

      socket.terminate();
      await gone.promise;
      client.socket.resume();

      assert.equal((await client.closed).code, 1006);
      assert.equal(inner(socket).destroyed, true);
    });
  });
}

describe("D8: flow over TLS, uws", { skip: withoutOpenssl }, () => {
  for (const [name, size, count] of [
    ["large", MEBIBYTE, 16],
    ["many", 3_000, 3_000],
  ] as const) {
    it(`sends back ${name} messages that come faster than they go`, async () => {
      const pair = makePair(["localhost"]);
      const server = bareServer();
      const seen = deferred<unknown>();
      new WebSocketServer({ server }).on("connection", (socket, request) => {
        seen.resolve((request.socket as unknown as { encrypted: unknown }).encrypted);
        socket.on("message", (data) => socket.send(data));
      });
      const tls = { cert: pair.certFile, key: pair.keyFile, httpsPort: 0, httpPort: "off" } as const;
      await using running = await served("uws", server, tls);
      await using client = await Client.open(`wss://127.0.0.1:${running.port}`, [], {
        rejectUnauthorized: false,
        headers: { host: "localhost" },
      });
      let arrived = 0;
      client.socket.on("message", (data: Buffer) => (arrived += data.length));

      client.socket.pause();
      for (let i = 0; i < count; i++) client.socket.send(Buffer.alloc(size, i));
      await still(() => client.socket.bufferedAmount);
      client.socket.resume();

      await until(20_000, "the echo of everything", () => arrived === size * count);
      assert.equal(await seen.promise, true);
      client.socket.close(4000);
      assert.equal((await client.closed).code, 4000);
    });
  }
});

/** Until a figure has been the same for some time. */
async function still(figure: () => number): Promise<void> {
  let last = figure();
  let since = performance.now();
  await until(20_000, "nothing moves", () => {
    const now = figure();
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > 150;
  });
}
