// Does a client that asks for a part get that part? (RFC 9110 section 14.)

import assert from "node:assert/strict";
import { it } from "node:test";
import type { RawResponse } from "../support/raw-response.ts";
import { MODIFIED } from "./site.ts";
import { everyWay, request } from "./wire.ts";

const DIGITS = "0123456789".repeat(100);
const LARGE = DIGITS.repeat(3_000);
const LATER = "Wed, 15 Nov 2023 22:13:20 GMT";

/** From memory, and from disk: the cache takes nothing of three megabytes. */
const TARGETS = [
  ["/small.bin", DIGITS],
  ["/large.bin", LARGE],
] as const;

const FILES = {
  "small.bin": DIGITS,
  "large.bin": LARGE,
  "app.js": DIGITS,
  "app.js.gz": DIGITS.slice(0, 500),
  "empty.bin": "",
};

/** The parts of a multipart body, as their fields and content. */
function partsOf({ text, field }: RawResponse): string[][] {
  const boundary = /^multipart\/byteranges; boundary=([\w-]+)$/.exec(field("content-type") ?? "")?.[1];
  assert.ok(boundary !== undefined, "the type is multipart");
  const [before, ...parts] = `\r\n${text}`.split(`\r\n--${boundary}`);
  assert.equal(before, "");
  assert.equal(parts.pop(), "--\r\n");
  return parts.map((part) => part.split("\r\n").filter((line) => line !== ""));
}

everyWay("a range", { files: FILES }, (served) => {
  it("A11: gives the bytes asked for, up to the end", async () => {
    for (const [target, content] of TARGETS) {
      const { length } = content;
      const cases = [
        ["0-4", 0, 4],
        [`${length - 10}-`, length - 10, length - 1],
        ["-10", length - 10, length - 1],
        [`0-${length * 5}`, 0, length - 1],
        ["7-7", 7, 7],
      ] as const;
      for (const [range, start, end] of cases) {
        const answer = await served.get(target, `Range: bytes=${range}`);
        assert.equal(answer.status, 206, range);
        assert.equal(answer.field("content-range"), `bytes ${start}-${end}/${length}`);
        assert.equal(answer.field("content-length"), String(end - start + 1));
        assert.ok(answer.text === content.slice(start, end + 1), `${target} ${range}`);
      }
    }
  });

  it("A12: longer than the file is the file from its end; past it there is nothing", async () => {
    for (const [target, content] of TARGETS) {
      const longer = await served.get(target, `Range: bytes=-${content.length * 5}`);
      assert.deepEqual([longer.status, longer.body.length], [206, content.length]);
      for (const range of ["-0", `${content.length}-`, `${content.length}-${content.length + 5}`]) {
        const { status, field } = await served.get(target, `Range: bytes=${range}`);
        assert.deepEqual([status, field("content-range")], [416, `bytes */${content.length}`], range);
      }
    }
  });

  it("A13: is ignored with another unit or bad syntax, and its unit has no case", async () => {
    for (const range of ["bytes=abc", "bytes=5-2", "items=0-1", "abc", "bytes=", "bytes=0x0-1"]) {
      const { status, text } = await served.get("/small.bin", `Range: ${range}`);
      assert.deepEqual([status, text], [200, DIGITS], range);
    }
    assert.equal((await served.get("/small.bin", "Range: BYTES=0-4")).text, "01234");
  });

  it("A14: several make a multipart body, and one that exists of several a plain one", async () => {
    for (const [target, content] of TARGETS) {
      const answer = await served.get(target, "Range: bytes=0-0, 10-11,-3");
      assert.equal(answer.status, 206);
      assert.equal(answer.field("content-range"), null);
      assert.equal(answer.field("content-length"), String(answer.body.length));
      const type = "content-type: application/octet-stream";
      assert.deepEqual(partsOf(answer), [
        [type, `content-range: bytes 0-0/${content.length}`, "0"],
        [type, `content-range: bytes 10-11/${content.length}`, "01"],
        [type, `content-range: bytes ${content.length - 3}-${content.length - 1}/${content.length}`, "789"],
      ]);
      const single = await served.get(target, `Range: bytes=0-4,${content.length}-`);
      assert.deepEqual(
        [single.status, single.text, single.field("content-type")],
        [206, "01234", "application/octet-stream"],
      );
    }
  });

  it("A14: leave the connection in step", async () => {
    await using client = await served.connect();

    for (const [target] of TARGETS) {
      await client.send(request("GET", target, ["Range: bytes=0-0,5-9"]));
      assert.equal((await client.response()).status, 206);
    }
    await client.send(request("GET", "/small.bin"));
    assert.equal((await client.response()).text, DIGITS);
  });

  it("A15: too many, or more than there is, are the whole file once", async () => {
    for (const range of [Array(20).fill("0-").join(","), "0-,0-", Array(17).fill("0-0").join(",")]) {
      const { status, body } = await served.get("/small.bin", `Range: bytes=${range}`);
      assert.deepEqual([status, body.length], [200, 1000], range);
    }
  });

  it("A16: counts only with an If-Range that names exactly this file", async () => {
    for (const [target] of TARGETS) {
      const etag = await served.etag(target);
      const statusFor = (ifRange: string): Promise<number> =>
        served.status(target, "Range: bytes=0-4", `If-Range: ${ifRange}`);

      assert.deepEqual([await statusFor(etag), await statusFor(MODIFIED)], [206, 206]);
      for (const other of [`W/${etag}`, '"x"', LATER, "garbage", "*"]) assert.equal(await statusFor(other), 200, other);
    }
  });

  it("A17, A20: HEAD has the fields of the whole, and no body", async () => {
    for (const [target, content] of TARGETS) {
      const get = await served.get(target);
      const head = await served.head(target, "Range: bytes=0-4");
      assert.deepEqual([head.status, head.field("content-length")], [200, String(content.length)]);
      const named = ({ fields }: RawResponse): string[] =>
        fields
          .filter(([name]) => name !== "date")
          .map((line) => line.join(": "))
          .toSorted();
      assert.deepEqual(named(head), named(get));
    }
  });

  it("A18: of a compressed variant counts compressed bytes, with the tag of that variant", async () => {
    const accept = "Accept-Encoding: gzip";
    const coded = await served.etag("/app.js", accept);
    const plain = await served.etag("/app.js");

    const part = await served.get("/app.js", accept, "Range: bytes=-5", `If-Range: ${coded}`);
    assert.deepEqual(
      [part.status, part.field("content-encoding"), part.field("content-range")],
      [206, "gzip", "bytes 495-499/500"],
    );
    assert.equal(await served.status("/app.js", accept, "Range: bytes=-5", `If-Range: ${plain}`), 200);
  });

  it("A19: is announced on 200, 206, 304 and 416", async () => {
    const etag = await served.etag("/small.bin");
    for (const field of ["X-A: b", "Range: bytes=0-4", `If-None-Match: ${etag}`, "Range: bytes=5000-"]) {
      assert.equal((await served.get("/small.bin", field)).field("accept-ranges"), "bytes", field);
    }
  });

  it("of an empty file is the empty file, or nothing", async () => {
    const whole = await served.get("/empty.bin");
    assert.deepEqual([whole.status, whole.field("content-length")], [200, "0"]);
    assert.equal(await served.status("/empty.bin", "Range: bytes=-5"), 200);
    assert.equal((await served.get("/empty.bin", "Range: bytes=0-")).field("content-range"), "bytes */0");
  });
});
