// Do the bytes come off the disk as announced, and does every descriptor go back?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, open, rename, rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Reply, ReplySource } from "../../src/engine/engine.ts";
import { openFile, readWhole } from "../../src/static/file.ts";
import type { StaticPhase } from "../../src/static/handler.ts";
import { ask, CANARY, chunksOf, fieldsOf, headOf, openDescriptors, phaseFor, Site } from "./site.ts";

const SLICE = 256 * 1024;
const MIB = 1024 * 1024;

async function serveMebibyte(): Promise<{ site: Site; phase: StaticPhase; content: Buffer }> {
  const content = Buffer.alloc(MIB, "0123456789abcdef+");
  const site = await Site.create({ "big.bin": content });
  return { site, content, phase: phaseFor({ "/": site.root }, { fallthrough: false, cacheBytes: 0 }) };
}

async function get(phase: StaticPhase, target: string, fields: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const reply = await phase(headOf("GET", target, fields));
  assert.ok(reply !== null, "the phase answers");
  return reply;
}

function sourceOf({ body }: Reply): ReplySource {
  assert.ok(body !== null && typeof body === "object" && "next" in body, "the body is a source");
  return body;
}

/** Descriptors are closed off the loop. */
async function assertAllClosed(site: Site): Promise<void> {
  const deadlineMs = Date.now() + 2_000;
  while (openDescriptors(site.base) > 0) {
    assert.ok(Date.now() < deadlineMs, `${openDescriptors(site.base)} descriptors are still open`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a file sent from disk", () => {
  it("arrives in slices of at most 256 KiB, and announces its size", async () => {
    const { site, phase, content } = await serveMebibyte();
    await using _ = site;

    const reply = await get(phase, "/big.bin");
    assert.equal(sourceOf(reply).sizeBytes, MIB);
    const chunks = await chunksOf(reply);

    assert.deepEqual(Buffer.concat(chunks), content);
    assert.equal(
      chunks.every((chunk) => chunk.length > 0 && chunk.length <= SLICE),
      true,
    );
    await assertAllClosed(site);
  });

  it("does not write into a slice that was handed out", async () => {
    const { site, phase, content } = await serveMebibyte();
    await using _ = site;
    const source = sourceOf(await get(phase, "/big.bin"));

    const first = await source.next();
    await source.next();

    assert.deepEqual(Buffer.from(first ?? []), content.subarray(0, SLICE));
    source.cancel(null);
  });

  it("A62: gives its descriptor back on cancel, before the first slice, after it and during it", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;

    const unread = sourceOf(await get(phase, "/big.bin"));
    const begun = sourceOf(await get(phase, "/big.bin"));
    const reading = sourceOf(await get(phase, "/big.bin", { range: "bytes=5-" }));
    await begun.next();
    const slice = reading.next();
    assert.equal(openDescriptors(site.base), 3);
    for (const source of [unread, begun, reading]) source.cancel(new Error("the client left"));

    assert.equal((await slice)?.length, SLICE);
    await assertAllClosed(site);
  });

  it("gives its descriptor back with the last byte, whether or not the end is asked for", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    const source = sourceOf(await get(phase, "/big.bin", { range: "bytes=100-199" }));

    assert.equal((await source.next())?.length, 100);

    await assertAllClosed(site);
    assert.equal(await source.next(), null);
  });

  it("opens nothing for HEAD, 304, 412 and 416", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    await ask(phase, "HEAD", "/big.bin");

    const answers = [
      phase(headOf("HEAD", "/big.bin")),
      phase(headOf("GET", "/big.bin", { "if-none-match": "*" })),
      phase(headOf("GET", "/big.bin", { "if-match": '"x"' })),
      phase(headOf("GET", "/big.bin", { range: "bytes=2000000-" })),
    ];

    assert.equal(
      answers.every((answer) => !(answer instanceof Promise)),
      true,
    );
    assert.equal(openDescriptors(site.base), 0);
  });

  it("A60: that gets shorter fails, instead of ending or being padded", { timeout: 5_000 }, async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    const reply = await get(phase, "/big.bin");
    await sourceOf(reply).next();

    await truncate(join(site.root, "big.bin"), SLICE + 10);

    await assert.rejects(chunksOf(reply), { name: "ServerError", code: "ERR_LENGTH_MISMATCH" });
    await assertAllClosed(site);
  });

  it("A60: that grows is sent to the length that was promised", async () => {
    const { site, phase, content } = await serveMebibyte();
    await using _ = site;
    const reply = await get(phase, "/big.bin");

    await appendFile(join(site.root, "big.bin"), "more");

    assert.deepEqual(Buffer.concat(await chunksOf(reply)), content);
  });

  it("A60: that is replaced or deleted is sent to the end as it was", async () => {
    const { site, phase, content } = await serveMebibyte();
    await using _ = site;
    const replies = [await get(phase, "/big.bin"), await get(phase, "/big.bin")];

    await rename(await site.write("next.bin", Buffer.alloc(MIB, "x")), join(site.root, "big.bin"));
    assert.deepEqual(Buffer.concat(await chunksOf(replies[0] as Reply)), content);
    await rm(join(site.root, "big.bin"));

    assert.deepEqual(Buffer.concat(await chunksOf(replies[1] as Reply)), content);
  });

  it("A61: may be sparse and larger than 4 GiB", async () => {
    await using site = await Site.create();
    const file = await open(join(site.root, "huge.bin"), "w");
    await file.truncate(5 * 2 ** 30);
    await file.write("edge", 2 ** 32);
    await file.close();
    const phase = phaseFor({ "/": site.root }, { fallthrough: false, cacheBytes: 0 });

    assert.equal((await ask(phase, "HEAD", "/huge.bin")).reply.sizeBytes, 5 * 2 ** 30);
    assert.equal((await ask(phase, "GET", "/huge.bin", { range: "bytes=4294967296-4294967299" })).text, "edge");
    assert.equal((await ask(phase, "GET", "/huge.bin", { range: "bytes=-5" })).text, "\0".repeat(5));
  });
});

describe("a file that changes between two looks", () => {
  it("A59: is announced with the size and tag of the bytes that follow", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    const before = await ask(phase, "HEAD", "/big.bin");

    await rename(await site.write("next.bin", "x".repeat(100_000)), join(site.root, "big.bin"));
    const reply = await get(phase, "/big.bin");

    assert.equal(sourceOf(reply).sizeBytes, 100_000);
    assert.notEqual(fieldsOf(reply)["etag"], before.fields["etag"]);
    assert.equal(Buffer.concat(await chunksOf(reply)).length, 100_000);
  });

  it("A59: is judged again by its new facts", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    const etag = (await ask(phase, "HEAD", "/big.bin")).fields["etag"] ?? "";

    await rename(await site.write("next.bin", "x".repeat(100_000)), join(site.root, "big.bin"));

    assert.equal((await ask(phase, "GET", "/big.bin", { range: "bytes=0-1", "if-range": etag })).text.length, 100_000);
    assert.equal((await ask(phase, "GET", "/big.bin", { "if-match": etag })).status, 412);
    assert.equal(
      (await ask(phase, "GET", "/big.bin", { range: "bytes=200000-" })).fields["content-range"],
      "bytes */100000",
    );
    assert.equal(openDescriptors(site.base), 0);
  });

  it("may have become empty", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    await ask(phase, "HEAD", "/big.bin");

    await truncate(join(site.root, "big.bin"), 0);
    const answer = await ask(phase, "GET", "/big.bin");

    assert.equal(answer.status, 200);
    assert.equal(answer.text, "");
    assert.equal(openDescriptors(site.base), 0);
  });

  it("is 404 when it was deleted, or became a directory or a link", async () => {
    const { site, phase } = await serveMebibyte();
    await using _ = site;
    const secret = await site.write("secret.bin", CANARY.padEnd(MIB));
    await ask(phase, "HEAD", "/big.bin");

    await rm(join(site.root, "big.bin"));
    assert.equal((await ask(phase, "GET", "/big.bin")).status, 404);
    await symlink(secret, join(site.root, "big.bin"));
    assert.equal((await ask(phase, "GET", "/big.bin")).status, 404);
    await rm(join(site.root, "big.bin"));
    await site.write("root/big.bin/file", "x");
    assert.equal((await ask(phase, "GET", "/big.bin")).status, 404);
    assert.equal(openDescriptors(site.base), 0);
  });

  it("A45: is 404 when a directory above it became a link out of the root", async () => {
    await using site = await Site.create({ "sub/big.bin": Buffer.alloc(MIB) });
    await site.write("outside/big.bin", CANARY.padEnd(MIB));
    const phase = phaseFor({ "/": site.root }, { fallthrough: false, cacheBytes: 0 });
    await ask(phase, "HEAD", "/sub/big.bin");

    await rename(join(site.root, "sub"), join(site.base, "gone"));
    await symlink("../outside", join(site.root, "sub"));

    assert.equal((await ask(phase, "GET", "/sub/big.bin")).status, 404);
    assert.equal(openDescriptors(site.base), 0);
  });
});

describe("opening a real path", () => {
  it("A45: refuses a link that was put there after the path was checked", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    await symlink("a.txt", join(site.root, "link.txt"));

    await assert.rejects(openFile(join(site.root, "link.txt")), { code: "ELOOP" });
  });

  it("A46: gives nothing for a FIFO or a directory, at once", { timeout: 5_000 }, async () => {
    await using site = await Site.create();
    execFileSync("mkfifo", [join(site.root, "fifo")]);

    assert.equal(await openFile(join(site.root, "fifo")), null);
    assert.equal(await openFile(site.root), null);
    assert.equal(openDescriptors(site.base), 0);
  });

  it("A59: reads a whole file only while it has the size it was found with", async () => {
    await using site = await Site.create({ "a.txt": "12345" });
    const opened = await openFile(join(site.root, "a.txt"));
    assert.ok(opened !== null, "the file opens");

    assert.equal(Buffer.from((await readWhole(opened.handle, 5)) ?? []).toString(), "12345");
    assert.equal(await readWhole(opened.handle, 4), null);
    assert.equal(await readWhole(opened.handle, 6), null);

    await opened.handle.close();
  });
});
