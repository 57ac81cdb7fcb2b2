// H60 and H55: how a handler's socket ends, whoever ends it, and how what is no frame does.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { clientClose, clientFrame, closing, offerLines, received } from "../../src/conformance/frames.ts";
import type { AccessRecord } from "../../src/log/access.ts";
import { ENGINES } from "../support/engines.ts";
import { get } from "../support/octets.ts";
import { deferred, turn, until, within } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { handling, upgrading } from "./handler-server.ts";
import { recorded } from "./recorded.ts";

for (const engine of ENGINES) {
  describe(`the end of a handler's socket, ${engine}`, () => {
    it("H60: closes with what the handler says, and only with what HTML allows", async () => {
      const refused: string[] = [];
      await using running = await upgrading(engine, (socket) => {
        socket.onmessage = () => {
          for (const [code, reason] of [
            [999],
            [1001],
            [1005],
            [2999],
            [5000],
            [1000.5],
            [1000, "x".repeat(124)],
          ] as const) {
            try {
              socket.close(code, reason);
            } catch (error) {
              refused.push((error as DOMException).name);
            }
          }
          socket.close(3000, "\u00e9".repeat(61));
          refused.push(String(socket.readyState));
          socket.close(4000);
          socket.send("too late");
        };
      });
      const next = running.next();
      await using client = await Client.open(running.url);
      client.socket.send("go");

      assert.deepEqual(await client.closed, { code: 3000, reason: "\u00e9".repeat(61) });
      const { closed, types } = await next;
      assert.deepEqual(await closed, { code: 3000, reason: "\u00e9".repeat(61), wasClean: true });
      assert.deepEqual(types, ["open", "message", "close"]);
      assert.deepEqual(refused, [...Array.from({ length: 6 }, () => "InvalidAccessError"), "SyntaxError", "2"]);
      assert.deepEqual(client.received, []);
    });

    it("H60: tells a client that vanishes as 1006, and ends the exchange as aborted", async () => {
      const ends: string[] = [];
      await using running = await upgrading(engine, (_socket, context) => {
        context.completed.then(
          () => ends.push("completed"),
          () => ends.push("rejected"),
        );
        context.signal.addEventListener("abort", () => ends.push("abort"));
      });
      for (const way of ["leave", "reset"] as const) {
        const next = running.next();
        const client = await running.open();
        client[way]();
        const { closed, types } = await next;
        assert.deepEqual(await closed, { code: 1006, reason: "", wasClean: false });
        await turn();
        assert.deepEqual(types, ["open", "close"]);
      }
      assert.deepEqual(ends, ["rejected", "rejected"]);
    });

    const BROKEN: readonly (readonly [name: string, octets: Buffer, code: number])[] = [
      ["a text that is not UTF-8", clientFrame("text", Buffer.from([0xc3, 0x28])), 1007],
      ["a reserved bit", clientFrame("text", "x", { reserved: 0x40 }), 1002],
      ["an opcode that there is not", clientFrame(3, "x"), 1002],
      ["a fragmented ping", clientFrame("ping", "x", { isFinal: false }), 1002],
      ["a continuation of nothing", clientFrame("continuation", "x"), 1002],
      ["a message that is too big", clientFrame("binary", Buffer.alloc(3_000)), 1009],
    ];
    it("H60: ends what breaks RFC 6455, with an error and one close", async () => {
      await using running = await upgrading(engine, undefined, { maxMessageBytes: 2_000 });
      for (const [name, octets, code] of BROKEN) {
        const next = running.next();
        await using client = await running.open();
        await client.send(octets);
        await client.closed();
        const { closed, types } = await next;
        const { wasClean, code: told } = await closed;
        assert.deepEqual([wasClean, told], [false, 1006], name);
        assert.deepEqual(types, ["open", "error", "close"], name);
        // uWebSockets.js leaves without a word (docs/websockets.md).
        if (engine === "node") assert.equal(closing((await received(client, 1))[0]!)[0], code, name);
      }
      assert.deepEqual(running.reports, []);
    });

    it("H55: a stop says 1001 to every socket and waits for no other", async () => {
      await using running = await handling(engine, (heard) => async (request, context) => {
        const { socket, response } = context.upgradeWebSocket!();
        heard(socket);
        if (request.url.endsWith("/late")) await slow.promise;
        return response;
      });
      const slow = deferred();
      const next = running.next();
      await using client = await Client.open(running.url);
      const { closed } = await next;
      const lateAsked = running.next();
      const late = new Client(`${running.url}/late`);
      await lateAsked;
      const stopping = running.server.close({ deadlineMs: 5_000 });
      slow.resolve();

      assert.deepEqual(await client.closed, { code: 1001, reason: "" });
      assert.deepEqual(await closed, { code: 1001, reason: "", wasClean: true });
      assert.equal((await late.closed).code, 1001);
      await within(4_000, "the stop", stopping);
      assert.deepEqual(running.reports, []);
    });

    it("is one access record when it is over, with the octets that were sent", async () => {
      const records: AccessRecord[] = [];
      await using running = await recorded(engine, records, (_request, context) => {
        const { socket, response } = context.upgradeWebSocket!();
        socket.onopen = () => socket.send("12345");
        return response;
      });
      await using client = await Client.open(`ws://127.0.0.1:${running.port}/logged`);
      await client.message();
      assert.deepEqual(records, []);
      client.socket.close(1000);
      await client.closed;
      await until(5_000, "the record", () => records.length > 0);

      const [{ target, status, bytes, outcome }] = records as unknown as [AccessRecord];
      assert.deepEqual([target, status, bytes, outcome], ["/logged", 101, 5, "completed"]);
    });

    it("H60: tells the client's close with its code and reason, once", async () => {
      await using running = await upgrading(engine);
      for (const [frame, expected] of [
        [clientClose(4001, "bye"), { code: 4001, reason: "bye", wasClean: true }],
        [clientClose(1000), { code: 1000, reason: "", wasClean: true }],
        [clientClose(), { code: 1005, reason: "", wasClean: true }],
      ] as const) {
        const next = running.next();
        await using client = await running.open();
        await client.send(frame);
        const { closed, types, socket } = await next;
        assert.deepEqual(await closed, expected);
        assert.deepEqual([socket.readyState, types], [3, ["open", "close"]]);
        const [answer] = await received(client, 1);
        assert.equal(closing(answer!)[0], expected.code);
        await client.closed();
      }
    });
  });
}

describe("what comes with the offer, or without a mask", () => {
  it("H60: is heard on the node engine, as soon as the socket is open", async () => {
    await using running = await handling("node", (heard) => async (_request, context) => {
      const { socket, response } = context.upgradeWebSocket!();
      heard(socket);
      await turn();
      return response;
    });
    const next = running.next();
    await using client = await running.connect();
    await client.send(Buffer.concat([Buffer.from(get("/", offerLines())), clientFrame("text", "early")]));
    const heard = await next;
    await client.send(clientFrame("text", "later"));
    await until(5_000, "both messages", () => heard.data.length === 2);

    assert.deepEqual(
      [heard.types, heard.data],
      [
        ["open", "message", "message"],
        ["early", "later"],
      ],
    );
  });

  it("RFC 6455 section 5.1: an unmasked frame ends the connection with 1002 on the node engine", async () => {
    await using running = await upgrading("node");
    await using client = await running.open();
    await client.send(clientFrame("text", "x", { isMasked: false }));
    assert.equal(closing((await received(client, 1))[0]!)[0], 1002);
    await client.closed();
  });

  it("RFC 6455 section 7.4: close codes that no frame may have end it with 1002 on the node engine", async () => {
    await using running = await upgrading("node");
    for (const frame of [clientClose(1005), clientClose(999), clientClose(5000), clientFrame("close", "x")]) {
      await using client = await running.open();
      await client.send(frame);
      assert.equal(closing((await received(client, 1))[0]!)[0], 1002);
      await client.closed();
    }
  });
});
