// Large bodies in both directions: bounded memory, held back where the other side is slow, whole at the end.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { describe, it } from "node:test";

import express from "express";

import { RawClient } from "../support/raw-client.ts";
import { deferred, throughout, until, within } from "../support/waiting.ts";
import { bridged, OURS, type Way } from "./bridged.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const MIB = 1024 * 1024;
const DIRECT: readonly Way[] = ["fast", "armoured"];

function pattern(bytes: number): Buffer {
  const block = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) block[i] = (i * 7 + (i >> 8)) & 0xff;
  return block;
}

describe("a download", () => {
  for (const way of OURS) {
    it(`D3: is told to wait while the client does not read, and to go on when it does (${way})`, async () => {
      const chunk = pattern(64 * 1024);
      let written = 0;
      let isFull = false;
      const drained = deferred();
      await using server = await bridged(way, (_request: IncomingMessage, response: ServerResponse) => {
        const more = (): void => {
          while (written < 24 * MIB) {
            written += chunk.length;
            if (response.write(chunk)) continue;
            isFull = true;
            response.once("drain", () => {
              drained.resolve();
              more();
            });
            return;
          }
          response.end();
        };
        more();
      });
      await using client = await RawClient.connect(server.port, { isPaused: true });

      await client.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      await until(5_000, "a full buffer", () => isFull && written > 128 * 1024);
      const before = written;
      await throughout(100, "the wait", () => written < 20 * MIB);
      const bytes = await client.untilClose(20_000);

      await within(1_000, "the drain", drained.promise);
      assert.ok(before < 20 * MIB, `${before} bytes were written for a client that reads nothing`);
      assert.ok(bytes.length > 24 * MIB);
    });
  }

  for (const way of DIRECT) {
    it(`through pipe keeps its length and its bytes (${way})`, async () => {
      const file = pattern(3 * MIB + 17);
      await using server = await bridged(way, (_request: IncomingMessage, response: ServerResponse) => {
        response.setHeader("Content-Length", file.length);
        Readable.from(chunks(file, 50_000)).pipe(response);
      });
      await using client = await RawClient.connect(server.port);

      await client.send(GET);
      const response = await client.response();
      await client.send(GET);
      const second = await client.response();

      assert.equal(response.field("content-length"), String(file.length));
      assert.equal(sha(response.body), sha(file));
      assert.equal(sha(second.body), sha(file));
    });
  }
});

describe("an upload", () => {
  for (const way of OURS) {
    it(`D3: is held back while nobody reads it, and arrives whole (${way})`, async () => {
      const body = pattern(8 * MIB);
      const go = deferred();
      let read = 0;
      await using server = await bridged(
        way,
        async (request: IncomingMessage, response: ServerResponse) => {
          const hash = createHash("sha1");
          request.on("data", (chunk: Buffer) => {
            read += chunk.length;
            hash.update(chunk);
            if (read === chunk.length) request.pause();
          });
          request.on("end", () => response.end(hash.digest("hex")));
          await go.promise;
          request.resume();
        },
        { maxBodyBytes: "16mb" },
      );
      await using client = await RawClient.connect(server.port);

      void client.send(`POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n`);
      void client.send(body);
      await until(5_000, "the first bytes", () => read > 0);
      await throughout(100, "the pause", () => read < MIB);
      go.resolve();

      assert.equal((await client.response({ withinMs: 15_000 })).text, sha(body));
    });
  }

  it("over the limit reaches the error handler of Express as 413, and the connection answers", async () => {
    const app = express();
    app.post("/", express.raw({ type: "*/*", limit: "1gb" }), (_request, response) => void response.send("whole"));
    app.use(((error: { status?: number }, _request, response, _next) => {
      response.status(error.status ?? 500).send("refused by us");
    }) as express.ErrorRequestHandler);
    await using server = await bridged("fast", app, { maxBodyBytes: 1000 });
    await using client = await RawClient.connect(server.port);

    await client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n");
    await client.send(`800\r\n${"x".repeat(0x800)}\r\n0\r\n\r\n`);
    const response = await client.response();

    assert.equal(response.status, 413);
    assert.equal(response.text, "refused by us");
  });
});

function* chunks(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

function sha(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}
