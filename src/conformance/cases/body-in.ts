// H16, H19 to H23: how does a request body reach a handler, and what becomes of one that does not?

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { BAD_CHUNKS, SMUGGLED, upload } from "../corpus/framing.ts";
import { chunked, get, message, post } from "../octets.ts";
import type { Probe } from "../probe.ts";
import type { RawClient } from "../raw-client.ts";
import { throughout } from "../waiting.ts";

const MIB = 1024 * 1024;

/** More than the largest socket buffers of both sides, so that only a host that waits keeps the client waiting. */
const FLOOD_BYTES = 64 * MIB;
const TAKEN_BYTES = 24 * MIB;

const FLOWING: readonly Case[] = [
  {
    id: "H19/early",
    says: "the handler runs before the body arrives",
    profile: "stream",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("echo"), ["Content-Length: 5"]));
      await probe.noted("call");
      await client.send("hello");
      assert.equal((await client.response()).text, "hello");
    },
  },
  {
    id: "H19/pieces",
    says: "a handler gets each piece when it arrives",
    profile: "stream",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("read/stream"), ["Content-Length: 9"]));
      for (const [i, piece] of ["one", "two", "end"].entries()) {
        await client.send(piece);
        await probe.noted("piece", i + 1);
      }
      assert.equal((await client.response()).text, "done");
    },
  },
  {
    id: "H19/bounded",
    says: "a client that floods a handler that does not read is held back",
    profile: "stream",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("hold"), [`Content-Length: ${FLOOD_BYTES}`]));
      await probe.noted("call");
      void client.send(Buffer.alloc(FLOOD_BYTES));
      await throughout(700, `at most ${TAKEN_BYTES} octets are taken`, () => client.sentBytes <= TAKEN_BYTES);
      await probe.release();
    },
  },
  {
    id: "H19/whole",
    says: "an upload that had to wait arrives whole",
    profile: "stream",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("hold/read"), [`Content-Length: ${4 * MIB}`]));
      void client.send(Buffer.alloc(4 * MIB));
      await probe.noted("call");
      await probe.release();
      const response = await client.finalResponse({ withinMs: 10_000 });
      assert.equal(response.status, 200);
      assert.equal((await probe.notes("read"))[0]?.["bytes"], 4 * MIB);
    },
  },
  ...["POST", "PUT", "PATCH", "DELETE"].map((method) => ({
    id: `H19/chunked-${method}`,
    says: `a chunked upload with ${method} arrives whole, and an empty one as an empty text`,
    async check(probe: Probe) {
      for (const body of [["he", "llo"], []]) {
        const octets = message(method, probe.path("echo"), ["Transfer-Encoding: Chunked"], chunked(...body));
        assert.equal((await probe.ask(octets)).text, body.join(""));
      }
    },
  })),
];

type Leave = (client: RawClient) => void;

/** `octets` is the beginning of an upload; every kind of read has to reject when the client then leaves. */
function cut(name: string, says: string, leave: Leave, octets: (path: string) => string): Case[] {
  return ["text", "buffer", "stream"].map((how) => ({
    id: `H20/${name}-${how}`,
    says: `${says} makes a read (${how}) reject`,
    async check(probe) {
      const client = await probe.connect();
      await client.send(octets(probe.path(`read/${how}`)));
      await probe.noted("call");
      leave(client);
      await probe.noted("rejected");
      assert.deepEqual(await probe.notes("read"), [], "the read ended as if the body were complete");
    },
  }));
}

const SHORT = (path: string): string => message("POST", path, ["Content-Length: 10"], "hello");
const OPEN = (path: string): string => message("POST", path, ["Transfer-Encoding: chunked"], "5\r\nhello\r\n");
const IN_CHUNK = (path: string): string => message("POST", path, ["Transfer-Encoding: chunked"], "a\r\nhello");

const CUT_SHORT: readonly Case[] = [
  ...cut("length", "a client that leaves before its Content-Length", (client) => client.leave(), SHORT),
  ...cut("chunks", "a client that leaves before its last chunk", (client) => client.leave(), OPEN),
  ...cut("in-chunk", "a client that leaves inside of a chunk", (client) => client.leave(), IN_CHUNK),
  ...cut("reset", "a connection reset in an upload", (client) => client.reset(), SHORT).slice(0, 1),
  ...cut("half-close", "a half-closed connection in an upload", (client) => client.halfClose(), SHORT).slice(0, 1),
  ...BAD_CHUNKS.map(([name, body]) => ({
    id: `H20/chunk-${name}`,
    says: `a malformed chunk (${name}) is never the end of a complete body`,
    async check(probe: Probe) {
      const client = await probe.connect();
      await client.send(upload("read", body + SMUGGLED).replaceAll("{tag}", probe.tag));
      await client.untilClose(probe.patienceMs);
      const complete = await probe.notes("read");
      assert.equal(complete.length, 0, `read ${JSON.stringify(complete[0]?.["text"])} as if it were complete`);
    },
  })),
];

const UNREAD: readonly Case[] = [
  {
    id: "H21/ignored",
    says: "the next request is parsed correctly when the handler ignores a body",
    async check(probe) {
      const client = await probe.connect();
      for (let round = 0; round < 3; round++) {
        await client.send(post(probe.path("path"), get(probe.path("smuggled"))));
        assert.equal((await client.response()).text, probe.path("path"));
      }
      await client.send(probe.get("path/next"));
      assert.equal((await client.response()).text, probe.path("path/next"));
      assert.ok(!(await probe.calls()).includes("smuggled"), "the body was run as a request");
    },
  },
  {
    id: "H21/early",
    says: "an early answer leaves the connection in step, or says that it closes",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("refuse"), ["Content-Length: 100000"]));
      const first = await client.response();
      assert.equal(first.status, 403);
      await client.send("x".repeat(100_000) + probe.get("path"));
      const second = await client.responseOrClose();
      if (first.field("connection")?.toLowerCase() === "close") assert.equal(second, null);
      else assert.equal(second?.text, probe.path("path"), "the connection ended without having said so");
    },
  },
  {
    id: "H21/cancelled",
    says: "a cancelled body leaves the connection in step",
    async check(probe) {
      const client = await probe.connect();
      await client.send(post(probe.path("stays/cancel"), "x".repeat(100_000)));
      const first = await client.response();
      assert.equal(first.text, "ok");
      if (first.field("connection")?.toLowerCase() === "close") return;
      await client.send(probe.get("path"));
      assert.equal((await client.responseOrClose())?.text, probe.path("path"));
    },
  },
  {
    id: "H21/large",
    says: "more than is worth reading ends the connection after the answer",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("refuse"), [`Content-Length: ${FLOOD_BYTES}`]));
      void client.send(Buffer.alloc(FLOOD_BYTES));
      assert.equal((await client.response()).status, 403);
      await client.closed(probe.patienceMs);
    },
  },
];

const WAITING = ["Content-Length: 5", "Expect: 100-continue"];

const EXPECTING: readonly Case[] = [
  {
    id: "H23/asked",
    says: "a client that waits gets 100 when the handler reads, and then the answer",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("echo"), WAITING));
      const interim = await client.response();
      await client.send("hello");
      const final = await client.response();
      assert.deepEqual([interim.status, final.status, final.text], [100, 200, "hello"]);
    },
  },
  {
    id: "H23/refused",
    says: "a final answer needs no body",
    async check(probe) {
      assert.equal((await probe.ask(message("POST", probe.path("refuse"), WAITING))).status, 403);
    },
  },
  {
    id: "H23/lazy",
    says: "100 is not sent for a body that the handler does not read",
    level: "SHOULD",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("refuse"), WAITING));
      assert.equal((await client.response()).status, 403);
    },
  },
  {
    id: "H23/old",
    says: "HTTP/1.0 gets no 100",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("POST", probe.path("echo"), WAITING, "hello").replace("HTTP/1.1", "HTTP/1.0"));
      const answer = await client.response();
      assert.ok([200, 505].includes(answer.status), `answered ${answer.status}`);
    },
  },
  {
    id: "H23/other",
    says: "another expectation is answered 417 or ignored",
    async check(probe) {
      const answer = await probe.ask(post(probe.path("echo"), "hello", ["Expect: 200-ok"]));
      assert.ok(answer.status === 417 || answer.text === "hello", `answered ${answer.status}`);
    },
  },
  {
    id: "H16/defaults",
    says: "a target of 8000 octets and 15 KiB of fields are served",
    level: "SHOULD",
    async check(probe) {
      const target = await probe.ask(get(probe.path(`path/${"a".repeat(7_980)}`)));
      const fields = await probe.ask(probe.get("path", [`Cookie: ${"a".repeat(8_192)}`, `X-A: ${"b".repeat(7_000)}`]));
      assert.deepEqual([target.status, fields.status], [200, 200]);
    },
  },
];

export const BODY_IN: readonly Case[] = [...FLOWING, ...CUT_SHORT, ...UNREAD, ...EXPECTING];
