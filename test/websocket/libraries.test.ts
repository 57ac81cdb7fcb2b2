// Clause D8: libraries that want a socket for an upgrade get one, and notice nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";

import express from "express";
import expressWs from "express-ws";
import httpProxy from "http-proxy";
import { Server as SocketServer } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { WebSocketServer } from "ws";

import { deferred, until, within } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { bareServer, OURS, serveServer, WAYS } from "./served-server.ts";

for (const way of WAYS) {
  describe(`D8: ws, ${way}`, () => {
    it("echoes texts and bytes of every length of frame, in order", async () => {
      const server = bareServer();
      new WebSocketServer({ server }).on("connection", (socket) => {
        socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      });
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];

      for (const size of sizes) client.socket.send("ä".repeat(size / 2) + "a".repeat(size % 2));
      for (const size of sizes) client.socket.send(Buffer.alloc(size, 7));

      for (const size of sizes) {
        const { bytes, isBinary } = await client.message();
        assert.deepEqual([bytes.length, isBinary], [2 * Math.floor(size / 2) + (size % 2), false]);
      }
      for (const size of sizes) {
        const { bytes, isBinary } = await client.message();
        assert.deepEqual([bytes.equals(Buffer.alloc(size, 7)), isBinary], [true, true]);
      }
      assert.deepEqual(running.reports, []);
    });

    it("tells the library what Node tells it, and answers with what it chose", async () => {
      const server = bareServer();
      const sockets = new WebSocketServer({ server, handleProtocols: () => "b" });
      sockets.on("headers", (headers) => headers.push("X-Extra: 1", "Set-Cookie: a=1"));
      const seen = deferred<unknown>();
      sockets.on("connection", (_socket, request) => {
        const { method, url, httpVersion, headers, socket, complete } = request;
        const { upgrade, connection, cookie } = headers;
        seen.resolve([method, url, httpVersion, upgrade, connection, cookie, socket.remoteAddress, complete]);
      });
      await using running = await serveServer(way, server);
      const client = new Client(`${running.url}/a?b=c`, ["a", "b"], { headers: { cookie: "x=y" } });
      const answer = deferred<Record<string, unknown>>();
      client.socket.on("upgrade", ({ headers }) => answer.resolve(headers));
      await using _closing = client;

      const { "x-extra": extra, "set-cookie": cookies } = await within(5_000, "the 101", answer.promise);

      assert.deepEqual([extra, cookies], ["1", ["a=1"]]);
      assert.deepEqual(await seen.promise, ["GET", "/a?b=c", "1.1", "websocket", "Upgrade", "x=y", "127.0.0.1", true]);
      assert.equal(client.socket.protocol, "b");
    });

    it("tells each end how the other one closed", async () => {
      const server = bareServer();
      const closes: unknown[] = [];
      new WebSocketServer({ server }).on("connection", (socket, { url }) => {
        socket.on("close", (code, reason) => closes.push([code, reason.toString()]));
        if (url === "/server") socket.on("message", () => socket.close(4002, "enough"));
      });
      await using running = await serveServer(way, server);

      const byClient = await Client.open(running.url);
      byClient.socket.close(4001, "bye");
      assert.deepEqual(await byClient.closed, { code: 4001, reason: "bye" });
      const byServer = await Client.open(`${running.url}/server`);
      byServer.socket.send("x");
      assert.deepEqual(await byServer.closed, { code: 4002, reason: "enough" });
      const silent = await Client.open(running.url);
      silent.socket.close();
      assert.equal((await silent.closed).code, 1005);
      const gone = await Client.open(running.url);
      gone.socket.terminate();

      await until(5_000, "four closes", () => closes.length === 4);
      assert.deepEqual(closes, [
        [4001, "bye"],
        [4002, "enough"],
        [1005, ""],
        [1006, ""],
      ]);
    });

    it("refuses as the library says, with its fields and its body", async () => {
      const server = bareServer();
      new WebSocketServer({
        server,
        verifyClient: (_info, answer) => answer(false, 401, "no entry", { "x-why": "because" }),
      });
      await using running = await serveServer(way, server);
      const client = new Client(running.url);
      const refused = deferred<[number | undefined, unknown]>();
      client.socket.on("unexpected-response", (_request, { statusCode, headers }) => {
        refused.resolve([statusCode, headers["x-why"]]);
      });

      assert.deepEqual(await within(5_000, "the refusal", refused.promise), [401, "because"]);
      assert.equal((await client.closed).code, 1006);
    });

    it("hears pings and pongs", async () => {
      const server = bareServer();
      const heard: string[] = [];
      new WebSocketServer({ server }).on("connection", (socket) => {
        socket.on("ping", (data) => heard.push(`ping ${data.toString()}`));
        socket.on("pong", (data) => {
          heard.push(`pong ${data.toString()}`);
          socket.send("done");
        });
        socket.on("message", () => socket.ping("from the server"));
      });
      await using running = await serveServer(way, server);
      await using client = await Client.open(running.url);
      const answered = deferred<string>();
      client.socket.on("pong", (data) => answered.resolve(data.toString()));

      client.socket.ping("from the client");
      assert.equal(await within(5_000, "the pong", answered.promise), "from the client");
      client.socket.send("your turn");
      await client.message();

      assert.deepEqual(heard, ["ping from the client", "pong from the server"]);
    });
  });
}

for (const way of OURS) {
  describe(`D8: socket.io, ${way}`, () => {
    const transports = [["polling"], ["polling", "websocket"], ["websocket"]];
    for (const list of transports) {
      it(`connects by ${list.join(", then ")}, and calls both ways`, async () => {
        const server = createServer();
        const sockets = new SocketServer(server, { serveClient: false });
        sockets.on("connection", (socket) => {
          socket.on("add", (a: number, b: Buffer, answer: (sum: number, bytes: Buffer) => void) => {
            answer(a + b.length, Buffer.from([1, 2, 3]));
          });
        });
        await using running = await serveServer(way, server);
        const client: Socket = io(running.url.replace("ws:", "http:"), { transports: list, reconnection: false });

        const upgraded = deferred();
        if (list.length === 1) upgraded.resolve();
        client.io.engine.on("upgrade", () => upgraded.resolve());
        const answer = deferred<[number, Buffer]>();
        client.emit("add", 2, Buffer.alloc(3), (sum: number, bytes: Buffer) => answer.resolve([sum, bytes]));

        assert.deepEqual(await within(5_000, "the answer", answer.promise), [5, Buffer.from([1, 2, 3])]);
        await within(5_000, "the upgrade", upgraded.promise);
        assert.equal(client.io.engine.transport.name, list.at(-1));
        client.disconnect();
        sockets.engine.close();
        assert.deepEqual(running.reports, []);
      });
    }
  });

  describe(`D8: express-ws, ${way}`, () => {
    it("routes sockets and requests through one app, and closes what no route takes", async () => {
      const app = express();
      const server = createServer(app);
      const { app: routed } = expressWs(app as never, server);
      routed.use((request, _response, next) => {
        (request as unknown as { mark: string }).mark = "seen";
        next();
      });
      routed.ws("/echo/:name", (socket, request) => {
        socket.on("message", (data: unknown) => {
          socket.send(
            `${String(data)} ${String(request.params["name"])} ${(request as unknown as { mark: string }).mark}`,
          );
        });
      });
      routed.get("/plain", (_request, response) => void response.send("text"));
      await using running = await serveServer(way, server);
      await using client = await Client.open(`${running.url}/echo/me`);

      client.socket.send("hello");
      assert.equal((await client.message()).text, "hello me seen");
      const plain = await fetch(`http://127.0.0.1:${running.port}/plain`);
      assert.equal(await plain.text(), "text");
      const lost = new Client(`${running.url}/nowhere`);
      assert.notEqual((await lost.closed).code, 1000);
    });
  });

  describe(`D8: http-proxy, ${way}`, () => {
    it("carries WebSockets to another server, with its refusals", async () => {
      const inner = bareServer();
      new WebSocketServer({
        server: inner,
        verifyClient: ({ req }: { req: { url?: string | undefined } }) => req.url !== "/no",
      }).on("connection", (socket) => {
        socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      });
      await using target = await serveServer("genuine", inner);
      const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${target.port}` });
      proxy.on("error", () => {});
      const outer = createServer((request, response) => proxy.web(request, response));
      outer.on("upgrade", (request, socket, head) => proxy.ws(request, socket, head));
      await using running = await serveServer(way, outer);
      await using client = await Client.open(running.url);

      for (const size of [10, 70_000, 1_000_000]) {
        client.socket.send(Buffer.alloc(size, 3));
        assert.ok((await client.message()).bytes.equals(Buffer.alloc(size, 3)));
      }
      client.socket.close(4003, "over");
      assert.deepEqual(await client.closed, { code: 4003, reason: "over" });
      const refused = new Client(`${running.url}/no`);
      await refused.closed;
      assert.equal(refused.status, 401);
    });
  });
}
