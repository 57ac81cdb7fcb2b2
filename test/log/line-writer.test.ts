// Does a log ever stop its server, break a line or lose one silently? With real descriptors.

import assert from "node:assert/strict";
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, afterEach, describe, it } from "node:test";
import { createLineWriter } from "../../src/log/line-writer.ts";
import { until, within } from "../support/waiting.ts";

const directory = mkdtempSync(join(tmpdir(), "easyserver-lines-"));
after(() => rmSync(directory, { recursive: true }));

const describeDropped = (lines: number): string => `dropped ${lines}\n`;

function file(name: string): { readonly descriptor: number; readonly content: () => string } {
  const path = join(directory, name);
  const descriptor = openSync(path, "w");
  return { descriptor, content: () => readFileSync(path, "utf8") };
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const one of children.splice(0)) one.kill("SIGKILL");
});

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** A process that runs `code` with `createLineWriter`, and tells of itself on stderr. Its stdout is a pipe. */
function child(code: string): Child {
  const module = new URL("../../src/log/line-writer.ts", import.meta.url).href;
  const script = `import { writeSync } from "node:fs";
    import { createLineWriter } from ${JSON.stringify(module)};
    const tell = (text) => writeSync(2, text + "\\n");
    const describeDropped = (lines) => "dropped " + lines + "\\n";
    ${code}`;
  const parameters = ["--import", "tsx", "--input-type=module", "--eval", script];
  const started = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(started);
  return started;
}

function collected(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return () => text;
}

const NUMBERED = `const line = (index) => String(index).padStart(99, ".") + "\\n";`;

/** Line numbers in order, and the number of lines that were said to be dropped. */
function taken(output: string): { readonly numbers: number[]; readonly dropped: number } {
  const lines = output.split("\n").filter((line) => line !== "");
  const reports = lines.filter((line) => line.startsWith("dropped "));
  const numbered = lines.filter((line) => !line.startsWith("dropped "));
  for (const line of numbered) assert.match(line, /^\.*\d+$/);
  for (const line of numbered) assert.equal(line.length, 99);
  return {
    numbers: numbered.map((line) => Number(line.replaceAll(".", ""))),
    dropped: reports.reduce((sum, line) => sum + Number(line.slice("dropped ".length)), 0),
  };
}

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe("a line writer", () => {
  it("C28: writes a batch when it is full, not before", () => {
    const { descriptor, content } = file("full");
    const writer = createLineWriter({
      descriptor,
      describeDropped,
      batchBytes: 100,
      delayMs: 60_000,
      encoding: "latin1",
    });

    for (let i = 0; i < 10; i++) writer.write("123456789\n");
    const before = content();
    writer.write("next\n");
    const after = content();
    writer.close();

    assert.equal(before, "");
    assert.equal(after, "123456789\n".repeat(10));
    assert.equal(content(), `${after}next\n`);
    closeSync(descriptor);
  });

  it("C28: writes a batch that is not full after its delay", async () => {
    const { descriptor, content } = file("delay");
    const writer = createLineWriter({ descriptor, describeDropped, delayMs: 20 });

    writer.write("a\n");
    const before = content();
    await until(5000, "the line", () => content() === "a\n");

    assert.equal(before, "");
    writer.close();
    closeSync(descriptor);
  });

  it("writes at once without a delay", () => {
    const { descriptor, content } = file("now");
    const writer = createLineWriter({ descriptor, describeDropped, delayMs: 0 });

    writer.write("é\n");

    assert.equal(content(), "é\n");
    writer.close();
    closeSync(descriptor);
  });

  it("takes lines longer than its batch, in order", () => {
    const { descriptor, content } = file("long");
    const writer = createLineWriter({ descriptor, describeDropped, batchBytes: 10 });
    const long = `${"x".repeat(10_000)}\n`;

    for (const line of ["a\n", long, "b\n", long]) writer.write(line);
    writer.close();

    assert.equal(content(), `a\n${long}b\n${long}`);
    assert.equal(writer.dropped, 0);
    closeSync(descriptor);
  });

  it("can be opened and closed any number of times without a warning", () => {
    const { descriptor, content } = file("many");
    const listeners = process.listenerCount("exit");

    for (let i = 0; i < 50; i++) {
      const writer = createLineWriter({ descriptor, describeDropped });
      writer.write("a\n");
      writer.close();
    }

    assert.equal(content(), "a\n".repeat(50));
    assert.ok(process.listenerCount("exit") <= listeners + 1);
    closeSync(descriptor);
  });

  it("C28: counts and forgets lines for a descriptor that is gone, without a throw", () => {
    const { descriptor } = file("gone");
    closeSync(descriptor);
    const writer = createLineWriter({ descriptor: 999_999, describeDropped });

    writer.write("a\n");
    writer.flush();
    writer.write("b\n");
    writer.close();

    assert.equal(writer.dropped, 2);
  });

  it("C28: a full disk costs lines, and is reported once there is room", { skip: !hasFullDevice() }, () => {
    const descriptor = openSync("/dev/full", "w");
    const writer = createLineWriter({ descriptor, describeDropped });

    writer.write("a\nb\n");
    writer.flush();
    writer.flush();
    writer.close();

    assert.ok(writer.dropped >= 2);
    closeSync(descriptor);
  });
});

describe("a line writer on a pipe", () => {
  it("C28: writes what is left at the end of the process, for a reader that is merely slow", async () => {
    const process = child(`${NUMBERED}
      const writer = createLineWriter({ descriptor: 1, describeDropped });
      for (let i = 0; i < 5000; i++) writer.write(line(i));
      tell("written");
      process.exit(0);`);
    const output = collected(process.stdout);
    const [code] = (await within(20_000, "exit", once(process, "close"))) as [number];

    assert.equal(code, 0);
    assert.deepEqual(taken(output()), { numbers: upTo(5000), dropped: 0 });
  });

  it("C28: writes what is left after an uncaught exception", async () => {
    const process = child(`const writer = createLineWriter({ descriptor: 1, describeDropped });
      writer.write("last words\\n");
      throw new Error("fatal");`);
    const output = collected(process.stdout);
    process.stderr.resume();
    await within(20_000, "exit", once(process, "close"));

    assert.equal(output(), "last words\n");
  });

  it("C28: keeps running when nobody reads, keeps a bounded backlog, and drops the rest", async () => {
    const process = child(`${NUMBERED}
      const writer = createLineWriter({ descriptor: 1, describeDropped, backlogBytes: 200_000 });
      const start = performance.now();
      for (let i = 0; i < 50_000; i++) writer.write(line(i));
      tell("took " + Math.round(performance.now() - start));
      let turns = 0;
      const timer = setInterval(() => {
        if (++turns < 10) return;
        clearInterval(timer);
        tell("alive, dropped " + writer.dropped);
        process.exit(0);
      }, 5);`);
    const told = collected(process.stderr);
    const [code] = (await within(20_000, "exit", once(process, "exit"))) as [number];
    await until(5000, "the report", () => told().includes("alive"));

    const droppedLines = Number(/alive, dropped (\d+)/.exec(told())?.[1]);
    assert.equal(code, 0);
    assert.ok(Number(/took (\d+)/.exec(told())?.[1]) < 5000, told());
    assert.ok(droppedLines > 40_000 && droppedLines < 50_000, told());
    process.stdout.destroy();
  });

  it("C28: says how many lines were dropped when the reader is back, with every line whole", async () => {
    const process = child(`${NUMBERED}
      const writer = createLineWriter({ descriptor: 1, describeDropped, backlogBytes: 100_000, delayMs: 1 });
      let index = 0;
      while (writer.dropped < 1000) writer.write(line(index++));
      tell("blocked");
      const timer = setInterval(() => {
        const before = writer.dropped;
        writer.write(line(index++));
        if (writer.dropped > before) return;
        clearInterval(timer);
        writer.close();
        tell("total " + index);
      }, 1);`);
    const told = collected(process.stderr);
    await until(20_000, "the block", () => told().includes("blocked"));
    const output = collected(process.stdout);
    await within(20_000, "exit", once(process, "close"));

    const total = Number(/total (\d+)/.exec(told())?.[1]);
    const { numbers, dropped } = taken(output());
    assert.ok(dropped >= 1000, `${dropped}`);
    assert.equal(numbers.length + dropped, total);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  });

  it("C28: survives a reader that leaves", async () => {
    const process = child(`${NUMBERED}
      const writer = createLineWriter({ descriptor: 1, describeDropped, delayMs: 0 });
      const timer = setInterval(() => {
        writer.write(line(1));
        if (writer.dropped < 5) return;
        clearInterval(timer);
        tell("alive");
      }, 1);`);
    process.stdout.destroy();
    const told = collected(process.stderr);
    const [code] = (await within(20_000, "exit", once(process, "close"))) as [number];

    assert.equal(code, 0);
    assert.equal(told(), "alive\n");
  });

  it("does not keep the process alive", async () => {
    const process = child(`createLineWriter({ descriptor: 1, describeDropped, delayMs: 60_000 }).write("a\\n");`);
    const output = collected(process.stdout);
    await within(20_000, "exit", once(process, "close"));

    assert.equal(output(), "a\n");
  });

  it("never mixes its lines with those of another process on the same pipe", async () => {
    const module = new URL("../../src/log/line-writer.ts", import.meta.url).href;
    const script = (letter: string): string => `import { createLineWriter } from ${JSON.stringify(module)};
      const writer = createLineWriter({ descriptor: 1, describeDropped: () => "" });
      for (let i = 0; i < 4000; i++) writer.write("${letter}".repeat(149) + "\\n");
      writer.flush(10_000);`;
    const shell = ["a", "b"].map((letter) => `"$0" --import tsx --input-type=module --eval "$${letter}" & `).join("");
    const process = spawn("sh", ["-c", `(${shell} wait) | cat`, globalThis.process.execPath], {
      env: { ...globalThis.process.env, a: script("a"), b: script("b") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(process);
    const output = collected(process.stdout);
    await within(30_000, "exit", once(process, "close"));

    const lines = output().trimEnd().split("\n");
    assert.equal(lines.length, 8000);
    for (const line of lines) assert.match(line, /^(a{149}|b{149})$/);
  });
});

function hasFullDevice(): boolean {
  return statSync("/dev/full", { throwIfNoEntry: false })?.isCharacterDevice() === true;
}
