// Is Accept-Encoding read token by token (RFC 9110 section 12.5.3)?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Coding, compareCodings, parseAcceptEncoding, preferredCoding } from "../../src/http/encoding.ts";

const ALL = (["zstd", "br", "gzip"] as const).map((coding) => ({ coding, sizeBytes: 10 }));

function chosen(field: string | null, available: readonly { coding: Coding; sizeBytes: number }[] = ALL): string {
  return preferredCoding(parseAcceptEncoding(field), available)?.coding ?? "identity";
}

describe("Accept-Encoding", () => {
  it("A21: absent or empty asks for identity", () => {
    for (const field of [null, "", " ", ",", ",,"]) assert.equal(chosen(field), "identity", String(field));
  });

  it("A21: names codings without case, and gzip by its old name", () => {
    assert.deepEqual(
      ["GZIP", "x-gzip", "X-GZip", "Br"].map((field) => chosen(field)),
      ["gzip", "gzip", "gzip", "br"],
    );
  });

  it("A21: has qualities, of which 0 excludes and a bad one counts for nothing", () => {
    assert.equal(parseAcceptEncoding("gzip;q=0.5").gzip, 0.5);
    assert.equal(parseAcceptEncoding("gzip ; Q=0.123").gzip, 0.123);
    for (const bad of [
      "gzip;q=",
      "gzip;q=1.1",
      "gzip;q=0.1234",
      "gzip;q=-1",
      "gzip;q=.5",
      "gzip;q=1;q=1",
      "gzip;p=1",
    ]) {
      assert.equal(parseAcceptEncoding(bad).gzip, 0, bad);
    }
  });

  it("A21: lets a star stand for what is not named", () => {
    assert.deepEqual(parseAcceptEncoding("br;q=0, *;q=0.3"), { br: 0, gzip: 0.3, zstd: 0.3, identity: 0 });
  });

  it("A21: contains no coding that merely looks like one", () => {
    for (const field of ["sbr", "brotli", "gzipx", "gzip/1", "g zip", '"gzip"', "gzip\u00e9"]) {
      assert.equal(chosen(field), "identity", field);
    }
  });

  it("A22: gives way to identity only where the client puts that first", () => {
    assert.equal(chosen("identity;q=0.5, gzip;q=0.1"), "identity");
    assert.equal(chosen("identity;q=0.1, gzip;q=0.5"), "gzip");
    assert.equal(chosen("identity, gzip"), "gzip");
  });

  it("A22: orders what is equally welcome by size, then zstd, br, gzip", () => {
    const sizes = { gzip: 5, br: 10, zstd: 10 };
    const available = (["gzip", "br", "zstd"] as const).map((coding) => ({ coding, sizeBytes: sizes[coding] }));
    assert.deepEqual(
      available.toSorted(compareCodings).map(({ coding }) => coding),
      ["gzip", "zstd", "br"],
    );
  });

  it("A21, A23: never chooses what has quality 0 or is not there, whatever is sent", () => {
    const word = fc.constantFrom("br", "gzip", "zstd", "x-gzip", "*", "identity", "deflate", "sbr", "");
    const weight = fc.constantFrom("", ";q=0", ";q=0.5", ";q=1", ";q=1.000", ";q=2", "; q=0.1", ";", ";;q=1");
    const element = fc.tuple(word, weight).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 6 }), fc.subarray([...ALL]), (elements, available) => {
        const acceptance = parseAcceptEncoding(elements.join(","));
        const best = preferredCoding(acceptance, available);
        if (best === null)
          assert.ok(
            available.every(({ coding }) => acceptance[coding] <= acceptance.identity || acceptance[coding] === 0),
          );
        else
          assert.ok(
            available.includes(best) && available.every(({ coding }) => acceptance[coding] <= acceptance[best.coding]),
          );
      }),
    );
    fc.assert(fc.property(fc.string(), (field) => void parseAcceptEncoding(field)));
  });
});
