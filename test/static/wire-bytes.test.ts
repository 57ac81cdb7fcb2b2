// Are the bytes those of the file, whatever happens to it or to its reader meanwhile?

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, open, rename, rm, truncate, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import type { RawClient } from "../support/raw-client.ts";
import { until } from "../support/waiting.ts";
import { openDescriptors, type Site } from "./site.ts";
import { everyWay, request, type ServedSite } from "./wire.ts";

const MIB = 1024 * 1024;
const SPARSE_BYTES = 5 * 1024 * MIB;

/** More than a client that stopped reading, its system and ours hold between them. */
const LARGE_BYTES = 24 * MIB;
const LARGE = Buffer.alloc(LARGE_BYTES, "0123456789abcdef+");

const FILES = { "small.txt": "small", "changing.txt": "a".repeat(1000), "medium.bin": new Uint8Array(100_000) };

async function prepare(site: Site): Promise<void> {
  const sparse = await open(join(site.root, "sparse.bin"), "w");
  await sparse.truncate(SPARSE_BYTES);
  await sparse.write("left", 4_294_967_296);
  await sparse.write("right", SPARSE_BYTES - 5);
  await sparse.close();
}

/** A client that has the head and the beginning of a large file, and reads no further. */
async function stalled(served: ServedSite, target: string): Promise<RawClient> {
  const client = await served.connect({ isPaused: true });
  await client.send(request("GET", target, ["Connection: close"]));
  client.resume();
  await client.peek(1_000);
  client.pause();
  return client;
}

const withoutThreadCounts = existsSync(`/proc/self/task/${process.pid}/io`)
  ? false
  : "this system does not count what each thread reads";

/** Octets that read and pread gave so far: to this process, or to one thread of it. */
function bytesReadBy(whom: string): number {
  return Number(/^rchar: (\d+)/.exec(readFileSync(`/proc/self/${whom}/io`, "latin1"))?.[1]);
}

async function large(served: ServedSite, name: string): Promise<string> {
  const file = join(served.site.root, name);
  await writeFile(file, LARGE);
  return file;
}

const bodyOf = (message: Buffer): Buffer => message.subarray(message.indexOf("\r\n\r\n") + 4);

everyWay("the bytes of a file", { files: FILES, prepare }, (served) => {
  it("A59: follow a change within a second, under a head that belongs to them", { timeout: 20_000 }, async () => {
    const file = join(served.site.root, "changing.txt");
    for (const [letter, size] of [
      ["b", 500],
      ["c", 70_000],
      ["d", 10],
    ] as const) {
      await writeFile(file, letter.repeat(size));
      const changedMs = Date.now();
      for (let seen = ""; seen !== letter;) {
        const { body, text, field } = await served.get("/changing.txt");
        assert.equal(field("content-length"), String(body.length));
        assert.equal(new Set(text).size, 1);
        seen = text[0] ?? "";
        assert.ok(seen === letter || Date.now() - changedMs < 5_000, "the change is noticed");
        if (served.way.mode === "development") assert.equal(seen, letter);
      }
    }
  });

  it("A59: are there as soon as a missing file is", { timeout: 20_000 }, async () => {
    assert.equal(await served.status("/new.txt"), 404);
    await writeFile(join(served.site.root, "new.txt"), "new");
    const sinceMs = Date.now();
    while ((await served.status("/new.txt")) !== 200) assert.ok(Date.now() - sinceMs < 5_000);
  });

  it("A60: end short with the connection when the file is truncated meanwhile", { timeout: 20_000 }, async () => {
    const file = await large(served, "truncated.bin");
    const client = await stalled(served, "/truncated.bin");

    await truncate(file, 5_000);
    const message = await client.untilClose(15_000);

    assert.match(message.toString("latin1", 0, 500), new RegExp(`content-length: ${LARGE_BYTES}\r\n`, "i"));
    const body = bodyOf(message);
    assert.ok(body.length < LARGE_BYTES && body.equals(LARGE.subarray(0, body.length)), "nothing is padded or added");
    assert.equal((await served.get("/small.txt")).text, "small");
  });

  it("A60: are exactly as many as promised when the file grows", { timeout: 20_000 }, async () => {
    const file = await large(served, "grown.bin");
    await using client = await stalled(served, "/grown.bin");

    await appendFile(file, "more");
    assert.ok(bodyOf(await client.untilClose(15_000)).equals(LARGE));
  });

  it("A60: stay those of the old file when it is replaced or deleted meanwhile", { timeout: 20_000 }, async () => {
    const file = await large(served, "replaced.bin");
    await writeFile(`${file}.new`, Buffer.alloc(LARGE_BYTES, "x"));
    await using first = await stalled(served, "/replaced.bin");
    await rename(`${file}.new`, file);
    assert.ok(bodyOf(await first.untilClose(15_000)).equals(LARGE));

    await using second = await stalled(served, "/replaced.bin");
    await rm(file);
    assert.equal(bodyOf(await second.untilClose(15_000)).length, LARGE_BYTES);
  });

  it("A61: are counted exactly beyond 4 GiB, and take no memory", async () => {
    const before = process.memoryUsage().rss;

    assert.equal((await served.head("/sparse.bin")).field("content-length"), String(SPARSE_BYTES));
    const left = await served.get("/sparse.bin", "Range: bytes=4294967296-4294967299");
    assert.deepEqual([left.status, left.text], [206, "left"]);
    const right = await served.get("/sparse.bin", "Range: bytes=-5");
    assert.deepEqual(
      [right.text, right.field("content-range")],
      ["right", `bytes ${SPARSE_BYTES - 5}-${SPARSE_BYTES - 1}/${SPARSE_BYTES}`],
    );
    assert.equal(await served.status("/sparse.bin", `Range: bytes=${SPARSE_BYTES}-`), 416);

    assert.ok(process.memoryUsage().rss - before < 100 * MIB);
  });

  it(
    "A62: wait for a slow reader on the disk, and the descriptor goes when it leaves",
    { timeout: 20_000 },
    async () => {
      const before = process.memoryUsage().rss;
      const open = openDescriptors(served.site.base);
      const clients = await Promise.all(Array.from({ length: 5 }, () => stalled(served, "/sparse.bin")));

      assert.equal(openDescriptors(served.site.base), open + 5);
      assert.ok(process.memoryUsage().rss - before < 200 * MIB);
      for (const client of clients) client.reset();

      await until(5_000, "the descriptors are closed", () => openDescriptors(served.site.base) === open);
    },
  );

  it("A65: are read off the loop", { skip: withoutThreadCounts, timeout: 30_000 }, async () => {
    const readBytes = 64 * MIB;
    const loop = bytesReadBy(`task/${process.pid}`);
    const inProcess = bytesReadBy(".");

    // A reader in another process, so that only serving happens in this one.
    const url = `http://127.0.0.1:${served.port}/sparse.bin`;
    const fields = `{ range: "bytes=0-${readBytes - 1}" }`;
    const script = `require("http").get("${url}", { headers: ${fields} }, (answer) => answer.resume())`;
    await promisify(execFile)(process.execPath, ["-e", script]);

    assert.ok(bytesReadBy(".") - inProcess >= readBytes, "the system counts what is read");
    const onLoop = bytesReadBy(`task/${process.pid}`) - loop;
    assert.ok(onLoop < MIB, `${onLoop} bytes were read by the thread that serves`);
  });

  it("A66: of a small file that is known come with their head in one piece", async () => {
    await served.get("/small.txt");
    const socket = connect({ port: served.port, host: "127.0.0.1", noDelay: true });
    const pieces: string[] = [];
    for (let i = 0; i < 20; i++) {
      socket.write(request("GET", "/small.txt"));
      const [piece] =
        (await new Promise<[Buffer]>((resolve) => socket.once("data", (bytes) => resolve([bytes])))) ?? [];
      pieces.push(piece.toString("latin1"));
    }
    socket.destroy();

    for (const piece of pieces) assert.ok(piece.startsWith("HTTP/1.1 200") && piece.endsWith("\r\n\r\nsmall"), piece);
  });

  it("A58: of a larger file are the same from disk and from memory", async () => {
    for (let i = 0; i < 3; i++) assert.equal((await served.get("/medium.bin")).body.length, 100_000);
  });
});
