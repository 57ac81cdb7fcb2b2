import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeadFacts } from "../../src/http/head-rules.ts";

const LIMITS = { maxTargetBytes: 100, maxBodyBytes: 1_000, maxHeaderBytes: 200, rejectChunked: false };
const HOST = ["host", "a.example"];

function read(
  fields: readonly string[],
  options: { method?: string; target?: string; version?: "1.0" | "1.1" } = {},
): HeadFacts {
  const facts = new HeadFacts(LIMITS);
  facts.read(options.method ?? "GET", options.target ?? "/", fields, options.version ?? "1.1");
  return facts;
}

function status(...given: Parameters<typeof read>): number | undefined {
  return read(...given).fault?.status;
}

describe("HeadFacts", () => {
  it("finds nothing wrong with a plain request, and says what it found", () => {
    const facts = read([...HOST, "content-length", "5", "connection", "keep-alive"], { method: "POST" });

    assert.equal(facts.fault, null);
    assert.deepEqual(
      [facts.host, facts.declaredBytes, facts.isChunked, facts.hasClose],
      ["a.example", 5, false, false],
    );
  });

  it("forgets one request before it reads the next", () => {
    const facts = read(["host", "?", "content-length", "x", "connection", "close", "expect", "100-continue"]);

    facts.read("GET", "/", HOST, "1.1");

    assert.equal(facts.fault, null);
    assert.deepEqual([facts.declaredBytes, facts.hasClose, facts.expectsContinue], [null, false, false]);
  });

  it("H1: refuses framing that has two readings, whatever else is wrong", () => {
    assert.equal(status(["content-length", "5", "content-length", "6"]), 400);
    assert.equal(status(["content-length", ""], { target: "#" }), 400);
    assert.equal(status([...HOST, "transfer-encoding", "chunked", "content-length", "0"]), 400);
    assert.equal(status([...HOST, "transfer-encoding", "chunked", "transfer-encoding", "chunked"]), 400);
    assert.equal(status([...HOST, "transfer-encoding", "gzip"]), 501);
    assert.equal(status([...HOST, "transfer-encoding", "chunked"], { version: "1.0" }), 400);
  });

  it("H1: takes equal lengths for one, and closes after every fault", () => {
    assert.equal(read([...HOST, "content-length", "5", "content-length", "5"]).declaredBytes, 5);
    assert.equal(read(["content-length", "x"]).fault?.close, true);
  });

  it("H3: wants exactly one good Host, except from HTTP/1.0", () => {
    assert.equal(status([]), 400);
    assert.equal(status(["host", ""]), 400);
    assert.equal(status([...HOST, ...HOST]), 400);
    assert.equal(status(["host", "", ...HOST]), 400);
    assert.equal(status(["host", "a b"]), 400);
    assert.equal(status([], { version: "1.0" }), undefined);
    assert.equal(status(["host", "a b"], { version: "1.0" }), 400);
  });

  it("H3: judges a Host anew that follows a good one", () => {
    const facts = read(HOST);

    facts.read("GET", "/", ["host", "a b"], "1.1");
    assert.equal(facts.fault?.status, 400);
    facts.read("GET", "/", ["host", "a b"], "1.1");
    assert.equal(facts.fault?.status, 400);
  });

  it("H4, H5, H7: judges method and target", () => {
    assert.equal(status(HOST, { method: "get" }), 501);
    assert.equal(status(HOST, { method: "G T" }), 400);
    assert.equal(status(HOST, { target: "/#" }), 400);
    assert.equal(status(HOST, { target: "http://a.example/" }), 400);
    assert.equal(status(HOST, { target: "*" }), 400);
    assert.equal(status(HOST, { target: "*", method: "OPTIONS" }), undefined);
  });

  it("H16: counts names, values and four octets a line, and the target", () => {
    const rest = LIMITS.maxHeaderBytes - "hosta.example".length - 4 - "x-a".length - 4;
    assert.equal(status([...HOST, "x-a", "a".repeat(rest)]), undefined);
    assert.equal(status([...HOST, "x-a", "a".repeat(rest + 1)]), 431);
    assert.equal(status(HOST, { target: `/${"a".repeat(99)}` }), undefined);
    assert.equal(status(HOST, { target: `/${"a".repeat(100)}` }), 414);
    assert.equal(status([...HOST, "content-length", "1000"]), undefined);
    assert.equal(status([...HOST, "content-length", "1001"]), 413);
    assert.equal(status([...HOST, "content-length", "9".repeat(30)]), 413);
  });

  it("answers chunked bodies with 411 where they are refused", () => {
    const facts = new HeadFacts({ ...LIMITS, rejectChunked: true });

    assert.equal(facts.read("POST", "/", [...HOST, "transfer-encoding", "chunked"], "1.1")?.status, 411);
  });

  it("H23: knows one expectation, and none of HTTP/1.0", () => {
    assert.equal(read([...HOST, "expect", "100-Continue"]).expectsContinue, true);
    assert.equal(status([...HOST, "expect", "200-ok"]), 417);
    assert.equal(read([...HOST, "expect", "100-continue"], { version: "1.0" }).expectsContinue, false);
  });

  it("H43: finds close anywhere in the list, in any case, in any line", () => {
    for (const value of ["close", "Close", "keep-alive, CLOSE", "x ,\tclose,"]) {
      assert.equal(read([...HOST, "connection", value]).hasClose, true, value);
    }
    assert.equal(read([...HOST, "connection", "x", "connection", "close"]).hasClose, true);
    assert.equal(read([...HOST, "connection", "closed, x-close"]).hasClose, false);
  });
});
