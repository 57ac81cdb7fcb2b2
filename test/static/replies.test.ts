// Does a found file answer with the right status, fields and bytes?

import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { describe, it } from "node:test";
import type { StaticPhase } from "../../src/static/handler.ts";
import { type Answer, ask, headOf, MODIFIED, MODIFIED_MS, phaseFor, Site } from "./site.ts";

const DIGITS = "0123456789".repeat(100);
const LARGE = DIGITS.repeat(100);
const LATER = "Wed, 15 Nov 2023 22:13:20 GMT";
const EARLIER = "Mon, 13 Nov 2023 22:13:20 GMT";

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

function assertNotModified({ status, fields, reply }: Answer, etag: string): void {
  assert.equal(status, 304);
  assert.deepEqual(fields, {
    "cache-control": "no-cache",
    etag,
    "accept-ranges": "bytes",
    "x-content-type-options": "nosniff",
    vary: "accept-encoding",
  });
  assert.equal(reply.body, null);
  assert.equal(reply.sizeBytes, null);
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

  it("is answered without a promise when it is small and was just seen", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;
    await ask(phase, "GET", "/small.txt");

    assert.equal(phase(headOf("GET", "/small.txt?again")) instanceof Promise, false);
    assert.equal(phase(headOf("HEAD", "/small.txt")) instanceof Promise, false);
  });
});

describe("a conditional request", () => {
  it("A6: gets a 304 with what the 200 would tell about reuse, and nothing about content", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const [target] of TARGETS) {
      const etag = await etagOf(phase, target);
      assertNotModified(await ask(phase, "GET", target, { "if-none-match": etag }), etag);
      assertNotModified(await ask(phase, "HEAD", target, { "if-none-match": etag }), etag);
    }
  });

  it("A3: matches in a list, weakly, and with a star", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;
    const etag = await etagOf(phase, "/small.txt");

    for (const field of [`"x", ${etag}`, `W/${etag}`, `W/"x",\tW/${etag}`, "*"]) {
      assertNotModified(await ask(phase, "GET", "/small.txt", { "if-none-match": field }), etag);
    }
    for (const field of ['"x"', "x", etag.slice(1, -1), ""]) {
      assert.equal((await ask(phase, "GET", "/small.txt", { "if-none-match": field })).status, 200, field);
    }
  });

  it("A4: compares dates by the second, and ignores garbage", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    const since = async (date: string): Promise<number> =>
      (await ask(phase, "GET", "/small.txt", { "if-modified-since": date })).status;
    assert.equal(await since(MODIFIED), 304);
    assert.equal(await since(LATER), 304);
    assert.equal(await since("Tuesday, 14-Nov-23 22:13:20 GMT"), 304);
    assert.equal(await since("Tue Nov 14 22:13:20 2023"), 304);
    assert.equal(await since(EARLIER), 200);
    assert.equal(await since("garbage"), 200);
    assert.equal(await since("0"), 200);
  });

  it("A4: cuts the file's time to the second before comparing", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    await utimes(`${site.root}/a.txt`, MODIFIED_MS / 1000, MODIFIED_MS / 1000 + 0.9);
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    assert.equal((await ask(phase, "GET", "/a.txt", { "if-modified-since": MODIFIED })).status, 304);
    assert.equal((await ask(phase, "GET", "/a.txt", { "if-unmodified-since": MODIFIED })).status, 200);
  });

  it("A2: fails with 412 when If-Match misses, and a weak tag always misses", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;
    const etag = await etagOf(phase, "/small.txt");

    const match = async (field: string): Promise<number> =>
      (await ask(phase, "GET", "/small.txt", { "if-match": field })).status;
    assert.equal(await match(etag), 200);
    assert.equal(await match(`"x" ,\t${etag}`), 200);
    assert.equal(await match("*"), 200);
    assert.equal(await match('"x"'), 412);
    assert.equal(await match(`W/${etag}`), 412);
  });

  it("A1: is judged in the order of the RFC", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;
    const etag = await etagOf(phase, "/small.txt");

    const status = async (fields: Record<string, string>): Promise<number> =>
      (await ask(phase, "GET", "/small.txt", fields)).status;
    assert.equal(await status({ "if-match": etag, "if-unmodified-since": EARLIER }), 200);
    assert.equal(await status({ "if-none-match": etag, "if-modified-since": EARLIER }), 304);
    assert.equal(await status({ "if-none-match": '"x"', "if-modified-since": LATER }), 200);
    assert.equal(await status({ "if-match": '"x"', "if-none-match": etag }), 412);
    assert.equal(await status({ "if-none-match": etag, range: "bytes=0-0" }), 304);
    assert.equal(await status({ "if-match": '"x"', range: "bytes=5000-" }), 412);
    assert.equal(await status({ "if-unmodified-since": EARLIER }), 412);
  });
});

describe("a range request", () => {
  it("A11: gets exactly the bytes asked for", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const [target, content] of TARGETS) {
      const size = content.length;
      const expected = {
        "0-4": [0, 4],
        "0-0": [0, 0],
        [`${size - 10}-`]: [size - 10, size - 1],
        "-10": [size - 10, size - 1],
      };
      for (const [spec, [start = 0, end = 0]] of Object.entries({ ...expected, "5-500000": [5, size - 1] })) {
        const { status, fields, text, reply } = await ask(phase, "GET", target, { range: `bytes=${spec}` });
        assert.equal(status, 206, spec);
        assert.equal(text, content.slice(start, end + 1), spec);
        assert.equal(fields["content-range"], `bytes ${start}-${end}/${size}`);
        assert.equal(fields["content-type"], "text/plain; charset=utf-8");
        if (reply.body !== null && typeof reply.body === "object" && "next" in reply.body) {
          assert.equal(reply.body.sizeBytes, end + 1 - start);
        }
      }
    }
  });

  it("A12: gets the whole for a suffix that is too long, and 416 for what is not there", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    const whole = await ask(phase, "GET", "/small.txt", { range: "bytes=-5000" });
    assert.equal(whole.status, 206);
    assert.equal(whole.fields["content-range"], "bytes 0-999/1000");
    for (const range of ["bytes=-0", "bytes=1000-", "bytes=1000-1001"]) {
      const answer = await ask(phase, "GET", "/small.txt", { range });
      assert.equal(answer.status, 416);
      assert.equal(answer.fields["content-range"], "bytes */1000");
      assert.equal(answer.fields["cache-control"], "no-store");
      assert.equal("etag" in answer.fields, false);
    }
  });

  it("A13: gets the whole when the field is not understood", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const range of ["abc", "bytes=5-2", "items=0-1", "bytes=abc"]) {
      const { status, fields, text } = await ask(phase, "GET", "/small.txt", { range });
      assert.equal(status, 200);
      assert.equal(text, DIGITS);
      assert.equal("content-range" in fields, false);
    }
    assert.equal((await ask(phase, "GET", "/small.txt", { range: "BYTES=0-1" })).status, 206);
  });

  it("A15: gets the whole, once, when it asks for twenty", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    const { status, text } = await ask(phase, "GET", "/large.txt", {
      range: `bytes=${Array(20).fill("0-").join(",")}`,
    });

    assert.equal(status, 200);
    assert.equal(text.length, LARGE.length);
  });

  it("A16: gets its part only while If-Range names this very version", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const [target, content] of TARGETS) {
      const etag = await etagOf(phase, target);
      for (const current of [etag, MODIFIED]) {
        const answer = await ask(phase, "GET", target, { range: "bytes=1-2", "if-range": current });
        assert.equal(answer.status, 206, current);
      }
      for (const other of ['"x"', `W/${etag}`, LATER, EARLIER, "garbage", "*"]) {
        const answer = await ask(phase, "GET", target, { range: "bytes=1-2", "if-range": other });
        assert.equal(answer.status, 200, other);
        assert.equal(answer.text, content);
      }
    }
  });

  it("A16: is not 416 when If-Range names another version", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    const answer = await ask(phase, "GET", "/small.txt", { range: "bytes=5000-", "if-range": '"x"' });

    assert.equal(answer.status, 200);
  });

  it("A17: counts for GET only", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const range of ["bytes=0-4", "bytes=5000-"]) {
      const answer = await ask(phase, "HEAD", "/small.txt", { range });
      assert.equal(answer.status, 200);
      assert.equal(answer.reply.sizeBytes, 1000);
      assert.equal("content-range" in answer.fields, false);
    }
  });

  it("A19: is offered on 200, 206, 304 and 416", async () => {
    const { site, phase } = await serveSite();
    await using _ = site;

    for (const fields of [{}, { range: "bytes=0-1" }, { "if-none-match": "*" }, { range: "bytes=-0" }]) {
      assert.equal((await ask(phase, "GET", "/small.txt", fields)).fields["accept-ranges"], "bytes");
    }
  });
});
