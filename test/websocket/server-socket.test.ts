// H60: what a handler's socket tells, and what its client gets.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";

import { clientFrame, OPCODES, received } from "../../src/conformance/frames.ts";
import { served } from "../host/served.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";
import { deferred, turn, until } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { upgrading } from "./handler-server.ts";
import type { Context, ServerWebSocket } from "../../src/index.ts";

const MEBIBYTE = 1024 * 1024;

function echo(socket: ServerWebSocket): void {
  socket.onmessage = ({ data }) => socket.send(data);
}

for (const engine of ENGINES) {
  describe(`a handler's socket, ${engine}`, () => {
    it("H60: opens after the 101, and what it sends then comes right behind", async () => {
      const states: number[] = [];
      await using running = await upgrading(engine, (socket) => {
        states.push(socket.readyState);
        assert.throws(() => socket.send("too early"), { name: "InvalidStateError" });
        socket.onopen = ({ target }) => {
          states.push(socket.readyState, Number(target === socket));
          socket.send("hello");
        };
      });
      await using client = await running.open();
      const [frame] = await received(client, 1);

      assert.deepEqual([frame!.opcode, frame!.payload.toString()], [OPCODES.text, "hello"]);
      assert.deepEqual(states, [0, 1, 1]);
    });

    it("H60: gives whole messages in order, text as string and the rest as ArrayBuffer", async () => {
      await using running = await upgrading(engine, echo);
      const next = running.next();
      await using client = await running.open();
      const { data } = await next;
      const large = Buffer.alloc(70_000, "x");
      await client.send(
        Buffer.concat([
          clientFrame("text", "h\u00e9llo"),
          clientFrame("text", ""),
          clientFrame("binary", Buffer.from([0, 255])),
          clientFrame("text", "a", { isFinal: false }),
          clientFrame("ping", "between"),
          clientFrame("continuation", "", { isFinal: false }),
          clientFrame("continuation", "b"),
          clientFrame("binary", large.subarray(0, 65_000), { isFinal: false }),
          clientFrame("continuation", large.subarray(65_000)),
          clientFrame("binary", large),
        ]),
      );
      const frames = await received(client, 7);
      const pong = frames.findIndex(({ opcode }) => opcode === OPCODES.pong);
      const echoes = frames.filter((_frame, i) => i !== pong);

      assert.equal(frames[pong]?.payload.toString(), "between");
      assert.deepEqual(
        data.map((one) => (typeof one === "string" ? one : one.byteLength)),
        ["h\u00e9llo", "", 2, "ab", 70_000, 70_000],
      );
      assert.ok(data[2] instanceof ArrayBuffer && data[4] instanceof ArrayBuffer);
      assert.deepEqual(
        echoes.map(({ opcode, payload }) => [opcode, payload.length]),
        [
          [1, 6],
          [1, 0],
          [2, 2],
          [1, 2],
          [2, 70_000],
          [2, 70_000],
        ],
      );
      assert.ok(echoes[4]!.payload.equals(large));
    });

    it("H60: takes frames that are cut anywhere", async () => {
      await using running = await upgrading(engine, echo);
      await using client = await running.open();
      const octets = clientFrame("text", "x".repeat(130));
      for (const end of [1, 3, 6, 9, 50, octets.length]) {
        const start = [0, 1, 3, 6, 9, 50][[1, 3, 6, 9, 50, octets.length].indexOf(end)]!;
        await client.send(octets.subarray(start, end));
        await turn();
      }
      assert.equal((await received(client, 1))[0]!.payload.length, 130);
    });

    it("H60: sends views as the octets they show, and is not changed by what happens to them later", async () => {
      await using running = await upgrading(engine, (socket) => {
        socket.onopen = () => {
          const bytes = Uint8Array.from([1, 2, 3, 4, 5]);
          socket.send(bytes.subarray(1, 3));
          socket.send(new DataView(bytes.buffer, 3));
          socket.send(bytes.buffer);
          bytes.fill(0);
          assert.throws(() => socket.send({} as string), TypeError);
          assert.throws(() => socket.send(new Blob(["x"]) as unknown as string), TypeError);
          socket.send("lone \ud800");
        };
      });
      await using client = await running.open();
      const payloads = (await received(client, 4)).map(({ payload }) => payload);

      assert.deepEqual(
        payloads.slice(0, 3).map((one) => [...one]),
        [
          [2, 3],
          [4, 5],
          [1, 2, 3, 4, 5],
        ],
      );
      assert.equal(payloads[3]!.toString(), "lone \ufffd");
      assert.deepEqual(running.reports, []);
    });

    it("H49, H60: reports what listeners throw and goes on", async () => {
      await using running = await upgrading(engine, (socket) => {
        socket.onmessage = ({ data }) => {
          socket.send(data);
          throw new Error("attribute");
        };
        socket.addEventListener("message", () => Promise.reject(new Error("async")));
        socket.addEventListener("message", { handleEvent: () => assert.fail("object") } as never);
        socket.addEventListener("close", () => {
          throw new Error("close");
        });
      });
      const next = running.next();
      await using client = await Client.open(running.url);
      client.socket.send("a");
      assert.equal((await client.message()).text, "a");
      client.socket.send("b");
      assert.equal((await client.message()).text, "b");
      client.socket.close();
      await (
        await next
      ).closed;
      await until(5_000, "the reports", () => running.reports.length === 7);

      assert.deepEqual(running.reports.map((error) => (error as Error).message).toSorted(), [
        "async",
        "async",
        "attribute",
        "attribute",
        "close",
        "object",
        "object",
      ]);
    });

    it("H18, H60: runs listeners in the async context of the handler, and of no other", async () => {
      const store = new AsyncLocalStorage<string>();
      const seen: unknown[] = [];
      await using running = await served(engine, (request: Request, context: Context) => {
        const name = new URL(request.url).pathname;
        return store.run(name, () => {
          const { socket, response } = context.upgradeWebSocket!();
          socket.onmessage = ({ data }) => {
            seen.push([data, store.getStore()]);
            store.enterWith("left behind");
            socket.send("done");
          };
          return response;
        });
      });
      const url = `ws://127.0.0.1:${running.port}`;
      await using one = await Client.open(`${url}/one`);
      await using other = await Client.open(`${url}/other`);
      one.socket.send("1");
      await one.message();
      other.socket.send("2");
      await other.message();

      assert.deepEqual(seen, [
        ["1", "/one"],
        ["2", "/other"],
      ]);
    });

    it("H60: tells what waits for a slow client, and drains once it has gone", async () => {
      const flooded = deferred<number>();
      await using running = await upgrading(engine, (socket) => {
        socket.onopen = () => {
          for (let i = 0; i < 24; i++) socket.send(Buffer.alloc(MEBIBYTE, i));
          flooded.resolve(socket.bufferedAmount);
        };
      });
      const next = running.next();
      await using client = await Client.open(running.url);
      client.socket.pause();
      let bytes = 0;
      client.socket.on("message", (data: Buffer) => (bytes += data.length));
      const heard = await next;
      const waiting = await flooded.promise;
      assert.ok(waiting > 8 * MEBIBYTE && waiting < 25 * MEBIBYTE, `${waiting} octets wait`);
      assert.deepEqual(heard.types, ["open"]);

      client.socket.resume();
      await until(10_000, "everything arrives", () => bytes === 24 * MEBIBYTE);
      await until(5_000, "relief", () => heard.types.length === 2);
      assert.deepEqual([heard.types, heard.socket.bufferedAmount], [["open", "drain"], 0]);
    });

    it("H60: closes a slow client after what was sent before", async () => {
      await using running = await upgrading(engine, (socket) => {
        socket.onopen = () => {
          for (let i = 0; i < 16; i++) socket.send(Buffer.alloc(MEBIBYTE));
          socket.close(4009, "that was all");
        };
      });
      await using client = await Client.open(running.url);
      let bytes = 0;
      client.socket.on("message", (data: Buffer) => (bytes += data.length));

      assert.deepEqual(await client.closed, { code: 4009, reason: "that was all" });
      assert.equal(bytes, 16 * MEBIBYTE);
    });

    it("H60: cuts a client that lets too much wait", async () => {
      await using running = await upgrading(
        engine,
        (socket) => {
          socket.onopen = () => {
            for (let i = 0; i < 400; i++) socket.send(Buffer.alloc(64 * 1024));
          };
        },
        { maxMessageBytes: 4 * MEBIBYTE },
      );
      const next = running.next();
      await using client = await running.open();
      client.pause();
      const { closed, types } = await next;
      const { code, reason, wasClean } = await closed;

      assert.deepEqual([code, wasClean, types], [1006, false, ["open", "error", "close"]]);
      assert.match(reason, /4194304 octets/);
    });
  });
}

describe("a handler's socket over TLS", { skip: withoutOpenssl }, () => {
  for (const engine of ENGINES) {
    it(`H60: sends back what comes, ${engine}`, async () => {
      const pair = makePair(["localhost"]);
      const tls = { cert: pair.certFile, key: pair.keyFile, httpsPort: 0, httpPort: "off" } as const;
      await using running = await upgrading(engine, echo, tls);
      const next = running.next();
      await using client = await Client.open(`wss://127.0.0.1:${running.port}`, [], {
        rejectUnauthorized: false,
        headers: { host: "localhost" },
      });
      for (let i = 0; i < 40; i++) client.socket.send(Buffer.alloc(50_000, i));
      client.socket.send("last");
      for (let i = 0; i < 40; i++) assert.ok((await client.message()).bytes.equals(Buffer.alloc(50_000, i)));
      assert.equal((await client.message()).text, "last");
      client.socket.close(4000);
      assert.deepEqual(await (await next).closed, { code: 4000, reason: "", wasClean: true });
    });
  }
});
