// The second opinion must itself be right: what it lets pass, the fuzzer cannot find.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chunked, get, message, post } from "../support/octets.ts";
import { requestTargets } from "../support/reference-reader.ts";

const inner = get("/inner");

describe("The reference reader", () => {
  it("finds requests behind each other, whatever their framing", () => {
    const upload = message("POST", "/chunked", ["Transfer-Encoding: chunked"], chunked("hello", inner));

    assert.deepEqual(requestTargets(get("/a") + post("/b", inner) + upload + get("/c")), [
      "/a",
      "/b",
      "/chunked",
      "/c",
    ]);
  });

  it("takes what follows a request without a body for the next one", () => {
    assert.deepEqual(requestTargets(message("POST", "/a", [], inner)), ["/a", "/inner"]);
  });

  for (const lines of [
    ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: +5"],
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding : chunked"],
    [": x", "Content-Length: 5"],
    ["X-A: 1\nContent-Length: 5"],
    [" folded: 5"],
    ["Connection: keep-alive, close"],
  ]) {
    it(`believes nothing behind ${JSON.stringify(lines)}`, () => {
      assert.deepEqual(requestTargets(message("POST", "/a", lines, `0\r\n\r\n${inner}`)), ["/a"]);
    });
  }

  it("believes nothing behind a chunk that is not as long as it says", () => {
    const upload = message("POST", "/a", ["Transfer-Encoding: chunked"], `4\r\nhello\r\n0\r\n\r\n${inner}`);

    assert.deepEqual(requestTargets(upload), ["/a"]);
  });

  it("believes nothing behind a last chunk without its end", () => {
    const upload = message("POST", "/a", ["Transfer-Encoding: chunked"], `0\r\nXX${inner}`);

    assert.deepEqual(requestTargets(upload), ["/a"]);
  });
});
