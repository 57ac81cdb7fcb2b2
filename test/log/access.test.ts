// What does an access line say, and can a client make it say something else?

import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type AccessLogOptions, type AccessRecord, createAccessLog, nextRequestId } from "../../src/log/access.ts";
import { escapeForColumn, escapeForJson } from "../../src/log/escape.ts";

const directory = mkdtempSync(join(tmpdir(), "easyserver-access-"));
after(() => rmSync(directory, { recursive: true }));

const record: AccessRecord = {
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 67) + 0.89,
  id: "p-1",
  remote: "203.0.113.9",
  method: "GET",
  target: "/a?b=c",
  status: 200,
  bytes: 1536,
  durationMs: 1.23456,
  outcome: "completed",
  httpVersion: "1.1",
  host: "a.example",
};

/** What a log that took these records wrote. */
function written(records: readonly AccessRecord[], options: Omit<AccessLogOptions, "descriptor">): string {
  const file = join(directory, "access.log");
  const descriptor = openSync(file, "w");
  const log = createAccessLog({ ...options, descriptor });
  for (const one of records) log.write(one);
  log.close();
  closeSync(descriptor);
  return readFileSync(file, "utf8");
}

const json = (...records: AccessRecord[]): string => written(records, { format: "json", color: false });
const short = (...records: AccessRecord[]): string => written(records, { format: "short", color: false });

const HOSTILE = [
  '"}\n{"time":"forged',
  "\r\n203.0.113.1 forged",
  "\\",
  '\\"',
  "\u0000\u0007\u0008\u001b[31m\u007f\u0085",
  "\u2028\u2029",
  "\ud800 \udc00 \ud83d\ude00",
  "é\u00ff",
  "tab\there and space",
];

describe("a JSON access line", () => {
  it("C23: is one object with every field", () => {
    assert.deepEqual(JSON.parse(json({ ...record, userAgent: "ua/1", referer: "http://b.example/" })), {
      time: "2026-01-02T03:04:05.067Z",
      id: "p-1",
      remote: "203.0.113.9",
      method: "GET",
      target: "/a?b=c",
      status: 200,
      bytes: 1536,
      durationMs: 1.235,
      outcome: "completed",
      httpVersion: "1.1",
      host: "a.example",
      userAgent: "ua/1",
      referer: "http://b.example/",
    });
  });

  it("C23: leaves out what was not given, and tells null from text", () => {
    const line = JSON.parse(json({ ...record, remote: null, host: null, userAgent: null, referer: "" })) as object;

    assert.deepEqual(Object.entries(line).slice(-1), [["host", null]]);
    assert.ok("remote" in line && line.remote === null);
  });

  it("C24: gives back whatever a client sent, from one line of printable ASCII", () => {
    for (const text of HOSTILE) {
      const hostile = { ...record, target: text, method: text, host: text, userAgent: text, referer: text, id: text };
      const output = json({ ...hostile, remote: text });
      const line = JSON.parse(output) as Record<string, unknown>;

      assert.match(output, /^[ -~]+\n$/);
      for (const name of ["target", "method", "host", "userAgent", "referer", "id", "remote"]) {
        assert.equal(line[name], text, name);
      }
    }
  });

  it("C24: stays JSON when a number is none", () => {
    const line = JSON.parse(json({ ...record, status: 0, durationMs: Number.NaN })) as Record<string, unknown>;

    assert.deepEqual([line["status"], line["durationMs"]], [0, 0]);
  });

  it("C25: has no place for credentials, even where a record carries them", () => {
    const careless = {
      ...record,
      authorization: "Basic c2VjcmV0",
      cookie: "sid=secret",
      headers: { cookie: "secret" },
    };

    assert.doesNotMatch(json(careless) + short(careless), /secret|c2VjcmV0|cookie|authorization/i);
  });

  it("keeps the order and the time of many records", () => {
    const times = Array.from({ length: 2500 }, (_, index) => record.time + index * 0.7);
    const lines = json(...times.map((time) => ({ ...record, time })))
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { time: string }).time);

    assert.deepEqual(
      lines,
      times.map((time) => new Date(time).toISOString()),
    );
  });
});

describe("an access line beside those of other processes", () => {
  const long: AccessRecord = {
    ...record,
    method: "M".repeat(5000),
    target: `/${"\u001b".repeat(5000)}`,
    host: "h".repeat(5000),
    userAgent: "\u0000".repeat(5000),
    referer: "\u0000".repeat(5000),
  };

  for (const format of ["json", "short"] as const) {
    it(`C24: is never longer than what a pipe keeps whole [${format}]`, () => {
      const line = written([long], { format, color: true, isShared: true });

      assert.ok(line.length <= 4096, `${line.length} bytes`);
      assert.equal(line.indexOf("\n"), line.length - 1);
    });
  }

  it("is as it was where it is short enough", () => {
    assert.equal(written([record], { format: "json", color: false, isShared: true }), json(record));
  });
});

describe("a short access line", () => {
  const clock = new Date(record.time).toTimeString().slice(0, 8);

  it("has time, method, target, status, size and duration", () => {
    assert.equal(short(record), `${clock} GET /a?b=c 200 1.5kB 1.2ms\n`);
  });

  it("marks what did not complete", () => {
    assert.match(short({ ...record, outcome: "aborted" }), / 1\.2ms aborted\n$/);
    assert.match(short({ ...record, outcome: "failed", status: 0 }), / --- 1\.5kB 1\.2ms failed\n$/);
    assert.match(short({ ...record, outcome: "refused", status: 400 }), / 400 1\.5kB 1\.2ms refused\n$/);
  });

  it("fits sizes and durations to their range", () => {
    assert.match(short({ ...record, bytes: 0, durationMs: 0.04 }), / 0B 0\.0ms\n$/);
    assert.match(short({ ...record, bytes: 5_242_880, durationMs: 61_500 }), / 5\.0MB 61\.5s\n$/);
  });

  it("colors the status by its class, and only with color on", () => {
    const hue = (status: number): string => {
      const line = written([{ ...record, status }], { format: "short", color: true });
      // oxlint-disable-next-line no-control-regex -- color codes
      return /\u001b\[(\d+)m(?:\d{3}|---)\u001b\[0m/.exec(line)?.[1] ?? "";
    };

    assert.deepEqual([200, 304, 404, 500, 0].map(hue), ["32", "36", "33", "31", "31"]);
    assert.equal(short(record).includes("\u001b"), false);
  });

  it("C24: has one line and six columns, whatever a client sent", () => {
    for (const text of HOSTILE) {
      const line = short({ ...record, method: text, target: text });

      assert.match(line, /^[ -~]+\n$/);
      assert.equal(line.trimEnd().split(" ").length, 6, line);
    }
  });
});

describe("escaping", () => {
  it("leaves plain text as it is", () => {
    const plain = "GET /a/b?c=d&e=%20 (x) 'y' #1~";

    assert.equal(escapeForJson(plain), plain);
    assert.equal(escapeForColumn("/a?b='c'"), "/a?b='c'");
  });

  it("is right for every UTF-16 unit", () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const text = String.fromCharCode(unit);
      const escaped = escapeForJson(text);
      if (!/^[ -~]+$/.test(escaped) || JSON.parse(`"${escaped}"`) !== text) assert.fail(`unit ${unit}: ${escaped}`);
      if (!/^[!-~]+$/.test(escapeForColumn(text))) assert.fail(`unit ${unit} in a column`);
    }
  });
});

describe("request ids", () => {
  it("C26: never repeat and are safe in a header", () => {
    const ids = Array.from({ length: 10_000 }, nextRequestId);

    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[0-9a-f]{10}-[0-9a-z]+$/);
  });
});
