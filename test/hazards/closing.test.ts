// The engine closes by itself only after requests of one shape. All other replies that say close are ended by hand: are they
// whole, do strict clients take them, and is nothing served behind them?

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { get, message } from "../support/octets.ts";
import { patternBytes } from "../support/pattern.ts";
import { within } from "../support/waiting.ts";

/** A list: the engine takes only a lone `close` for what it is. */
const CLOSE = "Connection: keep-alive, close";

const SIZED_BYTES = 200_000;

interface Kind {
  readonly method?: "GET" | "HEAD";
  readonly target: string;
  readonly status: number;
  readonly body: Buffer;
  /** Nothing but the engine's timer ends such a connection. */
  readonly endsLate?: true;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "a small body": { target: "/small", status: 200, body: Buffer.from("small") },
  "a body of 20 KB": { target: "/ignore", status: 200, body: Buffer.alloc(20_000, "a") },
  "no content": { target: "/no-content", status: 204, body: Buffer.alloc(0) },
  "a reply to HEAD": { method: "HEAD", target: "/small", status: 200, body: Buffer.alloc(0) },
  "a chunked stream": { target: "/stream?size=200000", status: 200, body: patternBytes(SIZED_BYTES) },
  "an empty stream": { target: "/stream?size=0", status: 200, body: Buffer.alloc(0) },
  "a stream of known length": {
    target: `/sized?size=${SIZED_BYTES}`,
    status: 200,
    body: patternBytes(SIZED_BYTES),
    endsLate: true,
  },
  "large bytes": { target: `/bytes?size=${SIZED_BYTES}`, status: 200, body: patternBytes(SIZED_BYTES), endsLate: true },
};

async function closes(server: ChildServer, { method = "GET", target, status, body, endsLate }: Kind): Promise<void> {
  await using client = await server.connect();
  await client.send(message(method, target, [CLOSE]));
  const response = await client.response({ isHead: method === "HEAD" });
  await client.send(get("/behind"));

  assert.equal(response.status, status);
  assert.equal(response.field("connection"), "close");
  assert.ok(response.body.equals(body), target);
  assert.equal((await client.untilClose(endsLate === true ? 13_000 : 3_000)).length, 0, `${target}: nothing behind`);
}

/** What Node's own client makes of it. */
function viaHttp(server: ChildServer, { method = "GET", target }: Kind): Promise<{ status: number; body: Buffer }> {
  const { port } = server;
  return new Promise((resolve, reject) => {
    const headers = { connection: "keep-alive, close" };
    const request = httpRequest(
      { port, host: "127.0.0.1", method, path: target, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on("error", reject);
      },
    );
    request.on("error", reject).end();
  });
}

describe("A reply that ends its connection", () => {
  hazard("is whole, says so, and is the last one", async (server) => {
    await Promise.all(Object.values(KINDS).map((kind) => closes(server, kind)));

    assert.equal((await server.stats()).targets.includes("/behind"), false);
  });

  hazard("is whole when it follows a chunked upload", async (server) => {
    await using client = await server.connect();
    await client.send(
      message("POST", "/read-and-stream?size=200000", ["Transfer-Encoding: chunked"], "1\r\na\r\n0\r\n\r\n"),
    );

    const response = await client.response();

    assert.equal(response.field("connection"), server.engine === "uws" ? "close" : response.field("connection"));
    assert.ok(response.body.equals(patternBytes(SIZED_BYTES)));
  });

  hazard("satisfies the client of node:http", async (server) => {
    for (const [name, kind] of Object.entries(KINDS)) {
      const { status, body } = await within(20_000, name, viaHttp(server, kind));

      assert.equal(status, kind.status, name);
      assert.ok(body.equals(kind.body), name);
    }
  });

  hazard("satisfies fetch", async (server) => {
    for (const [name, { method = "GET", target, status, body }] of Object.entries(KINDS)) {
      const response = await fetch(`http://127.0.0.1:${server.port}${target}`, {
        method,
        headers: { connection: "close", "x-name": name },
      });

      assert.equal(response.status, status, name);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(body), name);
    }
  });

  hazard("keeps its tail when the client stops reading before the end", async (server) => {
    await using client = await server.connect({ isPaused: true });
    const bytes = 8_000_000;
    await client.send(message("GET", `/stream?size=${bytes}`, [CLOSE]));
    await within(5_000, "the server's buffers to fill", server.barrier());
    await new Promise((resolve) => setTimeout(resolve, 3_000));

    const response = await client.response({ withinMs: 20_000 });

    assert.ok(response.body.equals(patternBytes(bytes)));
  });
});
