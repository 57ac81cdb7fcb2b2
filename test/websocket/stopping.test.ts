// H55: sockets of handlers when their server stops, whatever their clients do, and when its certificate is replaced.

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { describe, it } from "node:test";
import { connect } from "node:tls";

import { clientClose, closing, OPCODES, received } from "../../src/conformance/frames.ts";
import type { ServerWebSocket } from "../../src/index.ts";
import { folder, listening, start } from "../cli/command.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";
import { until, within } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { upgrading } from "./handler-server.ts";

const MEBIBYTE = 1024 * 1024;

const APP = `export default (request, context) => {
  const { socket, response } = context.upgradeWebSocket();
  socket.onopen = () => socket.send("open");
  socket.onclose = ({ code, wasClean }) => console.log("closed", code, wasClean);
  return response;
};`;

function echo(socket: ServerWebSocket): void {
  socket.onmessage = ({ data }) => socket.send(data);
}

/** The common name of the certificate that the next client is shown. */
function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

for (const engine of ENGINES) {
  describe(`a stop, ${engine}`, () => {
    it("H55: sends what was sent before, then 1001", async () => {
      await using running = await upgrading(engine, (socket) => {
        socket.onopen = () => {
          for (let i = 0; i < 16; i++) socket.send(Buffer.alloc(MEBIBYTE));
        };
      });
      const next = running.next();
      await using client = await Client.open(running.url);
      let bytes = 0;
      client.socket.on("message", (data: Buffer) => (bytes += data.length));
      const { closed } = await next;
      const stopping = running.server.close({ deadlineMs: 10_000 });

      assert.deepEqual(await client.closed, { code: 1001, reason: "" });
      assert.equal(bytes, 16 * MEBIBYTE);
      assert.deepEqual(await closed, { code: 1001, reason: "", wasClean: true });
      await within(5_000, "the stop", stopping);
      assert.deepEqual(await running.server.closed, { clean: true });
    });

    it("H55: cuts at the deadline who takes nothing of what waits", async () => {
      await using running = await upgrading(engine, (socket) => {
        socket.onopen = () => {
          for (let i = 0; i < 24; i++) socket.send(Buffer.alloc(MEBIBYTE));
        };
      });
      const next = running.next();
      await using client = await running.open();
      client.pause();
      const { closed, socket } = await next;
      await until(5_000, "much waits", () => socket.bufferedAmount > 8 * MEBIBYTE);
      const startMs = performance.now();
      await within(4_000, "the stop", running.server.close({ deadlineMs: 200 }));

      assert.ok(performance.now() - startMs >= 190);
      assert.equal((await within(4_000, "the close", closed)).wasClean, false);
      assert.deepEqual(await running.server.closed, { clean: false });
    });

    it("H55: says 1001 once, and hears the client's goodbye", async () => {
      await using running = await upgrading(engine);
      const next = running.next();
      await using client = await running.open();
      const { closed, types } = await next;
      const stopping = running.server.close({ deadlineMs: 5_000 });
      const [frame] = await received(client, 1);
      assert.deepEqual([frame!.opcode, ...closing(frame!)], [OPCODES.close, 1001, ""]);
      await client.send(clientClose(1001));
      await client.closed();
      await within(4_000, "the stop", stopping);

      assert.deepEqual([(await closed).code, types], [1001, ["open", "close"]]);
      assert.equal((await received(client, 1)).length, 1);
    });

    it(
      "B46, H55: a new certificate leaves them alone, and a stop finds them behind the old one",
      { skip: withoutOpenssl },
      async () => {
        const [first, second] = [
          makePair(["localhost"], { commonName: "first" }),
          makePair(["localhost"], { commonName: "second" }),
        ];
        const tls = { cert: first.certFile, key: first.keyFile, httpsPort: 0, httpPort: "off" } as const;
        await using running = await upgrading(engine, echo, tls);
        const options = { rejectUnauthorized: false, headers: { host: "localhost" } };
        await using client = await Client.open(`wss://127.0.0.1:${running.port}`, [], options);
        copyFileSync(second.keyFile, first.keyFile);
        copyFileSync(second.certFile, first.certFile);
        for (const endMs = performance.now() + 5_000; (await shownName(running.port)) !== "second";) {
          assert.ok(performance.now() < endMs, "the new certificate is shown");
        }
        await using later = await Client.open(`wss://127.0.0.1:${running.port}`, [], options);
        for (const one of [client, later]) {
          one.socket.send("still here");
          assert.equal((await one.message()).text, "still here");
        }
        await within(4_000, "the stop", running.server.close({ deadlineMs: 5_000 }));

        assert.deepEqual([(await client.closed).code, (await later.closed).code], [1001, 1001]);
      },
    );
  });
}

describe("a process that is told to stop (H55)", () => {
  it("tells its sockets, and ends with 0", async () => {
    const place = { cwd: folder({ "app.mjs": APP }) };
    await using command = start(["app.mjs", "--host", "127.0.0.1", "--port", "0"], place);
    const url = (await listening(command)).replace("http", "ws");
    await using client = await Client.open(url);
    assert.equal((await client.message()).text, "open");
    command.child.kill("SIGTERM");

    assert.deepEqual(await client.closed, { code: 1001, reason: "" });
    const { code, stdout, stderr } = await command.ended;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /closed 1001 true/);
  });
});
