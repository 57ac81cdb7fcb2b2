// Clause H57 on the wire: what is an offer reaches the library, what is a bad one is refused before, and the rest are requests.

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { describe, it } from "node:test";

import express from "express";
import { WebSocketServer } from "ws";

import { fromExpress } from "../../adapters/express.ts";
import { served } from "../host/served.ts";
import { RawClient } from "../support/raw-client.ts";
import { ENGINES } from "../support/engines.ts";
import { until } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { bareServer, OURS, serveServer } from "./served-server.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const OFFER: Readonly<Record<string, string | readonly string[]>> = {
  Host: "a.example",
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": KEY,
};

function head(
  change: Readonly<Record<string, string | readonly string[] | null>> = {},
  line = "GET /x HTTP/1.1",
): string {
  const fields = Object.entries({ ...OFFER, ...change }).flatMap(([name, value]) => {
    if (value === null) return [];
    return (typeof value === "string" ? [value] : value).map((one) => `${name}: ${one}`);
  });
  return `${[line, ...fields].join("\r\n")}\r\n\r\n`;
}

/** A server whose library would answer 299 to anything that it sees. */
function watching(seen: string[]): Server {
  const server = bareServer();
  server.on("upgrade", (request, socket) => {
    seen.push(request.url ?? "");
    socket.end("HTTP/1.1 299 Seen\r\nContent-Length: 4\r\n\r\nseen");
  });
  return server;
}

const SEEN: readonly (readonly [name: string, octets: string])[] = [
  ["a plain offer", head()],
  [
    "names and options in another case, among others",
    head({ Connection: "keep-alive, uPGRADE", Upgrade: "h2c, WebSocket" }),
  ],
  ["options on several lines", head({ Connection: ["keep-alive", "upgrade"] })],
  ["an Origin, which is for the library to judge", head({ Origin: "https://elsewhere.example" })],
];

const REFUSED: readonly (readonly [name: string, status: number, octets: string])[] = [
  ["version 8", 426, head({ "Sec-WebSocket-Version": "8" })],
  ["no version", 426, head({ "Sec-WebSocket-Version": null })],
  ["a list of versions", 426, head({ "Sec-WebSocket-Version": "13, 8" })],
  ["no key", 400, head({ "Sec-WebSocket-Key": null })],
  ["a key of 15 octets", 400, head({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" })],
  ["a key of 24 other characters", 400, head({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ*==" })],
  ["two keys", 400, head({ "Sec-WebSocket-Key": [KEY, KEY] })],
  ["two versions", 400, head({ "Sec-WebSocket-Version": ["13", "13"] })],
  ["two origins", 400, head({ Origin: ["https://a.example", "https://b.example"] })],
  ["content", 400, `${head({ "Content-Length": "4" })}body`],
];

const ORDINARY: readonly (readonly [name: string, octets: string])[] = [
  ["no Connection: upgrade", head({ Connection: "keep-alive" })],
  ["another protocol", head({ Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA" })],
  ["POST", head({ "Content-Length": "0" }, "POST /x HTTP/1.1")],
  ["a key and nothing else", head({ Upgrade: null, Connection: null, "Sec-WebSocket-Version": null })],
];

for (const way of OURS) {
  describe(`the handshake, ${way}`, () => {
    for (const [name, octets] of SEEN) {
      it(`H57: ${name} reaches the library, whose answer is the answer`, async () => {
        const seen: string[] = [];
        await using running = await serveServer(way, watching(seen));
        await using client = await RawClient.connect(running.port);
        await client.send(octets);
        const response = await client.response();

        assert.deepEqual([response.status, response.reason, response.text, seen], [299, "Seen", "seen", ["/x"]]);
        await client.closed();
      });
    }

    for (const [name, status, octets] of REFUSED) {
      it(`H57: ${name} is answered ${status}`, async () => {
        const seen: string[] = [];
        await using running = await serveServer(way, watching(seen));
        await using client = await RawClient.connect(running.port);
        await client.send(octets);
        const response = await client.response();

        assert.deepEqual([response.status, seen], [status, []]);
        assert.equal(response.field("sec-websocket-version"), status === 426 ? "13" : null);
        assert.equal(response.field("upgrade"), status === 426 ? "websocket" : null);
        await client.closed();
      });
    }

    for (const [name, octets] of ORDINARY) {
      it(`H57: ${name} is an ordinary request, on a connection that goes on`, async () => {
        const seen: string[] = [];
        await using running = await serveServer(way, watching(seen));
        await using client = await RawClient.connect(running.port);
        for (let i = 0; i < 2; i++) {
          if (name === "POST" && way !== "node" && i === 1) break;
          await client.send(octets);
          const response = await client.response();
          assert.deepEqual([response.status, response.text, seen], [200, "plain", []]);
        }
      });
    }

    it("an offer is an ordinary request while nobody listens for upgrades", async () => {
      await using running = await serveServer(way, bareServer());
      await using client = await RawClient.connect(running.port);
      for (let i = 0; i < 2; i++) {
        await client.send(head());
        assert.equal((await client.response()).text, "plain");
      }
    });

    it("sends what was written before the socket was destroyed, and cuts where nothing was", async () => {
      const server = bareServer();
      server.on("upgrade", (request, socket) => {
        if (request.url === "/x") socket.write("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\nno");
        socket.destroy();
      });
      await using running = await serveServer(way, server);
      await using refused = await RawClient.connect(running.port);
      await refused.send(head());
      const response = await refused.finalResponse();
      assert.deepEqual([response.status, response.field("www-authenticate"), response.text], [401, "Basic", "no"]);
      await using cut = await RawClient.connect(running.port);
      await cut.send(head({}, "GET /cut HTTP/1.1"));
      await cut.closed();
    });

    it("takes an answer that comes late, in pieces and in chunks", async () => {
      const server = bareServer();
      server.on("upgrade", (_request, socket) => void answerSlowly(socket));
      await using running = await serveServer(way, server);
      await using client = await RawClient.connect(running.port);
      await client.send(head());

      assert.deepEqual([(await client.response()).status], [403]);
    });

    it("tells the library that the client left before the answer", async () => {
      const server = bareServer();
      const events: string[] = [];
      server.on("upgrade", (_request, socket) => {
        socket.resume();
        socket.on("error", () => {});
        socket.on("close", () => events.push("close"));
        events.push("upgrade");
      });
      await using running = await serveServer(way, server);
      const client = await RawClient.connect(running.port);
      await client.send(head());
      await until(5_000, "the upgrade", () => events.length === 1);
      await client[Symbol.asyncDispose]();
      if (way === "node") return;
      await until(5_000, "the close", () => events[1] === "close");
    });

    it("goes on when a listener throws", async () => {
      const server = bareServer();
      server.on("upgrade", () => {
        throw new Error("the listener's own");
      });
      await using running = await serveServer(way, server);
      await using client = await RawClient.connect(running.port);
      await client.send(head());
      await client.closed();
      await using other = await RawClient.connect(running.port);
      await other.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");

      assert.equal((await other.response()).text, "plain");
      assert.match(String(running.reports[0]), /the listener's own/);
    });
  });
}

for (const engine of ENGINES) {
  describe(`WebSockets beside an Express app, ${engine}`, () => {
    it("belong to the server that is named", async () => {
      const app = express();
      app.get("/", (_request, response) => void response.send("express"));
      const server = createServer();
      new WebSocketServer({ server }).on("connection", (socket, request) => {
        socket.send(String((request.socket as unknown as { server: unknown }).server === server || engine === "node"));
      });
      await using running = await served(engine, fromExpress(app, { server }));
      await using client = await Client.open(`ws://127.0.0.1:${running.port}`);

      assert.equal((await client.message()).text, "true");
      assert.equal(await (await fetch(`http://127.0.0.1:${running.port}/`)).text(), "express");
    });

    it("get 1001 when the server stops, and it stops at once then (H55)", async () => {
      const server = bareServer();
      const codes: number[] = [];
      new WebSocketServer({ server }).on("connection", (socket) => socket.on("close", (code) => codes.push(code)));
      const running = await served(engine, server);
      const clients = await Promise.all([1, 2, 3].map(() => Client.open(`ws://127.0.0.1:${running.port}`)));

      const startMs = performance.now();
      await running.server.close({ deadlineMs: 10_000 });

      assert.ok(performance.now() - startMs < 5_000);
      for (const { closed } of clients) assert.equal((await closed).code, 1001);
      assert.deepEqual(codes, [1001, 1001, 1001]);
      assert.deepEqual(await running.server.closed, { clean: true });
    });
  });
}

async function answerSlowly(socket: Duplex): Promise<void> {
  const pieces = ["HTTP/1.1 403 For", "bidden\r\nTransfer-Encoding: chunked\r", "\n\r\n3\r\nno!\r\n", "0\r\n\r\n"];
  for (const piece of pieces) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    socket.write(piece);
  }
  socket.end();
}
