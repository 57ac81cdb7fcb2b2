// Does a client that has a copy get what it needs to know, and no more? (RFC 9110 section 13.)

import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { MODIFIED, MODIFIED_MS } from "./site.ts";
import { everyWay } from "./wire.ts";

const DIGITS = "0123456789".repeat(100);
const LATER = "Wed, 15 Nov 2023 22:13:20 GMT";
const EARLIER = "Mon, 13 Nov 2023 22:13:20 GMT";

everyWay("a conditional request", { files: { "a.bin": DIGITS, "a.txt": DIGITS } }, (served) => {
  it("A1: is judged by If-Match before If-Unmodified-Since, and by If-None-Match before If-Modified-Since", async () => {
    const etag = await served.etag("/a.bin");

    assert.equal(await served.status("/a.bin", `If-Match: ${etag}`, `If-Unmodified-Since: ${EARLIER}`), 200);
    assert.equal(await served.status("/a.bin", `If-Unmodified-Since: ${EARLIER}`), 412);
    assert.equal(await served.status("/a.bin", `If-Unmodified-Since: ${MODIFIED}`), 200);
    assert.equal(await served.status("/a.bin", `If-None-Match: ${etag}`, `If-Modified-Since: ${EARLIER}`), 304);
    assert.equal(await served.status("/a.bin", 'If-None-Match: "x"', `If-Modified-Since: ${LATER}`), 200);
    assert.equal(await served.status("/a.bin", `If-Match: ${etag}`, `If-None-Match: ${etag}`), 304);
    assert.equal(await served.status("/a.bin", 'If-Match: "x"', `If-None-Match: ${etag}`), 412);
    assert.equal(await served.status("/a.bin", `If-Unmodified-Since: ${EARLIER}`, `If-None-Match: ${etag}`), 412);
    assert.equal(await served.status("/a.bin", `If-None-Match: ${etag}`, "Range: bytes=0-4"), 304);
  });

  it("A2: If-Match compares strongly, in lists and with a star", async () => {
    const etag = await served.etag("/a.bin");

    assert.equal(await served.status("/a.bin", `If-Match: "x",\t ${etag} , "y"`), 200);
    assert.equal(await served.status("/a.bin", "If-Match: *"), 200);
    assert.equal(await served.status("/a.bin", `If-Match: W/${etag}`), 412);
    assert.equal(await served.status("/a.bin", 'If-Match: "x"'), 412);
  });

  it("A3: If-None-Match compares weakly, in lists and with a star", async () => {
    const etag = await served.etag("/a.bin");

    for (const field of [etag, `W/${etag}`, `"x", ${etag}`, `"x",W/${etag},`, "*"]) {
      assert.equal(await served.status("/a.bin", `If-None-Match: ${field}`), 304, field);
    }
    assert.equal(await served.status("/a.bin", 'If-None-Match: "x", "y"'), 200);
    assert.equal(await served.status("/a.bin", `If-None-Match: ${etag.slice(1, -1)}`), 200);
  });

  it("A4: If-Modified-Since takes all three forms of a date, cuts to seconds, and ignores what is none", async () => {
    const fresh = [
      MODIFIED,
      LATER,
      "Tuesday, 14-Nov-23 22:13:20 GMT",
      "Tue Nov 14 22:13:20 2023",
      "Thu, 01 Jan 2099 00:00:00 GMT",
    ];
    for (const date of fresh) assert.equal(await served.status("/a.bin", `If-Modified-Since: ${date}`), 304, date);
    const stale = [EARLIER, "Tuesday, 14-Nov-94 22:13:20 GMT", "Mon Nov 13 22:13:20 2023", "garbage", "1700000000", ""];
    for (const date of stale) assert.equal(await served.status("/a.bin", `If-Modified-Since: ${date}`), 200, date);
  });

  it("A5: does not change an answer that would not be 2xx", async () => {
    assert.equal(await served.status("/missing", "If-Match: *"), 404);
    assert.equal(await served.status("/missing", "If-None-Match: *", `If-Modified-Since: ${LATER}`), 404);
  });

  it("A6: a 304 repeats what is about the copy, and nothing about content", async () => {
    const etag = await served.etag("/a.txt");

    const { fields, body } = await served.get("/a.txt", `If-None-Match: ${etag}`);

    const told = new Map(fields);
    assert.equal(told.get("etag"), etag);
    assert.equal(told.get("cache-control"), "no-cache");
    assert.equal(told.get("vary"), "accept-encoding");
    assert.ok(told.has("date"));
    assert.deepEqual(
      [...told.keys()].filter((name) => /^content-|^last-modified|^transfer/.test(name)),
      [],
    );
    assert.equal(body.length, 0);
  });

  it("A6: leaves the connection in step", async () => {
    const etag = await served.etag("/a.bin");
    await using client = await served.connect();

    for (let i = 0; i < 3; i++) {
      await client.send(`GET /a.bin HTTP/1.1\r\nHost: a.example\r\nIf-None-Match: ${etag}\r\n\r\n`);
      assert.equal((await client.response()).status, 304);
      await client.send("GET /a.bin HTTP/1.1\r\nHost: a.example\r\n\r\n");
      assert.equal((await client.response()).text, DIGITS);
    }
  });
});

everyWay(
  "the validators of a file",
  { files: { "a.bin": "a", "zero.bin": "z", "one.bin": "o", "future.bin": "f" } },
  (served) => {
    it("A7, A67: are strong, and the same for every server and every start", async () => {
      const first = await served.get("/a.bin");
      const other = await served.serve({ static: { "/": served.site.root } });

      const fields = new Map((await fetch(`http://127.0.0.1:${other.port}/a.bin`)).headers);
      await other.close({ deadlineMs: 0 });

      for (const name of ["etag", "last-modified", "vary", "content-length"])
        assert.equal(fields.get(name) ?? null, first.field(name));
      assert.match(first.field("etag") ?? "", /^"[0-9a-z]+-1"$/);
    });

    it("A8: come from the content where the time of the file says nothing", async () => {
      await utimes(join(served.site.root, "zero.bin"), 0, 0);
      await utimes(join(served.site.root, "one.bin"), 1, 1);

      for (const target of ["/zero.bin", "/one.bin"]) {
        const { fields } = await served.get(target);
        assert.deepEqual(
          fields.filter(([name]) => name === "last-modified"),
          [],
        );
        assert.equal(await served.status(target, `If-None-Match: ${await served.etag(target)}`), 304);
        assert.equal(await served.status(target, `If-Modified-Since: ${LATER}`), 200);
      }
    });

    it("A9: name no time later than Date", async () => {
      await utimes(join(served.site.root, "future.bin"), 4_000_000_000, 4_000_000_000);

      const { fields } = await served.get("/future.bin");

      assert.deepEqual(
        fields.filter(([name]) => name === "last-modified"),
        [],
      );
    });

    it("A10: tell two writings within one second apart", async () => {
      const file = join(served.site.root, "twice.bin");
      const tags = new Set<string>();
      const other = await served.serve({ static: { "/": served.site.root }, staticRevalidateMs: 0 });

      for (const ms of [0.1, 0.2, 500]) {
        await writeFile(file, "same size");
        await utimes(file, (MODIFIED_MS + ms) / 1000, (MODIFIED_MS + ms) / 1000);
        tags.add((await fetch(`http://127.0.0.1:${other.port}/twice.bin`)).headers.get("etag") ?? "");
      }
      await other.close({ deadlineMs: 0 });

      assert.equal(tags.size, 3);
    });
  },
);
