// Does the codec read what a server's library writes, however it is cut, and nothing else? (RFC 6455 section 5, clause D8.)

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { clientClose, clientFrame, FrameReader, type FrameSink } from "../../src/engine/frames.ts";
import { random as randomFrom, type Random } from "../support/random.ts";

type Event = readonly [kind: string, ...facts: unknown[]];

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

/** What the reader makes of chunks; pieces of a message are joined, since where they are cut is nobody's business. */
function read(...chunks: readonly Uint8Array[]): Event[] {
  const events: Event[] = [];
  let pieces: Buffer[] = [];
  let parts: string[] = [];
  const sink: FrameSink = {
    data: (bytes, isText, part) => {
      pieces.push(Buffer.from(bytes));
      parts.push(part);
      if (part !== "whole" && part !== "last") return;
      const isOrdered =
        part === "whole" ? parts.length === 1 : parts[0] === "first" && parts.lastIndexOf("first") === 0;
      events.push([isText ? "text" : "binary", Buffer.concat(pieces).toString("hex"), isOrdered]);
      pieces = [];
      parts = [];
    },
    ping: (bytes) => events.push(["ping", Buffer.from(bytes).toString("hex")]),
    pong: (bytes) => events.push(["pong", Buffer.from(bytes).toString("hex")]),
    close: (code, reason) => events.push(["close", code, Buffer.from(reason).toString()]),
    broken: (detail) => events.push(["broken", detail]),
  };
  const reader = new FrameReader(sink);
  for (const chunk of chunks) reader.push(chunk);
  return events;
}

describe("a frame of a server's", () => {
  const cases: readonly (readonly [name: string, octets: string, ...events: Event[]])[] = [
    ["is a text (section 5.7)", "81 05 48656c6c6f", ["text", "48656c6c6f", true]],
    ["may be a fragmented text", "01 03 48656c 80 02 6c6f", ["text", "48656c6c6f", true]],
    ["may be empty", "81 00 82 00", ["text", "", true], ["binary", "", true]],
    ["may end a message with nothing", "02 01 aa 80 00", ["binary", "aa", true]],
    [
      "may be a control frame between fragments",
      "01 01 61 89 01 70 8a 00 80 01 62",
      ["ping", "70"],
      ["pong", ""],
      ["text", "6162", true],
    ],
    ["may close without a code", "88 00", ["close", 1005, ""]],
    ["may close with a code and a reason", "88 05 03e8 627965", ["close", 1000, "bye"]],
    ["is the last one when it closes", "88 00 81 01 61", ["close", 1005, ""]],
    ["may tell a short length the long way", "82 7e 0002 0102", ["binary", "0102", true]],
    ["may use 64 bits for it", "82 7f 0000000000000002 0102", ["binary", "0102", true]],
  ];
  for (const [name, octets, ...events] of cases) {
    it(name, () => assert.deepEqual(read(hex(octets)), events));
  }

  const broken: readonly (readonly [octets: string, reason: RegExp])[] = [
    ["c1 00", /reserved bit/],
    ["a1 00", /reserved bit/],
    ["81 80 00000000", /masked/],
    ["83 00", /no opcode 3/],
    ["8b 00", /no opcode 11/],
    ["80 00", /nothing is to be continued/],
    ["01 01 61 81 01 62", /inside another/],
    ["09 00", /control frame is fragmented/],
    ["89 7e 007e", /more than 125/],
    ["88 01 03", /close code/],
    ["82 7f ffffffffffffffff", /longer than/],
  ];
  for (const [octets, reason] of broken) {
    it(`is not ${octets}`, () => {
      const events = read(hex(`81 01 61 ${octets} 81 01 62`));

      assert.deepEqual(events[0], ["text", "61", true]);
      assert.equal(events.length, 2, "and nothing is read behind it");
      assert.match(String(events[1]?.[1]), reason);
    });
  }
});

describe("frames in chunks that are cut anywhere", () => {
  it("are the same frames", () => {
    const random = randomFrom(6455);
    for (let round = 0; round < 300; round++) {
      const octets = Buffer.concat(Array.from({ length: 1 + random.below(6) }, () => serverMessage(random)));
      const whole = read(octets);
      const chunks: Buffer[] = [];
      for (let at = 0; at < octets.length;) {
        const end = at + 1 + random.below(random.below(10) === 0 ? 100_000 : 40);
        chunks.push(octets.subarray(at, end));
        at = end;
      }

      assert.deepEqual(read(...chunks), whole);
      assert.ok(whole.every(([kind, , isOrdered]) => kind !== "broken" && isOrdered !== false));
    }
  });

  it("pass on a long message before its end, so that nothing grows", () => {
    const parts: string[] = [];
    let longest = 0;
    const reader = new FrameReader({
      data: (bytes, _isText, part) => {
        parts.push(part);
        longest = Math.max(longest, bytes.length);
      },
      ping: () => {},
      pong: () => {},
      close: () => {},
      broken: (detail) => assert.fail(detail),
    });
    reader.push(hex("82 7f 0000000000100000"));
    for (let i = 0; i < 16; i++) reader.push(Buffer.alloc(65_536));

    assert.deepEqual(
      [parts[0], parts[1], parts.at(-1), parts.length, longest],
      ["first", "middle", "last", 16, 65_536],
    );
  });

  it("never throw and never go on after what is none", () => {
    const random = randomFrom(1007);
    for (let round = 0; round < 2_000; round++) {
      const octets = Buffer.from(Array.from({ length: 1 + random.below(60) }, () => random.below(256)));
      const events = read(octets.subarray(0, 7), octets.subarray(7));
      const end = events.findIndex(([kind]) => kind === "broken" || kind === "close");
      assert.ok(end < 0 || end === events.length - 1);
    }
  });
});

describe("a client's frame", () => {
  it("is masked with zeros, in each form of its length", () => {
    for (const [size, head] of [
      [0, "8280 00000000"],
      [125, "82fd 00000000"],
      [126, "82fe 007e 00000000"],
      [65_535, "82fe ffff 00000000"],
      [65_536, "82ff 0000000000010000 00000000"],
    ] as const) {
      const payload = new Uint8Array(size).fill(9);
      const frame = clientFrame(2, payload.buffer);
      assert.equal(frame.toString("hex"), hex(head).toString("hex") + "09".repeat(size));
    }
  });

  it("closes with a code and a reason, or with neither", () => {
    const reason = new TextEncoder().encode("bye");
    assert.equal(clientClose(4001, reason.buffer).toString("hex"), "8885000000000fa1627965");
    assert.equal(clientClose(1005, new ArrayBuffer(0)).toString("hex"), "888000000000");
  });
});

/** One message in one to three frames, at times with a ping between them. */
function serverMessage(random: Random): Buffer {
  const count = 1 + random.below(3);
  const frames: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const size = [0, 1, 125, 126, 300, 65_535, 65_536, 70_000][random.below(8)]!;
    frames.push(serverFrame(i === 0 ? 1 + random.below(2) : 0, i === count - 1, Buffer.alloc(size, random.below(256))));
    if (random.below(4) === 0) frames.push(serverFrame(9, true, Buffer.alloc(random.below(126), 1)));
  }
  return Buffer.concat(frames);
}

function serverFrame(opcode: number, isFinal: boolean, payload: Buffer): Buffer {
  const size = payload.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = size < 126 ? size : size < 65_536 ? 126 : 127;
  if (size >= 65_536) head.writeBigUInt64BE(BigInt(size), 2);
  else if (size >= 126) head.writeUInt16BE(size, 2);
  return Buffer.concat([head, payload]);
}
