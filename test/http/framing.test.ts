import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseContentLength, parseTransferEncoding } from "../../src/http/framing.ts";

describe("parseContentLength", () => {
  it("reads digits", () => {
    assert.deepEqual(["0", "5", "007", "999999999999999"].map(parseContentLength), [0, 5, 7, 999_999_999_999_999]);
  });

  it("H1: refuses everything else", () => {
    for (const value of ["", " ", "+5", "-5", "5, 5", "5 ", "0x5", "5.0", "\u0665", "1e3"]) {
      assert.equal(parseContentLength(value), -1, value);
    }
  });

  it("gives infinity past exact numbers", () => {
    assert.equal(parseContentLength("1000000000000000"), Infinity);
    assert.equal(parseContentLength("9".repeat(400)), Infinity);
  });
});

describe("parseTransferEncoding", () => {
  it("reads chunked in any case", () => {
    assert.deepEqual(["chunked", "Chunked", "CHUNKED"].map(parseTransferEncoding), ["chunked", "chunked", "chunked"]);
  });

  it("H1: tells a coding we do not have from one whose end nobody knows", () => {
    for (const value of ["gzip", "xchunked", "identity", "gzip, chunked", "a,b , chunked"]) {
      assert.equal(parseTransferEncoding(value), "unsupported", value);
    }
    for (const value of [
      "",
      " chunked",
      "chunked, gzip",
      "chunked, chunked",
      "gzip, deflate",
      "chunked;q=1",
      '"chunked"',
      ", chunked",
    ]) {
      assert.equal(parseTransferEncoding(value), "invalid", value);
    }
  });
});
