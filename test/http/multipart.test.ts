// Can a reader take the parts of multipart/byteranges apart again (RFC 9110 section 14.6)?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { byteRangesBody } from "../../src/http/multipart.ts";

describe("multipart/byteranges", () => {
  it("A14: gives each range its type and its place", () => {
    const ranges = [
      { start: 0, end: 4 },
      { start: 9, end: 9 },
    ];

    const { contentType, pieces } = byteRangesBody(ranges, 10, "text/css", "BOUNDARY");

    assert.equal(contentType, "multipart/byteranges; boundary=BOUNDARY");
    assert.deepEqual(pieces, [
      "--BOUNDARY\r\ncontent-type: text/css\r\ncontent-range: bytes 0-4/10\r\n\r\n",
      ranges[0],
      "\r\n--BOUNDARY\r\ncontent-type: text/css\r\ncontent-range: bytes 9-9/10\r\n\r\n",
      ranges[1],
      "\r\n--BOUNDARY--\r\n",
    ]);
  });

  it("A14: is read back as exactly the bytes asked for", () => {
    const range = fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
    const content = Array.from({ length: 100 }, (_, i) => String.fromCharCode(33 + (i % 90))).join("");
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), (ranges) => {
        const { pieces } = byteRangesBody(ranges, 100, "a/b", "unguessable");
        const text = pieces.map((piece) =>
          typeof piece === "string" ? piece : content.slice(piece.start, piece.end + 1),
        );

        const parts = `\r\n${text.join("")}`.split("\r\n--unguessable").slice(1, -1);

        const read = parts.map((part) => part.slice(part.indexOf("\r\n\r\n") + 4));
        assert.deepEqual(
          read,
          ranges.map(({ start, end }) => content.slice(start, end + 1)),
        );
      }),
    );
  });
});
