// Does an Express app send and take large bodies without holding them? STREAM_MIB (64) says how large; 1024 takes a minute.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { listening, type Running, start } from "../cli/command.ts";
import { ENGINES } from "../support/engines.ts";
import { within } from "../support/waiting.ts";

const APP = fileURLToPath(new URL("streaming-app.js", import.meta.url));
const MIB = 1024 * 1024;
const SIZE_BYTES = Number(process.env["STREAM_MIB"] ?? 64) * MIB;
const LONGEST_MS = 240_000;

/** Buffers of both sides and a heap that breathes: the same for 64 MiB and for 1 GiB. */
const MAX_GROWTH_BYTES = 96 * MIB;

/** The most memory that the process has had at any time. */
function peakBytes({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function download(port: number, bytes: number): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET /${bytes} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
  let received = 0;
  let head = "";
  socket.on("data", (chunk) => {
    if (head === "") head = chunk.toString("latin1");
    received += chunk.length;
  });
  await within(LONGEST_MS, "the end of the download", once(socket, "close"));
  return received - head.indexOf("\r\n\r\n") - 4;
}

async function upload(port: number, bytes: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  const closed = once(socket, "close");
  const begin = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const end = "\r\n--b--\r\n";
  const length = begin.length + bytes + end.length;
  const type = "Content-Type: multipart/form-data; boundary=b";
  socket.write(
    `POST / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n${type}\r\nContent-Length: ${length}\r\n\r\n${begin}`,
  );
  const block = Buffer.alloc(MIB, 65);
  for (let sent = 0; sent < bytes; sent += MIB) await written(socket, block);
  socket.write(end);
  await within(LONGEST_MS, "the answer to the upload", closed);
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

async function written(socket: Socket, block: Buffer): Promise<void> {
  if (!socket.write(block)) await within(LONGEST_MS, "room for more", once(socket, "drain"));
}

describe("large bodies", { skip: process.platform === "linux" ? false : "reads /proc" }, () => {
  for (const engine of ENGINES) {
    it(`pass through an Express app in both directions, in bounded memory [${engine}]`, async (test) => {
      const flags = [
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--engine",
        engine,
        "--log",
        "off",
        "--max-body-bytes",
        "2gb",
      ];
      await using server = start([APP, ...flags]);
      const port = Number(new URL(await listening(server)).port);
      await download(port, MIB);
      await upload(port, MIB);
      const before = peakBytes(server);

      assert.equal(await download(port, SIZE_BYTES), SIZE_BYTES);
      const afterDownload = peakBytes(server);
      assert.equal(await upload(port, SIZE_BYTES), String(SIZE_BYTES));
      const growths = [afterDownload - before, peakBytes(server) - afterDownload];

      test.diagnostic(
        `${SIZE_BYTES / MIB} MiB down and up: ${growths.map((bytes) => Math.round(bytes / MIB)).join(" and ")} MiB more`,
      );
      for (const growth of growths) assert.ok(growth < MAX_GROWTH_BYTES, `${Math.round(growth / MIB)} MiB more`);
    });
  }
});
