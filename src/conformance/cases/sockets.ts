// H57 to H60: when does a connection become a WebSocket, and what do its two ends see?

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { CHUNK_BYTES, FLOOD_CHUNKS } from "../fixture/sockets.ts";
import type { Noted } from "../fixture/visit.ts";
import { ACCEPT, clientClose, clientFrame, closing, type Frame, offerLines, OPCODES, received } from "../frames.ts";
import type { Probe } from "../probe.ts";
import type { RawClient } from "../raw-client.ts";
import { turn } from "../waiting.ts";

function socketCase(id: string, says: string, check: (probe: Probe) => Promise<void>): Case {
  return { id, says, profile: "websocket", needs: "context", check };
}

async function open(
  probe: Probe,
  way: string,
  other: Readonly<Record<string, string | null>> = {},
): Promise<RawClient> {
  const client = await probe.connect();
  await client.send(probe.get(`socket/${way}`, offerLines(other)));
  const { status } = await client.response({ withinMs: probe.patienceMs });
  assert.equal(status, 101, "the answer to a good offer");
  return client;
}

/** Everything a socket told, once it has told its close. */
async function told(probe: Probe, closes = 1): Promise<Noted[]> {
  await probe.noted("socket-close", closes);
  // A second one would come now.
  await turn(20);
  return (await probe.notes()).filter(({ event }) => event.startsWith("socket-"));
}

function types(notes: readonly Noted[]): string[] {
  return notes.map(({ event }) => event.slice("socket-".length));
}

/** One that never opened. */
async function assertUnopened(probe: Probe): Promise<void> {
  const notes = await told(probe);
  assert.deepEqual(types(notes), ["close"]);
  assert.deepEqual([notes[0]?.["code"], notes[0]?.["wasClean"]], [1006, false]);
}

function faulty(name: string, other: Readonly<Record<string, string | null>>, status: number): Case {
  return socketCase(
    `H57/${name}`,
    `an offer with ${name} is answered ${status}, if the handler asks`,
    async (probe) => {
      const asked = await probe.ask(probe.get("socket/echo", offerLines(other)));
      assert.equal(asked.status, status);
      if (status === 426) assert.equal(asked.field("sec-websocket-version"), "13");
      const plain = await probe.ask(probe.get("path", offerLines(other)));
      assert.equal(plain.status, 200, "the answer when nobody asks");
      await assertUnopened(probe);
    },
  );
}

const OFFERS: readonly Case[] = [
  socketCase("H57/offer", "a good offer is switched, however its options are written", async (probe) => {
    await open(probe, "echo", { Connection: "keep-alive, uPGRADE", Upgrade: "h2c, WebSocket" });
  }),
  socketCase("H57/ordinary", "a good offer is an ordinary request for a handler that does not ask", async (probe) => {
    assert.equal((await probe.ask(probe.get("path", offerLines()))).status, 200);
  }),
  faulty("version-8", { "Sec-WebSocket-Version": "8" }, 426),
  faulty("no-version", { "Sec-WebSocket-Version": null }, 426),
  faulty("short-key", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" }, 400),
  faulty("no-key", { "Sec-WebSocket-Key": null }, 400),
  faulty("another-protocol", { Upgrade: "h2c" }, 426),
  faulty("no-option", { Connection: "keep-alive" }, 426),
];

const SWITCHES: readonly Case[] = [
  socketCase("H58/switch", "the very Response switches, with the accepted key and no protocol", async (probe) => {
    const client = await probe.connect();
    await client.send(probe.get("socket/echo", offerLines({ "Sec-WebSocket-Protocol": "first" })));
    const { status, field } = await client.response({ withinMs: probe.patienceMs });
    assert.equal(status, 101);
    assert.deepEqual([field("sec-websocket-accept"), field("sec-websocket-protocol")], [ACCEPT, null]);
  }),
  socketCase("H58/protocol", "the 101 names the protocol that was offered and chosen", async (probe) => {
    const client = await probe.connect();
    await client.send(probe.get("socket/protocol", offerLines({ "Sec-WebSocket-Protocol": "first, second" })));
    assert.equal((await client.response({ withinMs: probe.patienceMs })).field("sec-websocket-protocol"), "second");
    assert.equal((await probe.noted("protocol"))[0]?.["name"], "second");
  }),
  socketCase("H58/unoffered", "a protocol that was not offered is an error of the handler", async (probe) => {
    const { text } = await probe.ask(probe.get("socket/unoffered", offerLines({ "Sec-WebSocket-Protocol": "first" })));
    assert.equal(text, "thrown");
  }),
  socketCase("H58/fields", "the 101 has the fields that were given, also when it comes late", async (probe) => {
    const client = await probe.connect();
    await client.send(probe.get("socket/slowly", offerLines()));
    const { status, field } = await client.response({ withinMs: probe.patienceMs });
    assert.deepEqual([status, field("x-fsgi")], [101, "given"]);
  }),
  socketCase("H58/instead", "another result is sent, and the socket closes without opening", async (probe) => {
    assert.equal((await probe.ask(probe.get("socket/instead", offerLines()))).status, 403);
    await assertUnopened(probe);
  }),
  socketCase(
    "H58/rebuilt",
    "a copy of the Response is sent as it is, and the socket closes unopened",
    async (probe) => {
      const { status, field } = await probe.ask(probe.get("socket/rebuilt", offerLines()));
      assert.deepEqual([status, field("upgrade")], [426, "websocket"]);
      await assertUnopened(probe);
    },
  ),
  socketCase("H58/twice", "of two calls only the one whose Response is returned opens", async (probe) => {
    await open(probe, "twice");
    const notes = await told(probe);
    assert.deepEqual(notes.map(({ event, name }) => `${String(name)} ${event}`).toSorted(), [
      "first socket-close",
      "second socket-open",
    ]);
  }),
  socketCase("H58/late", "asking after the response is an InvalidStateError", async (probe) => {
    assert.equal((await probe.ask(probe.get("socket/late", offerLines()))).text, "first");
    assert.equal((await probe.noted("late"))[0]?.["name"], "InvalidStateError");
  }),
  socketCase("H59/genuine", "the Response is a 426 with Upgrade: websocket", async (probe) => {
    const { text } = await probe.ask(probe.get("socket/described", offerLines()));
    assert.deepEqual(JSON.parse(text), { isResponse: true, status: 426, upgrade: "websocket" });
  }),
];

function assertFrame(frame: Frame | undefined, opcode: number, payload: string): void {
  assert.deepEqual([frame?.opcode, frame?.isFinal, frame?.payload.toString()], [opcode, true, payload]);
}

const MESSAGES: readonly Case[] = [
  socketCase("H60/open", "open comes after the 101, and what is sent then comes behind it", async (probe) => {
    const client = await open(probe, "slowly");
    assertFrame((await received(client, 1, probe.patienceMs))[0], OPCODES.text, "opened");
    assert.deepEqual(types((await probe.notes()).filter(({ event }) => event.startsWith("socket-"))), ["open"]);
  }),
  socketCase("H60/messages", "messages are whole and in order, and a ping among them is answered", async (probe) => {
    const client = await open(probe, "echo");
    await client.send(
      Buffer.concat([
        clientFrame("text", "h\u00e9llo"),
        clientFrame("text", "a", { isFinal: false }),
        clientFrame("ping", "between"),
        clientFrame("continuation", "b"),
        clientFrame("binary", new Uint8Array(70_000)),
      ]),
    );
    const frames = await received(client, 4, probe.patienceMs);
    const echoes = frames.filter(({ opcode }) => opcode !== OPCODES.pong);
    assertFrame(
      frames.find(({ opcode }) => opcode === OPCODES.pong),
      OPCODES.pong,
      "between",
    );
    assertFrame(echoes[0], OPCODES.text, "h\u00e9llo");
    assertFrame(echoes[1], OPCODES.text, "ab");
    assert.equal(echoes[2]?.payload.length, 70_000);
    const notes = await probe.notes("socket-message");
    assert.deepEqual(
      notes.map(({ data }) => data),
      ["h\u00e9llo", "ab", "70000 octets"],
    );
  }),
  socketCase("H60/client-closes", "the client's close is told once, with its code and reason", async (probe) => {
    const client = await open(probe, "echo");
    await client.send(clientClose(4001, "bye"));
    assert.equal(closing((await received(client, 1, probe.patienceMs))[0]!)[0], 4001);
    await client.closed(probe.patienceMs);
    const notes = await told(probe);
    assert.deepEqual(types(notes), ["open", "close"]);
    assert.deepEqual([notes[1]?.["code"], notes[1]?.["reason"], notes[1]?.["wasClean"]], [4001, "bye", true]);
  }),
  socketCase("H60/handler-closes", "the handler's close reaches the client, and is told once", async (probe) => {
    const client = await open(probe, "close");
    await client.send(clientFrame("text", "go"));
    const [frame] = await received(client, 1, probe.patienceMs);
    assert.deepEqual(closing(frame!), [4002, "enough"]);
    await client.send(clientFrame("close", frame!.payload));
    assert.deepEqual(types(await told(probe)), ["open", "message", "close"]);
  }),
  ...(["leave", "reset"] as const).map((way) =>
    socketCase(
      `H60/client-gone-${way}`,
      `a client that is gone (${way}) is one close, not a clean one`,
      async (probe) => {
        const client = await open(probe, "echo");
        client[way]();
        const notes = (await told(probe)).filter(({ event }) => event !== "socket-error");
        assert.deepEqual(types(notes), ["open", "close"]);
        assert.equal(notes[1]?.["wasClean"], false);
      },
    ),
  ),
  ...(
    [
      ["text", clientFrame("text", Uint8Array.from([0xc3, 0x28]))],
      ["reserved-bit", clientFrame("text", "x", { reserved: 0x20 })],
      ["opcode", clientFrame(3, "x")],
    ] as const
  ).map(([name, octets]) =>
    socketCase(`H60/broken-${name}`, `what RFC 6455 forbids (${name}) ends it with one close`, async (probe) => {
      const client = await open(probe, "echo");
      await client.send(octets);
      await client.closed(probe.patienceMs);
      const notes = await told(probe);
      assert.deepEqual(
        [types(notes).filter((type) => type !== "error"), notes.at(-1)?.["wasClean"]],
        [["open", "close"], false],
      );
    }),
  ),
  socketCase("H60/waiting", "what waits for a slow client is told, and drain follows relief", async (probe) => {
    const client = await open(probe, "flood");
    client.pause();
    const [flooded] = await probe.noted("flooded");
    assert.ok(Number(flooded?.["buffered"]) > CHUNK_BYTES, `bufferedAmount is ${String(flooded?.["buffered"])}`);
    assert.deepEqual(await probe.notes("socket-drain"), []);
    await client.peek(FLOOD_CHUNKS * CHUNK_BYTES, probe.patienceMs * 5);
    assert.equal((await probe.noted("socket-drain"))[0]?.["buffered"], 0);
  }),
  socketCase("H49/socket", "what a listener of a socket throws harms nobody", async (probe) => {
    const client = await open(probe, "throws");
    await client.send(clientFrame("text", "one"));
    await client.send(clientFrame("text", "two"));
    assert.deepEqual(
      (await received(client, 2, probe.patienceMs)).map(({ payload }) => payload.toString()),
      ["one", "two"],
    );
  }),
];

export const SOCKETS: readonly Case[] = [...OFFERS, ...SWITCHES, ...MESSAGES];
