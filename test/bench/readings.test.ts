// Is the arithmetic of the bench right? Only the pure parts: nothing here is timed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cpuMicrosPerRequest, parsePeakBytes, parseResidentBytes, parseStat, treeOf } from "../../bench/proc.ts";
import { echoReport } from "../../bench/echoes.ts";
import { countOf } from "../../bench/handshakes.ts";
import { parseAnnouncement } from "../../bench/server-process.ts";
import { shuffled, spreadOf } from "../../bench/statistics.ts";
import { faultOf, parseWrkReport, wrkScript } from "../../bench/wrk.ts";

describe("a line of /proc/<pid>/stat", () => {
  it("gives user, system and waited-for children's time together", () => {
    const line = "4711 (node) S 4700 4711 4700 0 -1 4194304 100 0 0 0 120 30 7 3 20 0 11 0 500 0 0";

    assert.deepEqual(parseStat(line), { pid: 4711, parent: 4700, ticks: 160 });
  });

  it("survives a command name with spaces and parentheses", () => {
    const line = "12 (a) S 1 (b) R 7 12 12 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 500 0 0";

    assert.deepEqual(parseStat(line), { pid: 12, parent: 7, ticks: 11 });
  });

  it("is refused when it is cut short", () => {
    assert.throws(() => parseStat("12 (node) S 1 2 3"), SyntaxError);
  });
});

describe("the tree of a process", () => {
  it("holds children and grandchildren and nobody else", () => {
    const stats = [
      { pid: 1, parent: 0, ticks: 1 },
      { pid: 30, parent: 20, ticks: 1 },
      { pid: 10, parent: 1, ticks: 1 },
      { pid: 20, parent: 10, ticks: 1 },
      { pid: 11, parent: 1, ticks: 1 },
    ];

    assert.deepEqual(
      treeOf(stats, 10).map(({ pid }) => pid),
      [10, 20, 30],
    );
  });

  it("is empty for a process that is gone", () => {
    assert.deepEqual(treeOf([{ pid: 1, parent: 0, ticks: 1 }], 99), []);
  });
});

describe("processor time for each request", () => {
  it("turns clock ticks into microseconds", () => {
    assert.equal(cpuMicrosPerRequest(150, 100, 250_000), 6);
  });
});

describe("memory in /proc/<pid>/status", () => {
  const status = "Name:\tnode\nVmPeak:\t  999999 kB\nVmHWM:\t   52224 kB\nVmRSS:\t   51200 kB\nThreads:\t11\n";

  it("gives the peak and the present size in bytes", () => {
    assert.equal(parsePeakBytes(status), 52_224 * 1024);
    assert.equal(parseResidentBytes(status), 51_200 * 1024);
  });

  it("is 0 for a process that is no more than a name", () => {
    assert.equal(parsePeakBytes("Name:\tzombie\n"), 0);
  });
});

describe("spread", () => {
  it("takes the middle reading of an odd number", () => {
    assert.deepEqual(spreadOf([1.4, 1.1, 1.2]), { median: 1.2, min: 1.1, max: 1.4 });
  });

  it("takes the mean of the two in the middle of an even number", () => {
    assert.deepEqual(spreadOf([10, 2, 4, 100]), { median: 7, min: 2, max: 100 });
  });

  it("sorts numbers as numbers", () => {
    assert.equal(spreadOf([9, 10, 11]).median, 10);
  });

  it("does not exist without readings", () => {
    assert.throws(() => spreadOf([]), RangeError);
  });
});

describe("shuffled order", () => {
  it("keeps every item and leaves the given list alone", () => {
    const items = [1, 2, 3, 4, 5];

    const result = shuffled(items);

    assert.deepEqual(
      result.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(items, [1, 2, 3, 4, 5]);
  });

  it("can put any item first and any item last", () => {
    assert.deepEqual(
      shuffled(["a", "b", "c"], () => 0),
      ["b", "c", "a"],
    );
    assert.deepEqual(
      shuffled(["a", "b", "c"], () => 0.999),
      ["a", "b", "c"],
    );
  });
});

describe("what wrk prints", () => {
  const output = [
    "Running 1s test @ http://127.0.0.1:4000",
    "  1 threads and 64 connections",
    "  Thread Stats   Avg      Stdev     Max   +/- Stdev",
    "  110201 requests in 1.10s, 13.45MB read",
    "Requests/sec: 100182.73",
    "bench-report 110201 1100004 0 0 0 0 0",
    "",
  ].join("\n");

  it("is read by the line our script adds", () => {
    const report = parseWrkReport(output);

    assert.equal(report.requests, 110_201);
    assert.equal(report.microseconds, 1_100_004);
    assert.equal(faultOf(report), null);
  });

  it("is refused without that line, and the output is quoted", () => {
    assert.throws(() => parseWrkReport("unable to connect to 127.0.0.1:1 Connection refused\n"), /Connection refused/);
  });

  it("is refused when a sum is not a number", () => {
    assert.throws(() => parseWrkReport("bench-report 1 2 0 0 nil 0 0"), SyntaxError);
  });

  it("makes a figure void when a socket failed or a status was an error", () => {
    const fault = faultOf(parseWrkReport("bench-report 500 1000000 0 2 0 7 0"));

    assert.equal(fault, "wrk counted errors: 2 read, 7 status");
  });

  it("makes a figure void when nothing was answered", () => {
    assert.equal(faultOf(parseWrkReport("bench-report 0 1000000 0 0 0 0 0")), "wrk counted no answer");
  });
});

describe("the script for wrk", () => {
  it("sets method, path, fields and body once, outside any per-request function", () => {
    const script = wrkScript([{ method: "POST", target: "/echo?a=1", fields: { accept: '"x"' }, body: "one\ntwo" }]);

    assert.match(script, /^wrk\.method = "POST"$/m);
    assert.match(script, /^wrk\.path = "\/echo\?a=1"$/m);
    assert.match(script, /^wrk\.headers\["accept"\] = "\\"x\\""$/m);
    assert.match(script, /^wrk\.body = "one\\ntwo"$/m);
    assert.doesNotMatch(script, /function (request|response)/);
  });

  it("makes several ready before the first is sent, and sends them in turn", () => {
    const script = wrkScript([
      { method: "GET", target: "/a", fields: {}, body: null },
      { method: "GET", target: "/b", fields: { "if-none-match": 'W/"1"' }, body: null },
    ]);

    const [made = "", request = ""] = script.split("function request()");
    assert.match(made, /wrk\.format\("GET", "\/a", \{ Host = wrk\.headers\.Host \}, nil\)/);
    assert.match(made, /"\/b", \{ Host = wrk\.headers\.Host, \["if-none-match"\] = "W\/\\"1\\""/);
    assert.doesNotMatch(request, /wrk\.format/);
  });

  it("refuses what Lua and JSON would write differently", () => {
    assert.throws(() => wrkScript([{ method: "GET", target: "/ü", fields: {}, body: null }]), RangeError);
  });
});

describe("a server's announcement", () => {
  it("is one line of JSON among whatever else it prints", () => {
    assert.deepEqual(parseAnnouncement('{"ready":true,"port":4000,"version":"Bun 1"}'), {
      ready: true,
      port: 4000,
      version: "Bun 1",
    });
    assert.equal(parseAnnouncement("Listening on http://127.0.0.1:4000/"), null);
  });
});

describe("what openssl s_time prints", () => {
  const report =
    "1234 connections in 0.50s; 2468.00 connections/user sec, bytes read 0\n1234 connections in 2 real seconds, 0 bytes";

  it("is the number of full handshakes", () => {
    assert.equal(countOf(`Collecting connection statistics for 1 seconds\n******\n\n${report}`), 1234);
  });

  it("is void with a resumed session, an error or nothing", () => {
    assert.throws(() => countOf(`Collecting\n***r**\n\n${report}`), /resumed/);
    assert.throws(() => countOf(`ERROR\n40B:error:connect\n${report}`), /did not report/);
    assert.throws(() => countOf(""), /did not report/);
  });
});

describe("what the sender of messages prints", () => {
  it("is the number of messages that came back", () => {
    const { requests, microseconds } = echoReport('{"messages":1200,"microseconds":1000123}\n');
    assert.deepEqual([requests, microseconds], [1200, 1_000_123]);
  });

  it("is void with a word of complaint, or without a number", () => {
    assert.throws(() => echoReport('a message came back changed\n{"messages":1,"microseconds":1}\n'), /did not report/);
    assert.throws(() => echoReport(""), /did not report/);
  });
});
