import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createGenuineRequest, createRequest } from "../../src/engine/request.ts";
import { sortedPairs, visibleLines, visibleValue } from "../../src/http/hop-by-hop.ts";
import { exchangeOf, installWhileRunning } from "./request-pair.ts";

const HOP_BY_HOP = ["connection", "expect", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

describe("Fields of the connection", () => {
  it("H13: are not visible, however they are read", () => {
    const fields = ["host", "h", ...HOP_BY_HOP.flatMap((name) => [name, "x"]), "accept", "*/*"];

    assert.deepEqual(visibleLines(fields), ["host", "h", "accept", "*/*"]);
    assert.deepEqual(sortedPairs(fields), [
      ["accept", "*/*"],
      ["host", "h"],
    ]);
    for (const name of HOP_BY_HOP) {
      assert.equal(visibleValue(fields, name), null);
      assert.equal(visibleValue(fields, name.toUpperCase()), null);
    }
  });

  it("H13: te is visible only as trailers", () => {
    assert.equal(visibleValue(["te", "trailers"], "TE"), "trailers");
    assert.equal(visibleValue(["te", "Trailers"], "te"), "Trailers");
    assert.equal(visibleValue(["te", "gzip"], "te"), null);
    assert.equal(visibleValue(["te", "trailers, deflate;q=0.5"], "te"), null);
    assert.deepEqual(visibleLines(["te", "gzip", "te", "trailers"]), ["te", "trailers"]);
  });

  it("H13: a field nominated by Connection is not visible, whichever line and case names it", () => {
    const fields = [
      "x-a",
      "1",
      "connection",
      "close, X-A",
      "x-b",
      "2",
      "connection",
      "\tx-b ,x-c",
      "x-c",
      "3",
      "x-d",
      "4",
    ];

    assert.deepEqual(visibleLines(fields), ["x-d", "4"]);
    assert.equal(visibleValue(fields, "x-a"), null);
    assert.equal(visibleValue(fields, "X-B"), null);
    assert.equal(visibleValue(fields, "x-c"), null);
    assert.equal(visibleValue(fields, "x-d"), "4");
  });

  it("H13: a field is not hidden by an option that only contains its name", () => {
    const fields = ["connection", "keep-alive, x-ab, yx-a", "x-a", "1", "alive", "2", "keep", "3"];

    assert.deepEqual(visibleLines(fields), ["x-a", "1", "alive", "2", "keep", "3"]);
    assert.equal(visibleValue(fields, "x-a"), "1");
  });

  it("H13: host and content-length stay, even nominated", () => {
    const fields = ["connection", "host, content-length", "host", "site.example", "content-length", "3"];

    assert.equal(visibleValue(fields, "Host"), "site.example");
    assert.deepEqual(visibleLines(fields), ["host", "site.example", "content-length", "3"]);
  });
});

describe("The headers of a Request", () => {
  installWhileRunning();
  const fields = [
    "host",
    "h",
    "connection",
    "upgrade, x-a",
    "upgrade",
    "websocket",
    "x-a",
    "1",
    "expect",
    "100-continue",
  ];

  it("H13: show no field of the connection, before and after a genuine Request was made", () => {
    const request = createRequest(exchangeOf({ fields }));

    assert.deepEqual([...request.headers], [["host", "h"]]);
    assert.equal(request.headers.get("upgrade"), null);
    assert.deepEqual([...request.clone().headers], [["host", "h"]]);
    assert.deepEqual([...request.headers], [["host", "h"]]);
    assert.deepEqual([...new Headers(request.headers)], [["host", "h"]]);
  });

  it("H13: show none when the Request is genuine from the start", () => {
    assert.deepEqual([...createGenuineRequest(exchangeOf({ fields })).headers], [["host", "h"]]);
  });

  it("H13: a handler may set a hidden name for its own use", () => {
    const { headers } = createRequest(exchangeOf({ fields }));

    headers.set("x-a", "mine");

    assert.equal(headers.get("x-a"), "mine");
  });
});
