// Replies that end their connection, on an engine that can do that only for one kind of them (docs/decisions/002): are they
// whole, do they say close, does the connection end, and do ordinary clients understand them?

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { patternBytes } from "../support/pattern.ts";

/** The engine's timer ends a connection after a reply of announced length that it cannot end itself. */
const TIMER_MS = 14_000;

const REPLIES = {
  "/small": { method: "GET", size: 5, endsWithinMs: 1_000 },
  "/no-content": { method: "GET", size: 0, endsWithinMs: 1_000 },
  "/not-modified": { method: "GET", size: 0, endsWithinMs: 1_000 },
  "/small?head": { method: "HEAD", size: 0, endsWithinMs: 1_000 },
  "/stream?size=200000": { method: "GET", size: 200_000, endsWithinMs: 1_000 },
  "/stream?size=0": { method: "GET", size: 0, endsWithinMs: 1_000 },
  "/sized?size=200000": { method: "GET", size: 200_000, endsWithinMs: TIMER_MS },
  "/bytes?size=3000000": { method: "GET", size: 3_000_000, endsWithinMs: TIMER_MS },
} as const;

async function closes(server: ChildServer, target: keyof typeof REPLIES, connection: string): Promise<void> {
  const { method, size, endsWithinMs } = REPLIES[target];
  await using client = await server.connect();
  await client.send(`${method} ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: ${connection}\r\n\r\n`);
  const response = await client.response({ isHead: method === "HEAD" });
  await client.send("GET /small?behind HTTP/1.1\r\nHost: a.example\r\n\r\n");
  const rest = await client.untilClose(endsWithinMs);

  const label = `${method} ${target} with ${connection}`;
  assert.equal(response.field("connection")?.toLowerCase(), "close", label);
  assert.equal(response.body.length, size, label);
  assert.equal(response.all("date").length, 1, label);
  assert.equal(rest.length, 0, label);
}

function bodyByHttp(server: ChildServer, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { connection: "keep-alive, close" };
    const request = httpRequest({ port: server.port, host: "127.0.0.1", path, agent: false, headers });
    request.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject).on("end", () => resolve(Buffer.concat(chunks)));
    });
    request.end();
  });
}

describe("A reply that ends its connection", () => {
  hazard("is whole and says close, and nothing behind it is run", async (server) => {
    const targets = Object.keys(REPLIES) as (keyof typeof REPLIES)[];
    await Promise.all(
      targets.flatMap((target) => ["close", "keep-alive, Close"].map((option) => closes(server, target, option))),
    );

    const { targets: seen } = await server.stats();
    assert.deepEqual(
      seen.filter((target) => target.includes("behind")),
      [],
    );
  });

  hazard("is understood by Node's own client", async (server) => {
    const expected = patternBytes(200_000);

    assert.deepEqual(await bodyByHttp(server, "/stream?size=200000"), Buffer.from(expected));
    assert.deepEqual(await bodyByHttp(server, "/sized?size=200000"), Buffer.from(expected));
    assert.equal((await bodyByHttp(server, "/small")).toString(), "small");
  });

  hazard("follows every chunked upload, and is understood by fetch", async (server) => {
    const url = `http://127.0.0.1:${server.port}`;
    for (const path of ["/echo", "/read-and-stream?size=200000", "/text", "/digest"]) {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("hello"));
          controller.close();
        },
      });
      const response = await fetch(url + path, { method: "POST", body, duplex: "half" });

      assert.equal(response.status, 200, path);
      assert.ok((await response.arrayBuffer()).byteLength > 0, path);
    }
  });
});
