// Does the bench say what the readings say, and refuse what it should?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActualReply, faultOfReply } from "../../bench/check.ts";
import { hello } from "../../bench/loads/hello.ts";
import { stream } from "../../bench/loads/stream.ts";
import type { Comparison } from "../../bench/measure.ts";
import { LOADS, partOf, planFrom } from "../../bench/plan.ts";
import { markdownTable, ratioTable, rowsOf, spreadText, verdicts, withRegion } from "../../bench/report.ts";
import { argumentsFor, SERVERS } from "../../bench/servers.ts";

const ours = SERVERS.filter(({ name }) => name === "ours");

describe("rows", () => {
  it("give the middle ratio of the rounds with its spread", () => {
    const rows = rowsOf([compared(1, 7, 6), compared(2, 6.6, 6), compared(3, 9, 6)]);

    const row = rows.find(({ server }) => server === "ours");
    assert.equal(spreadText(row?.ratio ?? fail(), 2), "1.17 (1.10-1.50)");
    assert.equal(spreadText(row?.cpuMicros ?? fail(), 1), "7.0 (6.6-9.0)");
  });

  it("give the control its own line for each load, from all of its readings", () => {
    const rows = rowsOf([compared(1, 7, 6), compared(2, 7, 8)]);

    const control = rows.find(({ server }) => server === "raw-uws");
    assert.deepEqual(control?.cpuMicros, { median: 7, min: 6, max: 8 });
  });
});

describe("tables", () => {
  it("line up their columns, numbers to the right", () => {
    const table = markdownTable(
      ["server", "hello"],
      [
        ["a", "1.00"],
        ["longer name", "12.00"],
      ],
    );

    assert.equal(
      table,
      ["| server      | hello |", "| ----------- | ----: |", "| a           |  1.00 |", "| longer name | 12.00 |"].join(
        "\n",
      ),
    );
  });

  it("leave a figure that does not exist open", () => {
    const table = ratioTable([hello, stream], ours, rowsOf([compared(1, 7, 7)]));

    assert.match(table, /^\| raw uWS \(control\) \| +7\.0 \(7\.0-7\.0\) µs \| +- \|$/m);
    assert.match(table, /^\| easyserver +\| +1\.00 \(1\.00-1\.00\) \| +- \|$/m);
  });
});

describe("verdicts", () => {
  it("compare the middle ratio of easyserver with what the load allows", () => {
    assert.deepEqual(verdicts(LOADS, rowsOf([compared(1, 7.2, 6)])), ["hello: 1.20, within the 1.20 allowed"]);
    assert.deepEqual(verdicts(LOADS, rowsOf([compared(1, 9, 6)])), ["hello: 1.50, OVER the 1.20 allowed"]);
  });
});

describe("verdicts beside another server", () => {
  it("compare the ratios of one run", () => {
    const rows = rowsOf([
      { ...compared(1, 12, 100), load: "express5-hello", server: "ours-express" },
      { ...compared(1, 10, 100), load: "express5-hello", server: "raw-uws-express" },
    ]);

    assert.deepEqual(verdicts(LOADS, rows), [
      "express5-hello: 0.12, within the 0.14 allowed",
      "express5-hello beside raw-uws-express: 1.20, within the 2.20 allowed",
    ]);
  });
});

describe("the page's place for the table", () => {
  it("is replaced between its marks and nowhere else", () => {
    const page = "# Title\n<!-- bench:start -->\nold\n<!-- bench:end -->\nend\n";

    assert.equal(withRegion("app", page, "new"), "# Title\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\nend\n");
  });

  it("is not invented when a mark is missing", () => {
    assert.equal(withRegion("app", "# Title\n<!-- bench:start -->\n", "new"), null);
    assert.equal(withRegion("app", "<!-- bench:end --> <!-- bench:start -->", "new"), null);
  });
});

describe("the check of an answer", () => {
  const right: ActualReply = {
    status: 200,
    rawHeaders: ["content-type", "text/plain;charset=UTF-8", "Date", "now", "Content-Length", "13"],
    body: "Hello, World!",
  };
  const expected = hello.expect(hello.request, "http://127.0.0.1:1");

  it("accepts the control's answer", () => {
    assert.equal(faultOfReply(right, expected, true), null);
  });

  it("refuses a wrong status, body or length", () => {
    assert.match(faultOfReply({ ...right, status: 500 }, expected, true) ?? "", /status 500/);
    assert.match(faultOfReply({ ...right, body: "Hello, World?" }, expected, true) ?? "", /^body/);
    assert.match(faultOfReply({ ...right, rawHeaders: right.rawHeaders.with(5, "14") }, expected, true) ?? "", /"14"/);
  });

  it("lets a peer add fields and spell the type its way, but not answer another type", () => {
    const spelled = right.rawHeaders.with(1, "text/plain; charset=utf-8").concat("Keep-Alive", "timeout=5");

    assert.equal(faultOfReply({ ...right, rawHeaders: spelled }, expected, false), null);
    assert.match(faultOfReply({ ...right, rawHeaders: spelled }, expected, true) ?? "", /keep-alive/);
    assert.match(
      faultOfReply({ ...right, rawHeaders: right.rawHeaders.with(1, "text/html") }, expected, false) ?? "",
      /text\/html/,
    );
  });

  it("refuses a field that the control does not send", () => {
    const more = right.rawHeaders.concat("Server", "x");

    assert.match(faultOfReply({ ...right, rawHeaders: more }, expected, true) ?? "", /server/);
  });
});

describe("a plan", () => {
  it("is full with everything and at least three rounds", () => {
    assert.equal(planFrom([]).full, true);
    assert.equal(planFrom(["--rounds", "3", "--seconds", "1"]).full, true);
    assert.equal(planFrom(["--rounds", "2"]).full, false);
    assert.equal(planFrom(["--loads", "hello"]).full, false);
    assert.equal(planFrom(["--servers", "ours"]).full, false);
    assert.equal(planFrom(["--quick", "--rounds", "3"]).full, false);
  });

  it("keeps two peers and easyserver on both engines when it is quick", () => {
    const { servers, rounds } = planFrom(["--quick", "--only", "app"]);

    assert.deepEqual(
      servers.map(({ role }) => role),
      ["ours", "ours", "peer", "peer"],
    );
    assert.equal(rounds, 1);
  });

  it("is of one group when asked for one, and then full by itself", () => {
    const plan = planFrom(["--only", "static", "--rounds", "3"]);

    assert.equal(plan.full, true);
    assert.ok(plan.loads.every(({ name }) => name.startsWith("static-")));
    assert.ok(plan.servers.every(({ group }) => group === "static"));
    assert.equal(partOf(plan, "app"), null);
    assert.throws(() => planFrom(["--only", "nothing"]), /no "nothing"/);
  });

  it("refuses names and numbers that do not exist", () => {
    assert.throws(() => planFrom(["--loads", "hello,nothing"]), /no "nothing"/);
    assert.throws(() => planFrom(["--servers", "nobody"]), /no "nobody"/);
    assert.throws(() => planFrom(["--rounds", "0"]), /whole number/);
    assert.throws(() => planFrom(["--slow"]), TypeError);
  });
});

describe("the command of a server", () => {
  it("ends with the load, then with what is the server's own", () => {
    const ends = (name: string): readonly string[] =>
      argumentsFor(SERVERS.find((server) => server.name === name) ?? fail(), "hello").slice(2);

    assert.deepEqual(ends("ours"), ["hello"]);
    assert.deepEqual(ends("ours-node"), ["hello", "node"]);
  });
});

function compared(round: number, subjectMicros: number, controlMicros: number): Comparison {
  const reading = (cpuMicros: number): Comparison["subject"][number] => ({
    cpuMicros,
    requestsPerSecond: 100_000,
    requests: 100_000,
  });
  return {
    load: "hello",
    server: "ours",
    round,
    subject: [reading(subjectMicros)],
    control: [reading(controlMicros)],
    ratio: subjectMicros / controlMicros,
    peakBytes: 2 ** 20,
    controlPeakBytes: 2 ** 20,
  };
}

function fail(): never {
  throw new Error("The test's own material is missing.");
}
