// An answer to a client that is still sending: does the client get it, or only a broken connection?

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { message } from "../support/octets.ts";
import { parseResponse, type RawResponse } from "../support/raw-response.ts";
import { within } from "../support/waiting.ts";

const LIMIT_BYTES = 1_000_000;

const PIECE = Buffer.alloc(64 * 1024, "u");

const options = { serve: { maxBodyBytes: LIMIT_BYTES } };

/** A client that sends all it has, and looks at the answer only then: what it could read before counts as well. */
async function upload(server: ChildServer, target: string, bytes: number, isChunked: boolean): Promise<RawResponse> {
  const socket = connect({ port: server.port, host: "127.0.0.1" });
  const received: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.on("end", () => resolve());
  });
  const whole = new Promise<RawResponse>((resolve) => {
    const look = (isEnded: boolean): void => {
      const parsed = parseResponse(Buffer.concat(received), false, isEnded);
      if (parsed !== null) resolve(parsed.response);
    };
    socket.on("data", (chunk) => {
      received.push(chunk);
      look(false);
    });
    void ended.then(() => look(true));
  });

  socket.write(message("POST", target, [isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes}`]));
  for (let sent = 0; sent < bytes && socket.writable; sent += PIECE.length) {
    const piece = PIECE.subarray(0, bytes - sent);
    if (isChunked) socket.write(`${piece.length.toString(16)}\r\n`);
    const isTaken = socket.write(piece);
    if (isChunked) socket.write("\r\n");
    if (!isTaken) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), ended]);
  }
  if (isChunked) socket.write("0\r\n\r\n");
  const response = await within(15_000, "an answer", whole);
  socket.destroy();
  return response;
}

describe("An answer to a client that is still sending", () => {
  hazard(
    "arrives when the announced body is too large",
    async (server) => {
      for (let i = 0; i < 10; i++) {
        assert.equal((await upload(server, "/read", 5 * LIMIT_BYTES, false)).status, 413);
      }
    },
    options,
  );

  hazard(
    "arrives when a chunked body turns out to be too large",
    async (server) => {
      for (let i = 0; i < 10; i++) {
        assert.equal((await upload(server, "/read", 5 * LIMIT_BYTES, true)).status, 413);
      }
    },
    options,
  );

  hazard("arrives when the handler does not want the body", async (server) => {
    for (const isChunked of [false, true]) {
      for (let i = 0; i < 10; i++) {
        const response = await upload(server, "/forbidden", 3_000_000, isChunked);
        assert.equal(response.status, 403);
        assert.equal(response.text, "no");
      }
    }
  });

  hazard("arrives when the handler throws", async (server) => {
    assert.equal((await upload(server, "/throw", 3_000_000, false)).status, 500);
    assert.equal((await upload(server, "/throw", 3_000_000, true)).status, 500);
  });

  hazard("arrives when it has no body, or is a stream", async (server) => {
    assert.equal((await upload(server, "/no-content", 3_000_000, false)).status, 204);
    assert.equal((await upload(server, "/stream?size=100000", 3_000_000, false)).body.length, 100_000);
    assert.equal((await upload(server, "/bytes?size=100000", 3_000_000, false)).body.length, 100_000);
  });
});
