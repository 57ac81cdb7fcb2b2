// H31 to H38, H42: what stands around a response, and where does it end?

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { message } from "../octets.ts";
import type { Probe } from "../probe.ts";

const COOKIES = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; Path=/, c"];

const HOP: readonly (readonly [string, RegExp])[] = [
  ["transfer-encoding", /gzip/],
  ["keep-alive", /99/],
  ["proxy-connection", /./],
  ["te", /./],
  ["trailer", /./],
  ["upgrade", /./],
  ["connection", /x-hop/],
];

const FIELDS: readonly Case[] = [
  {
    id: "H31/two",
    says: "two cookies stay two lines, in order and unchanged",
    async check(probe) {
      assert.deepEqual((await probe.ask(probe.get("cookies"))).all("set-cookie"), COOKIES);
    },
  },
  {
    id: "H31/rebuilt",
    says: "cookies stay lines of their own through a middleware that rebuilds the response",
    async check(probe) {
      assert.deepEqual((await probe.ask(probe.get("cookies/rebuilt"))).all("set-cookie"), [...COOKIES, "c=3"]);
    },
  },
  ...HOP.map(([name, forwarded]) => ({
    id: `H32/${name}`,
    says: `the field ${name} is not forwarded when a handler sets it`,
    async check(probe: Probe) {
      const response = await probe.ask(probe.get(`hop/${name}`));
      assert.deepEqual([response.status, response.field("x-end"), response.text], [200, "1", "ok"]);
      assert.doesNotMatch(response.field(name) ?? "", forwarded, `forwarded: ${response.field(name)}`);
    },
  })),
  {
    id: "H32/close",
    says: "a handler that says Connection: close ends the connection",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("bye"));
      const response = await client.response();
      assert.equal(response.text, "bye");
      assert.equal(response.field("connection")?.toLowerCase(), "close");
      await client.closed(probe.patienceMs);
    },
  },
  {
    id: "H33/date",
    says: "there is one Date, and it is the host's",
    async check(probe) {
      const dates = (await probe.ask(probe.get("date"))).all("date");
      assert.equal(dates.length, 1, `${dates.length} Date lines`);
      assert.ok(Math.abs(Date.parse(dates[0] ?? "") - Date.now()) < 60_000, `the date is ${dates[0]}`);
    },
  },
  {
    id: "H33/present",
    says: "a response without a Date of the handler's gets one",
    async check(probe) {
      const dates = (await probe.ask(probe.get("echo"))).all("date");
      assert.ok(Math.abs(Date.parse(dates[0] ?? "") - Date.now()) < 60_000, `the date is ${dates[0]}`);
    },
  },
  {
    id: "H33/product",
    says: "no product is named",
    level: "SHOULD",
    async check(probe) {
      const response = await probe.ask(probe.get("echo"));
      for (const name of ["server", "x-powered-by", "uwebsockets"]) assert.equal(response.field(name), null, name);
    },
  },
  {
    id: "H30/kept",
    says: "values with tabs and the reason of the handler go out as they are",
    level: "SHOULD",
    async check(probe) {
      const response = await probe.ask(probe.get("reason"));
      assert.deepEqual([response.reason, response.field("x-a")], ["Quite Good", "a\tb"]);
    },
  },
  {
    id: "H42/as-given",
    says: "a response is what the handler gave: no coding, no type, no validator of the host's",
    async check(probe) {
      const response = await probe.ask(probe.get("repetitive", ["Accept-Encoding: gzip, br, zstd"]));
      assert.equal(response.body.length, 100_000, `${response.body.length} octets`);
      for (const name of ["content-encoding", "content-type", "etag", "vary", "last-modified"]) {
        assert.equal(response.field(name), null, name);
      }
    },
  },
  {
    id: "H64/inert",
    says: "no response field makes the host send a file",
    async check(probe) {
      assert.equal((await probe.ask(probe.get("sendfile"))).text, "mine");
    },
  },
];

const SIZES: readonly (readonly [body: string, octets: string])[] = [
  ["text", "h\u00e9llo"],
  ["bytes", "\x01\x02\x03"],
  ["blob", "blob"],
  ["form", "a=b"],
  ["empty", ""],
  ["null", ""],
];

const KNOWN: readonly Case[] = [
  ...SIZES.flatMap(([kind, octets]) =>
    ["", "0", "99"].map((lie) => ({
      id: `H36/${kind}${lie === "" ? "" : `-said-${lie}`}`,
      says: `the real size of a body (${kind}) is sent${lie === "" ? "" : `, though the handler says ${lie}`}`,
      async check(probe: Probe) {
        const client = await probe.connect();
        for (let round = 0; round < 2; round++) {
          await client.send(probe.get(`body/${kind}/${lie}`));
          const response = await client.response({ withinMs: probe.patienceMs });
          assert.deepEqual([response.text, response.framing], [octets, "length"]);
        }
      },
    })),
  ),
  {
    id: "H37/stream",
    says: "a stream without a length is chunked, and one with a length has it",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("stream/he/llo"));
      const open = await client.response();
      await client.send(probe.get("sized/5/he/llo"));
      const sized = await client.response();
      assert.deepEqual([open.framing, open.text, sized.framing, sized.text], ["chunked", "hello", "length", "hello"]);
    },
  },
  {
    id: "H37/empty",
    says: "a stream without any chunk is an empty body",
    async check(probe) {
      const client = await probe.connect();
      for (let round = 0; round < 2; round++) {
        await client.send(probe.get("stream"));
        assert.equal((await client.response()).text, "");
      }
    },
  },
  ...["text", "stream"].map((kind) => ({
    id: `H37/both-${kind}`,
    says: `a response (${kind}) has one length or one coding, whatever the handler sets`,
    async check(probe: Probe) {
      const response = await probe.ask(probe.get(`both/${kind}`));
      assert.deepEqual([response.text, response.framing, response.all("date").length], ["hello", "length", 1]);
    },
  })),
];

const LIES: readonly Case[] = [
  {
    id: "H38/short",
    says: "a stream shorter than its length ends the connection, never padded",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("sized/5/abc"));
      const bytes = (await client.untilClose(probe.patienceMs)).toString("latin1");
      assert.ok(!/\r\n\r\n.{5}/s.test(bytes), `five octets came: ${JSON.stringify(bytes.slice(-40))}`);
    },
  },
  {
    id: "H38/long",
    says: "a stream longer than its length is cut at it",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("sized/5/abc/def/ghi"));
      const response = await client.responseOrClose(probe.patienceMs);
      assert.ok(response !== "neither", "neither an answer nor the end");
      assert.ok(response === null || response.text === "abcde", `sent ${JSON.stringify(response?.text)}`);
      const rest = await client.untilClose(500).catch(() => Buffer.from(client.receivedText));
      assert.ok(response === null || rest.length === 0, "octets beyond the announced length were sent");
    },
  },
  {
    id: "H38/cancelled",
    says: "a stream longer than its length is cancelled",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("long/100000"));
      await client.responseOrClose(probe.patienceMs);
      await probe.noted("cancel");
    },
  },
  {
    id: "H38/closed",
    says: "a stream longer than its length ends the connection",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("long/100000"));
      await client.responseOrClose(probe.patienceMs);
      await client.closed(Math.min(1_500, probe.patienceMs));
    },
  },
];

const STATUSES: readonly (readonly [status: number, length: string | null])[] = [
  [204, null],
  [205, "0"],
  [304, null],
  [200, "0"],
  [404, "0"],
];

const BODYLESS: readonly Case[] = [
  ...STATUSES.map(([status, length]) => ({
    id: `H34/${status}`,
    says: `${status} without a body is framed as it demands, and the connection stays in step`,
    async check(probe: Probe) {
      const client = await probe.connect();
      for (let round = 0; round < 2; round++) {
        await client.send(probe.get(`status/${status}`));
        const answer = await client.response({ withinMs: probe.patienceMs });
        const seen = [answer.status, answer.field("content-length"), answer.field("transfer-encoding")];
        assert.deepEqual(seen, [status, length, null]);
      }
    },
  })),
  {
    id: "H34/204-length",
    says: "204 loses a length set by the handler",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("status/204/5"));
      assert.equal((await client.response()).field("content-length"), null);
      await client.send(probe.get("path"));
      assert.equal((await client.response()).text, probe.path("path"));
    },
  },
  {
    id: "H34/304-length",
    says: "304 may keep the length of the GET, and sends no body for it",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("status/304/5"));
      const answer = await client.response();
      assert.ok([null, "5"].includes(answer.field("content-length")), `length ${answer.field("content-length")}`);
      await client.send(probe.get("path"));
      assert.equal((await client.response()).text, probe.path("path"));
    },
  },
  ...["text", "bytes", "blob", "form", "empty"].map((kind) => ({
    id: `H35/${kind}`,
    says: `HEAD has the length of GET where it is known (${kind}), no body, and the connection stays in step`,
    async check(probe: Probe) {
      const client = await probe.connect();
      await client.send(probe.get(`body/${kind}`));
      const whole = await client.response();
      await client.send(message("HEAD", probe.path(`body/${kind}`)));
      const head = await client.response({ isHead: true });
      const seen = head.field("content-length");
      assert.equal(seen, whole.field("content-length"));
      await client.send(probe.get("path"));
      assert.equal((await client.response()).text, probe.path("path"));
      assert.equal((await probe.notes("call"))[1]?.["method"], "HEAD");
    },
  })),
  {
    id: "H35/unread",
    says: "HEAD cancels a stream unread and names no length",
    async check(probe) {
      const client = await probe.connect();
      await client.send(message("HEAD", probe.path("endless")));
      const head = await client.response({ isHead: true, withinMs: probe.patienceMs });
      assert.deepEqual([head.status, head.field("content-length")], [200, null]);
      await probe.noted("cancel");
      const pulls = (await probe.notes("pull")).length;
      assert.ok(pulls <= 1, `${pulls} pulls`);
    },
  },
  {
    id: "H35/set",
    says: "HEAD of a stream has the length that the handler set",
    level: "SHOULD",
    async check(probe) {
      const client = await probe.connect();
      for (let round = 0; round < 2; round++) {
        await client.send(message("HEAD", probe.path("endless/7")));
        const head = await client.response({ isHead: true, withinMs: probe.patienceMs });
        assert.equal(head.field("content-length"), "7");
      }
    },
  },
];

export const RESPONSES: readonly Case[] = [...FIELDS, ...KNOWN, ...LIES, ...BODYLESS];
