// Does an answer that is made, or sent, while an upload comes in fast leave the connection whole?

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { type Server, serve } from "../../src/index.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";
import { parseResponse, type RawResponse } from "../support/raw-response.ts";
import { TlsClient } from "../support/tls-server.ts";
import { deferred, within } from "../support/waiting.ts";

/** Reads until so much is there, and answers then and there. */
const READ_BYTES = [1, 600_000, 1_100_000, 1_500_000];

const BODY = Buffer.alloc(1_600_000, "0123456789abcdef-");

const CONNECTIONS = 5;

/** More than the systems on both sides take while nobody reads. */
const LARGE = Buffer.alloc(16_000_000, "0123456789abcdef-");

/** An answer of blocks, which is more than a client takes at once. */
const BLOCK = Buffer.alloc(30_000, "a");
const ANSWER_BYTES = 100 * BLOCK.byteLength;

const LAST_CHUNK = /\r\n0(?:;[^\r]*)?\r\n\r\n$/u;

async function handler(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const length = searchParams.has("sized") ? (request.headers.get("content-length") ?? "") : null;
  const init = length === null ? {} : { headers: { "content-length": length } };
  if (pathname === "/echo") return new Response(request.body, init);
  if (pathname === "/crumbs") return new Response(inCrumbs(request.body), init);
  if (pathname === "/blocks") {
    await request.arrayBuffer();
    return new Response(inBlocks());
  }
  const enough = Number(searchParams.get("read"));
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes >= enough) break;
  }
  return new Response(String(bytes));
}

function inBlocks(): ReadableStream<Uint8Array> {
  let left = ANSWER_BYTES / BLOCK.byteLength;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(BLOCK);
      else controller.close();
    },
  });
}

/** Sends them all before it reads, and counts the answers by their status lines. */
async function inARow(port: number, count: number): Promise<readonly string[]> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  const statuses: string[] = [];
  let bytes = 0;
  const end = deferred();
  socket.on("error", end.reject);
  socket.on("close", () => end.reject(new Error(`the connection ended after ${statuses.join(", ")}`)));
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    statuses.push(...(chunk.toString("latin1").match(/HTTP\/1\.1 \d+/gu) ?? []));
    if (bytes >= count * ANSWER_BYTES) end.resolve();
  });
  for (let i = 0; i < count; i++) {
    socket.write(`POST /blocks HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${BODY.byteLength}\r\n\r\n`);
    socket.write(BODY);
  }
  await within(20_000, "all answers", end.promise);
  socket.destroy();
  return statuses;
}

/** Sends all bodies at once, and gives the answers that came before the connection ended, or all of them. */
async function pipelined(port: number, bodies: readonly Buffer[]): Promise<readonly string[]> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  let received = "";
  const texts = (): string[] =>
    [...received.matchAll(/HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\n(\d+)/gu)].map(([, text]) => text!);
  const end = deferred();
  socket.on("error", () => end.resolve());
  socket.on("close", () => end.resolve());
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    if (texts().length === bodies.length) end.resolve();
  });
  for (const body of bodies) {
    socket.write(`POST /?read=Infinity HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.byteLength}\r\n\r\n`);
    socket.write(body);
  }
  await within(20_000, "the answers, or the end", end.promise);
  socket.destroy();
  return texts();
}

/** The same bytes in pieces of 3,000, each of which comes by itself: what the server gathers before it sends. */
function inCrumbs(body: Request["body"]): ReadableStream<Uint8Array> | null {
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.byteLength; at += 3000) controller.enqueue(chunk.subarray(at, at + 3000));
    },
  });
  return body?.pipeThrough(cut) ?? null;
}

/** Sends all of `LARGE` at once and reads it back, or begins to read when both sides' systems are full. */
async function sentBack(port: number, path: string, isLate: boolean): Promise<RawResponse> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  const chunks: Buffer[] = [];
  let bytes = 0;
  const end = deferred();
  socket.on("error", end.reject);
  socket.on("close", () => end.reject(new Error("the connection ended before the response was complete")));
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (path.endsWith("sized")) {
      if (bytes >= LARGE.byteLength + (chunks[0]?.indexOf("\r\n\r\n") ?? 0) + 4) end.resolve();
    } else if (LAST_CHUNK.test(Buffer.concat(chunks.slice(-3)).subarray(-30).toString("latin1"))) end.resolve();
  });
  if (isLate) {
    socket.pause();
    setTimeout(() => socket.resume(), 300);
  }
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${LARGE.byteLength}\r\n\r\n`);
  socket.write(LARGE);
  await within(30_000, "all of it", end.promise);
  socket.destroy();
  const parsed = parseResponse(Buffer.concat(chunks), false, true);
  return parsed?.response ?? assert.fail("no response");
}

describe("a fast upload over TLS", { skip: withoutOpenssl }, () => {
  const { certFile, keyFile } = makePair(["a.test", "127.0.0.1"]);

  for (const engine of ENGINES) {
    describe(engine, () => {
      let server: Server;
      before(async () => {
        const place = { host: "127.0.0.1", httpsPort: 0, httpPort: false, cert: certFile, key: keyFile } as const;
        server = await serve(handler, { ...place, engine, log: "off", maxBodyBytes: LARGE.byteLength });
      });
      after(() => server.close());

      for (const enough of READ_BYTES) {
        it(`is answered after ${enough} bytes of it, and the connection goes on`, async () => {
          for (let i = 0; i < CONNECTIONS; i++) {
            await using client = await TlsClient.connect(server.port);
            for (let k = 0; k < 3; k++) {
              const { status, text, fields } = await client.post(`/?read=${enough}`, BODY);
              assert.equal(status, 200);
              assert.ok(Number(text) >= enough, text);
              if (fields.some(([name, value]) => name === "connection" && value === "close")) break;
            }
          }
        });
      }

      // The other engine ends a connection on which a request comes before the last answer has gone out.
      if (engine === "node") {
        it("is taken while large answers to the ones before it wait for the client", async () => {
          const statuses = await inARow(server.port, 3);
          assert.deepEqual(statuses, Array<string>(3).fill("HTTP/1.1 200"));
        });
      }

      it("is answered in its turn, or not at all, when others come behind it, and can be sent again", async () => {
        for (const size of [100_000, 450_000, 510_000, BODY.byteLength]) {
          let left = [0, 1, 2].map((i) => BODY.subarray(i, size));
          for (let tries = 0; left.length > 0; tries++) {
            assert.ok(tries < 4, "one more try for each");
            // Whoever is not answered sends the first one by itself, so that each try has an answer.
            const answers = await pipelined(server.port, tries === 0 ? left : left.slice(0, 1));
            const expected = left.slice(0, answers.length).map((body) => String(body.byteLength));
            assert.deepEqual(answers, expected);
            left = left.slice(answers.length);
          }
        }
      });

      for (const first of ["reads at once", "reads late"] as const) {
        it(`is sent back while it comes in, to a client that ${first}`, async () => {
          for (const path of ["/echo", "/crumbs", "/echo?sized", "/crumbs?sized", "/echo"]) {
            const { status, body } = await sentBack(server.port, path, first === "reads late");
            assert.equal(status, 200);
            assert.ok(body.equals(LARGE), `${body.length} bytes`);
          }
        });
      }
    });
  }
});
