// Does a found file answer with the right status, fields and bytes?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Reply } from "../../src/engine/engine.ts";
import { headBlock } from "../../src/http/head-block.ts";
import type { StaticPhase } from "../../src/static/handler.ts";
import { ask, headOf, MODIFIED, MODIFIED_MS, phaseFor, Site } from "./site.ts";

const DIGITS = "0123456789".repeat(100);
const LARGE = DIGITS.repeat(100);

/** The same 1,000-byte and 100,000-byte checks for what is served from memory and from disk. */
const TARGETS = [
  ["/small.txt", DIGITS],
  ["/large.txt", LARGE],
] as const;

async function serveSite(): Promise<{ site: Site; phase: StaticPhase }> {
  const site = await Site.create({ "small.txt": DIGITS, "large.txt": LARGE, "empty.txt": "", "page.html": "<p>" });
  return { site, phase: phaseFor({ "/": site.root }, { fallthrough: false }) };
}

async function etagOf(phase: StaticPhase, target: string): Promise<string> {
  return (await ask(phase, "HEAD", target)).fields["etag"] ?? "";
}

describe("a found file", () => {
  it("A30: is sent whole, to be revalidated before each reuse", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const [target, content] of TARGETS) {
      const { status, fields, text } = await ask(phase, "GET", target);
      assert.equal(status, 200);
      assert.equal(text, content);
      assert.equal(fields["content-type"], "text/plain; charset=utf-8");
      assert.equal(fields["cache-control"], "no-cache");
      assert.equal(fields["last-modified"], MODIFIED);
      assert.equal(fields["accept-ranges"], "bytes");
      assert.equal(fields["x-content-type-options"], "nosniff");
    }
  });

  it("A7: has a strong tag made of its time and size, the same in every server", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;
    const other = phaseFor({ "/": site.root }, { fallthrough: true });

    const expected = `"${(BigInt(MODIFIED_MS) * 1_000_000n).toString(36)}-${(1000).toString(36)}"`;
    assert.equal(await etagOf(phase, "/small.txt"), expected);
    assert.equal(await etagOf(other, "/small.txt"), expected);
  });

  it("leaves the fields of the connection to the engine", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const [target] of TARGETS) {
      for (const range of [{}, { range: "bytes=0-1" }, { range: "bytes=-0" }, { "if-none-match": "*" }]) {
        const { fields } = await ask(phase, "GET", target, range);
        for (const name of ["date", "connection", "content-length", "transfer-encoding"])
          assert.equal(name in fields, false);
      }
    }
  });

  it("A20: answers HEAD with the fields and the length of GET, and no body", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const target of ["/small.txt", "/large.txt", "/empty.txt", "/page.html"]) {
      const get = await ask(phase, "GET", target);
      const head = await ask(phase, "HEAD", target);
      assert.equal(head.status, 200);
      assert.deepEqual(head.reply.fields, get.reply.fields);
      assert.equal(head.reply.body, null);
      assert.equal(head.reply.sizeBytes, get.text.length);
    }
  });

  it("may be empty", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    const get = await ask(phase, "GET", "/empty.txt");
    assert.equal(get.status, 200);
    assert.equal((get.reply.body as Uint8Array).length, 0);
    assert.equal((await ask(phase, "GET", "/empty.txt", { range: "bytes=-5" })).status, 200);
    assert.equal((await ask(phase, "GET", "/empty.txt", { range: "bytes=0-0" })).fields["content-range"], "bytes */0");
  });

  it("gives the same array of fields to each request, so that engines may keep the block they make of it", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const [target] of TARGETS) {
      const first = await ask(phase, "GET", target);
      const second = await ask(phase, "GET", target, { range: "items=0-1" });
      assert.equal(second.reply.fields, first.reply.fields);
    }
  });

  it("A11: is sent in part with a head that says what the fields say, made ready where that is ASCII", async () => {
    await using site = await Site.create({ "a.txt": DIGITS });
    const headers = [{ "x-note": "plain" }, { "x-note": "caf\u00e9" }];
    const replies = headers.map(async (added) => {
      const phase = phaseFor({ "/": { dir: site.root, headers: added } }, { fallthrough: false });
      await ask(phase, "GET", "/a.txt");
      return (await ask(phase, "GET", "/a.txt", { range: "bytes=10-12" })).reply;
    });
    const [plain, foreign] = (await Promise.all(replies)) as [Reply, Reply];

    for (const { fields, body } of [plain, foreign]) {
      assert.equal(fields[fields.indexOf("content-range") + 1], "bytes 10-12/1000");
      assert.equal(Buffer.from(body as Uint8Array).toString(), "012");
    }
    assert.equal(plain.block, headBlock(206, "", plain.fields));
    assert.equal(foreign.block, undefined);
  });

  it("is answered without a promise when it is small and was just seen", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;
    await ask(phase, "GET", "/small.txt");

    assert.equal(phase(headOf("GET", "/small.txt?again")) instanceof Promise, false);
    assert.equal(phase(headOf("HEAD", "/small.txt")) instanceof Promise, false);
  });
});
