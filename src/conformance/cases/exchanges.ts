// T1, T4, T6, H17, H29, H30, H43 to H52, D7: connections, failures and the context.

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { get } from "../octets.ts";
import type { Probe } from "../probe.ts";
import { turn } from "../waiting.ts";

const CANARY = "canary-5f2c";

const CLOSING = ["close", "Close", "keep-alive, Close", "close, x", "x,CLOSE", "\tclose"];

const CONNECTIONS: readonly Case[] = [
  ...CLOSING.map((value, i) => ({
    id: `H43/close-${i + 1}`,
    says: `Connection: ${JSON.stringify(value)} ends the connection after an answer that says so`,
    async check(probe: Probe) {
      const client = await probe.connect();
      await client.send(probe.get("path", [`Connection: ${value}`]));
      const answer = await client.response();
      assert.equal(answer.status, 200);
      assert.equal(answer.field("connection")?.toLowerCase(), "close", "the answer says");
      await client.closed(probe.patienceMs);
    },
  })),
  {
    id: "H43/lines",
    says: "close in a second Connection line counts too",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("path", ["Connection: x-a", "Connection: close"]));
      assert.equal((await client.response()).status, 200);
      await client.closed(probe.patienceMs);
    },
  },
  {
    id: "H43/same-segment",
    says: "what came in one segment with a closing request is not processed",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("path", ["Connection: keep-alive, close"]) + probe.get("smuggled"));
      await client.closed(probe.patienceMs);
      assert.deepEqual(await probe.calls(), ["path"]);
    },
  },
  {
    id: "H43/later",
    says: "what arrives after the answer to a closing request is not processed",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("bye"));
      await client.response();
      await client.send(probe.get("smuggled"));
      await client.closed(probe.patienceMs);
      assert.deepEqual(await probe.calls(), ["bye"]);
    },
  },
  {
    id: "H43/pieces",
    says: "a request is understood wherever its segments are cut",
    async check(probe) {
      const client = await probe.connect();
      const octets = probe.get("path", ["X-A: b"]);
      for (let cut = 1; cut < octets.length; cut += 3) {
        await client.sendPieces([octets.slice(0, cut), octets.slice(cut)]);
        assert.equal((await client.response()).text, probe.path("path"));
      }
    },
  },
  {
    id: "H44/in-order",
    says: "two requests in one segment are answered in order, the slow one first",
    level: "SHOULD",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("slow/first") + probe.get("slow/second"));
      await probe.noted("call");
      await probe.release();
      const texts = [(await client.response()).text, (await client.response()).text];
      assert.deepEqual(texts, ["first", "second"]);
    },
  },
  {
    id: "H44/at-once",
    says: "requests that are answered at once are answered in order",
    async check(probe) {
      const client = await probe.connect();
      const names = Array.from({ length: 10 }, (_, i) => `path/${i}`);
      await client.send(names.map((name) => probe.get(name)).join(""));
      for (const name of names) assert.equal((await client.response()).text, probe.path(name));
    },
  },
  {
    id: "H44/never-mixed",
    says: "answers are never interleaved: in order, or the connection ends",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get(`stream${"/a".repeat(20)}`) + probe.get(`stream${"/b".repeat(20)}`));
      for (const letter of ["a", "b"]) {
        const answer = await client.responseOrClose();
        if (answer === null) return;
        assert.equal(answer.text, letter.repeat(20));
      }
    },
  },
  {
    id: "H17/served",
    says: "HTTP/1.0 is served without chunks and then closed",
    level: "MAY",
    async check(probe) {
      const client = await probe.connect();
      await client.send(`GET ${probe.path("stream/he/llo")} HTTP/1.0\r\nTE: chunked\r\n\r\n`);
      const answer = await client.response();
      assert.deepEqual([answer.status, answer.framing, answer.text], [200, "close", "hello"]);
    },
  },
  {
    id: "H17/kept",
    says: "HTTP/1.0 with keep-alive gets a length and a second answer",
    level: "MAY",
    async check(probe) {
      const client = await probe.connect();
      for (let round = 0; round < 2; round++) {
        await client.send(`GET ${probe.path("echo")} HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n`);
        const answer = await client.response();
        const seen = [answer.status, answer.framing, answer.field("connection")?.toLowerCase()];
        assert.deepEqual(seen, [200, "length", "keep-alive"]);
      }
    },
  },
  {
    id: "H17/old",
    says: "HTTP/1.0 is either served without chunks or answered 505",
    async check(probe) {
      const client = await probe.connect();
      await client.send(`GET ${probe.path("stream/he/llo")} HTTP/1.0\r\nHost: a.example\r\n\r\n`);
      const answer = await client.response();
      const isRight = answer.status === 505 || (answer.status === 200 && answer.framing !== "chunked");
      assert.ok(isRight, `answered ${answer.status}, ${answer.framing}`);
    },
  },
];

const RESULTS: Readonly<Record<string, string>> = {
  undefined: "H29",
  null: "H29",
  string: "H29",
  object: "H29",
  "promise-of-undefined": "H29",
  "network-error": "H29",
  "used-body": "H29",
  "locked-body": "H29",
  "status-99": "H29",
  "status-101": "H29",
  "status-600": "H29",
  "value-crlf": "H30",
  "value-lf": "H30",
  "value-nul": "H30",
  "name-crlf": "H30",
  "name-space": "H30",
  "reason-crlf": "H30",
};

function failure(id: string, says: string, route: string): Case {
  return {
    id,
    says,
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get(route));
      const answer = await client.response({ withinMs: probe.patienceMs });
      const told = `${answer.head}\n${answer.text}`;
      assert.ok(!told.includes("x-injected"), `injected: ${JSON.stringify(answer.head)}`);
      assert.ok(!told.includes(CANARY), "the client is told of the error");
      assert.equal(answer.status, 500);
      await client.send(probe.get("path"));
      const next = await client.responseOrClose(probe.patienceMs);
      assert.ok(next !== "neither" && (next === null || next.status === 200), "the connection is out of step");
    },
  };
}

const FAILURES: readonly Case[] = [
  ...Object.entries(RESULTS).map(([name, statement]) =>
    failure(`${statement}/${name}`, `a bad result (${name}) is one 500 that tells nothing`, `return/${name}`),
  ),
  ...["throw", "reject"].flatMap((how) =>
    ["error", "null", "undefined", "string", "response"].map((what) =>
      failure(
        `H45/${how}-${what}`,
        `a handler that fails (${how} ${what}) is one 500 that tells nothing`,
        `${how}/${what}`,
      ),
    ),
  ),
  {
    id: "T6/plain",
    says: "an object with the shape of a Response is sent",
    async check(probe) {
      const answer = await probe.ask(probe.get("return/plain"));
      assert.deepEqual([answer.status, answer.field("x-plain")], [202, "1"]);
    },
  },
  ...["answer", "nothing", "fail"].map((how) => ({
    id: `H46/${how}`,
    says: `error() is asked once for a failed handler, and what it gives (${how}) decides`,
    needs: "context" as const,
    async check(probe: Probe) {
      const answer = await probe.ask(probe.get(`hook/${how}`));
      assert.equal(answer.status, how === "answer" ? 503 : 500);
      assert.equal((await probe.notes("error-hook")).length, 1, "calls of error()");
    },
  })),
  ...["", "/9"].map((length) => ({
    id: `H47/${length === "" ? "chunked" : "sized"}`,
    says: "a stream that fails in the middle is cut so that the client can tell, and nothing is appended",
    async check(probe: Probe) {
      const client = await probe.connect();
      await client.send(probe.get(`fail/late${length}`));
      const octets = (await client.untilClose(probe.patienceMs)).toString("latin1");
      assert.ok(!octets.endsWith("0\r\n\r\n"), "a clean end");
      assert.ok(!octets.includes(CANARY) && !octets.includes(" 500 "), "something was appended");
      assert.match(octets, /one/, "what was sent before has arrived");
    },
  })),
  ...["first", "pull"].map((when) => ({
    id: `H48/${when}`,
    says: `a stream that fails before its first chunk (${when}) is answered 500`,
    level: "SHOULD" as const,
    async check(probe: Probe) {
      const client = await probe.connect();
      await client.send(probe.get(`fail/${when}`));
      const answer = await client.responseOrClose(probe.patienceMs);
      assert.ok(answer !== "neither" && answer !== null, "no answer");
      assert.equal(answer.status, 500);
      assert.ok(!answer.text.includes(CANARY), "the client is told of the error");
    },
  })),
];

interface Dump {
  readonly [name: string]: unknown;
  readonly supports: readonly string[];
  readonly kinds: Readonly<Record<string, string>>;
}

async function dump(probe: Probe): Promise<Dump> {
  return JSON.parse((await probe.ask(get(probe.path("context")))).text) as Dump;
}

function ofContext(id: string, says: string, check: (seen: Dump, probe: Probe) => void | Promise<void>): Case {
  return { id, says, needs: "context", check: async (probe) => check(await dump(probe), probe) };
}

const OPTIONAL: readonly (readonly [capability: string, member: string])[] = [
  ["websocket", "upgradeWebSocket"],
  ["informational", "sendInformational"],
  ["trailers", "setTrailers"],
];

const CONTEXTS: readonly Case[] = [
  ofContext("T1/two", "a handler gets exactly two arguments: a Request and its context", (seen) => {
    assert.deepEqual([seen["count"], seen["contract"], seen["isSameRequest"]], [2, 1, true]);
  }),
  ofContext("T4/members", "a feature is supported exactly when its member is a function", ({ supports, kinds }) => {
    for (const [capability, member] of OPTIONAL) {
      assert.equal(kinds[member], supports.includes(capability) ? "function" : "undefined", member);
    }
  }),
  ofContext("T4/unknown", "reading a member that there is none of gives undefined", (seen) => {
    assert.equal(seen["unknown"], "undefined");
  }),
  ofContext("H50/endpoints", "addresses, version and TLS are told as they are", (seen, probe) => {
    assert.equal(typeof (seen["peer"] as { address?: unknown } | null)?.address, "string");
    assert.deepEqual([seen["remote"], seen["httpVersion"]], [seen["peer"], "1.1"]);
    assert.equal((seen["local"] as { port?: unknown } | null)?.port, probe.target.port);
    assert.equal(seen["tls"] === null, !probe.target.isTls, "tls");
  }),
  ofContext("H50/peer-port", "the port of the peer is told", (seen) => {
    const { port } = seen["peer"] as { port: number };
    assert.ok(port > 0, `the port is ${port}`);
  }),
  ofContext("H52/empty", "the state of each request is empty", async (first, probe) => {
    assert.deepEqual([first["state"], (await dump(probe))["state"]], [[], []]);
  }),
  {
    id: "H51/type",
    says: "waitUntil takes nothing but a thenable: anything else is a TypeError",
    needs: "context",
    async check(probe) {
      assert.equal((await probe.ask(probe.get("background/type"))).text, "TypeError");
    },
  },
  {
    id: "H49/wait-until",
    says: "work handed to waitUntil that rejects harms nobody",
    needs: "context",
    async check(probe) {
      assert.equal((await probe.ask(probe.get("background/rejects"))).text, "ok");
      await turn(20);
      assert.equal((await probe.ask(probe.get("path"))).status, 200);
    },
  },
  {
    id: "D7/untouched",
    says: "an answer of passThrough() is a 404 for the client",
    needs: "context",
    async check(probe) {
      assert.equal((await probe.ask(probe.get("pass"))).status, 404);
    },
  },
];

export const EXCHANGES: readonly Case[] = [...CONNECTIONS, ...FAILURES, ...CONTEXTS];
