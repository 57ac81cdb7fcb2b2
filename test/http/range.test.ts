// Are byte ranges resolved as RFC 9110 section 14 says?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatContentRange, formatUnsatisfiedRange, parseRanges } from "../../src/http/range.ts";

describe("a byte range", () => {
  it("A11: names its first and last byte", () => {
    assert.deepEqual(parseRanges("bytes=0-4", 1000), [{ start: 0, end: 4 }]);
    assert.deepEqual(parseRanges("bytes=0-0", 1000), [{ start: 0, end: 0 }]);
    assert.deepEqual(parseRanges("bytes=999-999", 1000), [{ start: 999, end: 999 }]);
  });

  it("A11: without a last byte, or with one past the end, goes to the end", () => {
    assert.deepEqual(parseRanges("bytes=990-", 1000), [{ start: 990, end: 999 }]);
    assert.deepEqual(parseRanges("bytes=0-5000", 1000), [{ start: 0, end: 999 }]);
    assert.deepEqual(parseRanges(`bytes=0-${"9".repeat(400)}`, 1000), [{ start: 0, end: 999 }]);
  });

  it("A12: as a suffix counts from the end, and is the whole when it is longer", () => {
    assert.deepEqual(parseRanges("bytes=-10", 1000), [{ start: 990, end: 999 }]);
    assert.deepEqual(parseRanges("bytes=-1", 1000), [{ start: 999, end: 999 }]);
    assert.deepEqual(parseRanges("bytes=-5000", 1000), [{ start: 0, end: 999 }]);
  });

  it("A12: past the end cannot be satisfied, nor can an empty suffix", () => {
    assert.equal(parseRanges("bytes=1000-", 1000), "unsatisfiable");
    assert.equal(parseRanges("bytes=1000-2000", 1000), "unsatisfiable");
    assert.equal(parseRanges(`bytes=${"9".repeat(400)}-`, 1000), "unsatisfiable");
    assert.equal(parseRanges("bytes=-0", 1000), "unsatisfiable");
  });

  it("A13: has a unit in any case", () => {
    assert.deepEqual(parseRanges("BYTES=0-4", 1000), [{ start: 0, end: 4 }]);
    assert.deepEqual(parseRanges("Bytes=-4", 1000), [{ start: 996, end: 999 }]);
  });

  it("A13: is ignored with another unit or bad syntax", () => {
    const ignored = [
      "",
      "abc",
      "bytes",
      "bytes=",
      "bytes=-",
      "bytes=abc",
      "bytes=5-2",
      "bytes=0x0-4",
      "bytes=1e1-20",
      "bytes=+1-4",
      "bytes=--4",
      "bytes=0--4",
      "bytes=1.0-4",
      "bytes =0-4",
      "bytes= 0-4",
      "bytes=0 -4",
      "bytes=0-4 ",
      "bytes=0-4\n",
      "bytes=٠-٤",
      "bytes:0-4",
      "0-4",
      "items=0-1",
      "bytesx=0-1",
    ];
    for (const field of ignored) assert.equal(parseRanges(field, 1000), "ignore", JSON.stringify(field));
  });

  it("A14: may be one of several, in the order asked for", () => {
    const expected = [
      { start: 10, end: 11 },
      { start: 0, end: 0 },
      { start: 999, end: 999 },
    ];
    assert.deepEqual(parseRanges("bytes=10-11,0-0,-1", 1000), expected);
    assert.deepEqual(parseRanges("bytes=10-11 ,\t0-0,, -1,", 1000), expected);
  });

  it("A14: is the only one when the others do not exist", () => {
    assert.deepEqual(parseRanges("bytes=0-0,1000-", 1000), [{ start: 0, end: 0 }]);
    assert.equal(parseRanges("bytes=1000-,-0", 1000), "unsatisfiable");
  });

  it("A15: is ignored with more of them than a reader needs, or more bytes than there are", () => {
    assert.equal(parseRanges(`bytes=${Array(20).fill("0-").join(",")}`, 1000), "ignore");
    assert.equal(parseRanges("bytes=0-,0-", 1000), "ignore");
    assert.equal(parseRanges("bytes=0-500,500-999", 1000), "ignore");
    assert.equal(parseRanges(`bytes=${Array(17).fill("0-0").join(",")}`, 1000), "ignore");
    assert.equal((parseRanges(`bytes=${Array(16).fill("0-0").join(",")}`, 1000) as unknown[]).length, 16);
  });

  it("A13: is ignored when any of several is not one", () => {
    for (const list of ["0-0, bytes=1-1", "0-0,abc", "0-0,5-2", ",", ",,", "0-0;1-1"]) {
      assert.equal(parseRanges(`bytes=${list}`, 1000), "ignore", list);
    }
  });

  it("of nothing cannot start anywhere, and its suffix is the empty whole", () => {
    assert.equal(parseRanges("bytes=0-", 0), "unsatisfiable");
    assert.equal(parseRanges("bytes=0-0", 0), "unsatisfiable");
    assert.equal(parseRanges("bytes=-1", 0), "ignore");
  });

  it("A61: stays exact beyond 32 bits", () => {
    const sizeBytes = 5 * 2 ** 30;
    assert.deepEqual(parseRanges("bytes=4294967296-4294967299", sizeBytes), [{ start: 4294967296, end: 4294967299 }]);
    assert.deepEqual(parseRanges("bytes=-5", sizeBytes), [{ start: sizeBytes - 5, end: sizeBytes - 1 }]);
  });

  it("selects exactly the bytes that a slice of the content would hold", () => {
    const position = fc.nat(40);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }),
        fc.option(position),
        fc.option(position),
        (content, first, last) => {
          fc.pre(first !== null || last !== null);
          const ranges = parseRanges(`bytes=${first ?? ""}-${last ?? ""}`, content.length);

          const expected =
            first === null
              ? content.subarray(Math.max(0, content.length - (last ?? 0)))
              : content.subarray(first, last === null ? undefined : last + 1);
          if (typeof ranges === "object") {
            const range = ranges[0]!;
            assert.equal(ranges.length, 1);
            assert.equal(range.start <= range.end && range.end < content.length, true);
            assert.deepEqual(content.subarray(range.start, range.end + 1), expected);
          } else {
            assert.equal(expected.length, 0);
          }
        },
      ),
    );
  });

  it("is the same whether it is the plain one that most clients send, or one that takes reading", () => {
    const position = fc.oneof(fc.nat(40), fc.constantFrom("007", "9007199254740993", "", "1e1", "+1"));
    fc.assert(
      fc.property(position, position, fc.nat(30), (first, last, sizeBytes) => {
        const range = `=${first}-${last}`;
        assert.deepEqual(parseRanges(`bytes${range}`, sizeBytes), parseRanges(`BYTES${range}`, sizeBytes), range);
      }),
    );
  });

  it("never leaves the representation, whatever is asked", () => {
    const hostile = fc.string({ unit: fc.constantFrom("0", "9", "-", ",", " ", "=", "e", "bytes=") });
    fc.assert(
      fc.property(hostile, fc.nat(), (text, sizeBytes) => {
        const ranges = parseRanges(`bytes=${text}`, sizeBytes);
        if (typeof ranges !== "object") return;
        const isInside = ranges.every(({ start, end }) => start >= 0 && start <= end && end < sizeBytes);
        const total = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
        assert.ok(isInside && total <= sizeBytes && ranges.length > 0 && ranges.length <= 16);
      }),
    );
  });
});

describe("Content-Range", () => {
  it("A11: tells which part of how much", () => {
    assert.equal(formatContentRange({ start: 990, end: 999 }, 1000), "bytes 990-999/1000");
  });

  it("A12: tells the size where nothing could be selected", () => {
    assert.equal(formatUnsatisfiedRange(1000), "bytes */1000");
  });
});
