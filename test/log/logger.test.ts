// What does the server's own log look like, and who can take its place?

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pino } from "pino";
import { createLogger, type Logger, type LoggerOptions } from "../../src/log/logger.ts";

const directory = mkdtempSync(join(tmpdir(), "easyserver-logger-"));
after(() => rmSync(directory, { recursive: true }));

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const clock = new Date(NOW).toTimeString().slice(0, 8);

/** What `use` made a logger write. */
function written(format: LoggerOptions["format"], use: (logger: Logger) => void, color = false): string {
  const path = join(directory, "app.log");
  const descriptor = openSync(path, "w");
  use(createLogger({ format, color, descriptor, now: () => NOW }));
  closeSync(descriptor);
  return readFileSync(path, "utf8");
}

function parsed(use: (logger: Logger) => void): Record<string, unknown>[] {
  const lines = written("json", use).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the JSON log", () => {
  it("is pino's, with the level as a word and the time as in the access log", () => {
    const [line] = parsed((logger) => logger.info({ port: 80 }, "listening"));

    assert.deepEqual(line, {
      level: "info",
      time: "2026-01-02T03:04:05.006Z",
      pid: process.pid,
      port: 80,
      msg: "listening",
    });
  });

  it("has the type, message, stack and cause of an error", () => {
    const error = new TypeError("boom", { cause: new Error("deep") });
    const [given, bare] = parsed((logger) => {
      logger.error({ err: error }, "a request failed");
      logger.error(error);
    });

    const shape = given?.["err"] as Record<string, string>;
    assert.equal(given?.["msg"], "a request failed");
    assert.deepEqual([shape["type"], shape["message"]], ["TypeError", "boom: deep"]);
    assert.match(shape["stack"] ?? "", /TypeError: boom\n\s+at .*\n[^]*deep/);
    assert.deepEqual([bare?.["msg"], bare?.["level"]], ["boom", "error"]);
  });

  it("adds the fields of each child", () => {
    const [line] = parsed((logger) => logger.child({ a: 1 }).child({ b: 2 }).warn({ c: 3 }, "m"));

    assert.deepEqual([line?.["level"], line?.["a"], line?.["b"], line?.["c"], line?.["msg"]], ["warn", 1, 2, 3, "m"]);
  });

  it("C24: is one line, whatever a message holds", () => {
    const lines = parsed((logger) => logger.warn('a\r\n{"level":"error"}\u2028é'));

    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.["msg"], 'a\r\n{"level":"error"}\u2028é');
  });

  it("D24: does not load pino before the first message", () => {
    const script = `import { createRequire } from "node:module";
      import { createLogger } from ${JSON.stringify(new URL("../../src/log/logger.ts", import.meta.url).href)};
      const { cache } = createRequire(${JSON.stringify(import.meta.url)});
      const isLoaded = () => Object.keys(cache).some((path) => /node_modules.pino.pino\\.js$/.test(path));
      const logger = createLogger({ format: "json", color: false });
      const before = isLoaded();
      logger.info("x");
      process.stdout.write(before + " " + isLoaded());`;
    const parameters = ["--import", "tsx", "--input-type=module", "--eval", script];

    const { stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });

    assert.equal(stdout, "false true", stderr);
    assert.match(stderr, /^\{"level":"info",.*"msg":"x"\}\n$/);
  });
});

describe("the log for people", () => {
  it("has time, level, message and fields on a line", () => {
    assert.equal(
      written("short", (logger) => logger.child({ a: 1 }).info({ b: "x y" }, "ready")),
      `${clock} info ready a=1 b='x y'\n`,
    );
  });

  it("has the stack and cause of an error below it", () => {
    const text = written("short", (logger) => {
      logger.error({ err: new TypeError("boom", { cause: new Error("deep") }) }, "a request failed");
    });

    assert.match(text, new RegExp(`^${clock} error a request failed\n {4}TypeError: boom\n {8}at `));
    assert.match(text, /\[cause\]: Error: deep\n/);
  });

  it("takes what was thrown, even if it is no error", () => {
    assert.equal(
      written("short", (logger) => logger.error({ err: "text" }, "a request failed")),
      `${clock} error a request failed\n    'text'\n`,
    );
  });

  it("C24: indents and cleans what a client could have put into a message", () => {
    const text = written("short", (logger) => {
      logger.warn(`one\n${clock} error forged\u001b[2J`);
      logger.error({ err: new Error(`two\n${clock} error forged\u001b[2J`) }, "x");
    });
    const forged = text.split("\n").filter((line) => line.startsWith(clock) && line.includes("forged"));

    assert.deepEqual(forged, [`${clock} warn one ${clock} error forged?[2J`]);
    assert.equal(text.includes("\u001b"), false);
  });

  it("D12: colors the level when asked to", () => {
    assert.equal(
      written("short", (logger) => logger.error("x"), true),
      `${clock} \u001b[31merror\u001b[0m x\n`,
    );
  });

  it("does not throw for fields that cannot be read", () => {
    const hostile = {
      get [Symbol.toStringTag](): string {
        throw new Error("no");
      },
    };
    const text = written("short", (logger) => logger.error({ err: hostile }, "x"));

    assert.match(text, /^\d\d:\d\d:\d\d error .+\n/);
  });
});

describe("another logger", () => {
  it("C30: a pino logger is one", () => {
    const lines: string[] = [];
    const logger: Logger = pino({ base: null }, { write: (line: string) => void lines.push(line) });

    logger.child({ a: 1 }).error({ err: new Error("boom") }, "x");
    logger.info("y");

    assert.equal(lines.length, 2);
  });
});
