// What breaks RFC 6455, and what only looks like it: octets of a client's, on both engines.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";

import { clientClose, clientFrame, closing, OPCODES, received } from "../../src/conformance/frames.ts";
import { ENGINES } from "../support/engines.ts";
import { turn } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { upgrading } from "./handler-server.ts";
import type { ServerWebSocket } from "../../src/index.ts";

const MAX_BYTES = 2_000;

const begun = (payload: string | Uint8Array): Buffer => clientFrame("text", payload, { isFinal: false });

/** The head of a binary frame that announces so many octets; of its mask nothing. */
function announcing(high: number, low: number): Buffer {
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
  head.writeUInt32BE(high, 2);
  head.writeUInt32BE(low, 6);
  return head;
}

const BROKEN: readonly (readonly [name: string, octets: Buffer, code: number])[] = [
  ["section 5.2: the second reserved bit", clientFrame("text", "x", { reserved: 0x20 }), 1002],
  ["section 5.2: the third reserved bit", clientFrame("ping", "", { reserved: 0x10 }), 1002],
  ["section 5.2: a control frame that there is not", clientFrame(11, ""), 1002],
  ["section 5.2: a length that has its first bit set", announcing(0x80000000, 0), 1002],
  ["section 5.4: a message inside a message", Buffer.concat([begun("a"), clientFrame("text", "b")]), 1002],
  [
    "section 5.4: a continuation behind the last one",
    Buffer.concat([begun("a"), clientFrame("continuation", "b"), clientFrame("continuation", "c")]),
    1002,
  ],
  ["section 5.5: a ping of 126 octets", clientFrame("ping", "x".repeat(126)), 1002],
  ["section 5.5: a close frame in pieces", clientFrame("close", "", { isFinal: false }), 1002],
  [
    "section 7.2.1 of RFC 7692: compression that was not agreed",
    clientFrame("text", deflateRawSync("compressed"), { reserved: 0x40 }),
    1002,
  ],
  ["section 8.1: a text that ends within a character", clientFrame("text", Buffer.from([0x61, 0xe2, 0x82])), 1007],
  [
    "section 8.1: a character that breaks in the next fragment",
    Buffer.concat([begun(Buffer.from([0xe2, 0x82])), clientFrame("continuation", "a")]),
    1007,
  ],
  ["section 8.1: a surrogate", clientFrame("text", Buffer.from([0xed, 0xa0, 0x80])), 1007],
  [
    "fragments that are too big together",
    Buffer.concat([begun("x".repeat(1_500)), clientFrame("continuation", "x".repeat(1_500), { isFinal: false })]),
    1009,
  ],
  ["a message that is announced too big, before any of it has come", announcing(0, MAX_BYTES + 1), 1009],
  ["a gigabyte that is announced", announcing(0, 0x40000000), 1009],
];

const HALF_A_CODE = "a code of one octet";

/** Close frames that no client may send (section 7.4). */
const CLOSES: readonly (readonly [name: string, octets: Buffer, code: number])[] = [
  [HALF_A_CODE, clientFrame("close", "x"), 1002],
  ["a code for nobody", clientClose(1005), 1002],
  ["a code below all", clientClose(999), 1002],
  ["a code above all", clientClose(5000), 1002],
  ["a reason that is not UTF-8", clientFrame("close", Buffer.from([0x03, 0xe8, 0xc3, 0x28])), 1007],
];

function echo(socket: ServerWebSocket): void {
  socket.onmessage = ({ data }) => socket.send(data);
}

for (const engine of ENGINES) {
  describe(`frames that break RFC 6455, ${engine}`, () => {
    it("H60: end their connection with an error and one close, and no other one", async () => {
      await using running = await upgrading(engine, echo, { maxMessageBytes: MAX_BYTES });
      await using bystander = await Client.open(running.url);
      for (const [name, octets, code] of BROKEN) {
        const next = running.next();
        await using client = await running.open();
        await client.send(Buffer.concat([octets, clientFrame("text", "behind it")]));
        await client.closed();
        const { closed, types, data } = await next;
        const { code: told, wasClean } = await closed;

        assert.deepEqual([told, wasClean, data.includes("behind it")], [1006, false, false], name);
        assert.deepEqual(
          types.filter((type) => type !== "message"),
          ["open", "error", "close"],
          name,
        );
        // uWebSockets.js leaves without a word (docs/websockets.md).
        if (engine === "node") {
          const last = (await received(client, 1)).at(-1)!;
          assert.deepEqual([last.opcode, closing(last)[0]], [OPCODES.close, code], name);
        }
        bystander.socket.send(name);
        assert.equal((await bystander.message()).text, name);
      }
      assert.deepEqual(running.reports, []);
    });

    it("H60, section 7.4: close frames that nobody may send are no clean end", async () => {
      await using running = await upgrading(engine);
      for (const [name, octets, code] of CLOSES) {
        const next = running.next();
        await using client = await running.open();
        await client.send(octets);
        await client.closed();
        const { closed, types } = await next;

        const { code: told, wasClean } = await closed;
        // uWebSockets.js takes half a code for none.
        const isTaken = engine === "uws" && name === HALF_A_CODE;

        assert.deepEqual([told, wasClean], isTaken ? [1005, true] : [1006, false], name);
        assert.deepEqual(types, isTaken ? ["open", "close"] : ["open", "error", "close"], name);
        if (engine === "node") assert.equal(closing((await received(client, 1))[0]!)[0], code, name);
      }
    });

    it("section 5.4: are none where control frames come between the fragments of a character", async () => {
      await using running = await upgrading(engine, echo);
      await using client = await running.open();
      const [first, second, third] = Buffer.from("\u20ac");
      const pieces = [
        begun(Buffer.from([first!])),
        clientFrame("ping", "1"),
        clientFrame("continuation", Buffer.from([second!]), { isFinal: false }),
        clientFrame("pong", "unasked"),
        clientFrame("continuation", "", { isFinal: false }),
        clientFrame("ping", "x".repeat(125)),
        clientFrame("continuation", Buffer.from([third!])),
      ];
      for (const piece of pieces) {
        await client.send(piece);
        await turn();
      }
      const frames = await received(client, 3);

      assert.deepEqual(
        frames.map(({ opcode, payload }) => [opcode, payload.toString()]),
        [
          [OPCODES.pong, "1"],
          [OPCODES.pong, "x".repeat(125)],
          [OPCODES.text, "\u20ac"],
        ],
      );
    });

    it("takes exactly as much as it says", async () => {
      await using running = await upgrading(engine, echo, { maxMessageBytes: MAX_BYTES });
      await using client = await running.open();
      await client.send(clientFrame("text", "x".repeat(MAX_BYTES)));
      await client.send(Buffer.concat([begun("y".repeat(1_000)), clientFrame("continuation", "y".repeat(1_000))]));
      const frames = await received(client, 2);

      assert.deepEqual(
        frames.map(({ payload }) => payload.length),
        [MAX_BYTES, MAX_BYTES],
      );
    });

    it("agrees to no compression, whatever is offered (RFC 7692)", async () => {
      await using running = await upgrading(engine, echo);
      const offers = [
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover, permessage-deflate",
        "x-webkit-deflate-frame",
      ];
      for (const offer of offers) {
        await using one = await running.open({ "Sec-WebSocket-Extensions": offer });
        await one.send(clientFrame("text", "plain ".repeat(100)));
        const [frame] = await received(one, 1);
        assert.equal(frame?.payload.toString(), "plain ".repeat(100));
      }
      await using library = await Client.open(running.url, [], { perMessageDeflate: true });
      assert.deepEqual([library.socket.extensions, running.heard.at(-1)?.socket.extensions], ["", ""]);
    });
  });
}
