// Can a test file keep a run waiting? The runner of `npm test`, over files that do what none should.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { newFolder } from "./folders.ts";

const CEILING = fileURLToPath(new URL("ceiling.cjs", import.meta.url));

const FILES = {
  "good.test.mjs": `it("is good", () => {});`,
  "left.test.mjs": `it("leaves a process", () => spawn("sleep", ["10"], { stdio: "inherit", detached: true }).unref());`,
  "never.test.mjs": `it("never ends", () => new Promise(() => setInterval(() => {}, 1_000)));`,
  "open.test.mjs": `it("leaves a server open", () => { createServer().listen(0); });`,
  "parent.test.mjs": `it("leaves a child", () => { spawn("sleep", ["60"], { stdio: "inherit" }); });`,
  "blocks.test.mjs": `it("blocks", () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });`,
  "well.test.mjs": `it("is well", () => {});`,
};

const IMPORTS = `
  import { it } from "node:test";
  import { spawn } from "node:child_process";
  import { createServer } from "node:net";
  // As a server does, which ends in its own time.
  process.on("SIGTERM", () => {});
`;

interface Run {
  readonly code: unknown;
  readonly output: string;
}

/** The runner's answer to all of `FILES` at once. */
function runFiles(): Promise<Run> {
  const folder = newFolder("ceiling");
  const paths = Object.entries(FILES).map(([name, text]) => {
    writeFileSync(join(folder, name), IMPORTS + text);
    return join(folder, name);
  });
  const { NODE_TEST_CONTEXT: _, ...variables } = process.env;
  const env = { ...variables, CEILING_FILE_MS: "2000", CEILING_AFTER_MS: "500" };
  const parameters = ["--require", CEILING, "--test", "--test-reporter=tap", "--test-concurrency=7", ...paths];
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? error?.signal ?? 0, output: `${stdout}${stderr}` });
    });
  });
}

describe("a run of test files", () => {
  let run: Run;
  before(async () => {
    run = await runFiles();
  });

  const assertFails = (file: string, message: RegExp): void => {
    assert.match(run.output, message);
    assert.match(run.output, new RegExp(`^not ok \\d+ - \\S*/${file}$`, "mu"));
  };

  it("ends, has failed, and has gone through all files", () => {
    assert.equal(run.code, 1, run.output);
    for (const test of ["is good", "is well"]) assert.match(run.output, new RegExp(`^ok \\d+ - ${test}$`, "mu"));
  });

  it("fails a file whose process does not end after its tests, and says what it waits for", () => {
    const message = /open\.test\.mjs has not ended 0\.5 s after its last test\. It waits for: .*TCPServerWrap/u;
    assertFails("open.test.mjs", message);
    assert.match(run.output, /^ok \d+ - leaves a server open$/mu);
  });

  it("fails a file that waits for a process that it left", () => {
    assertFails("parent.test.mjs", /parent\.test\.mjs has not ended .* It waits for: .*ProcessWrap/u);
  });

  it("fails a file that left a process with its output, though the file has ended", () => {
    assertFails("left.test.mjs", /left\.test\.mjs ended, but left a process behind that holds its output/u);
  });

  it("names the test that never ends", () => {
    assert.match(run.output, /never\.test\.mjs did not end within 2 s\. It waits for: .*Timeout/u);
    assert.match(run.output, /^not ok \d+ - never ends$/mu);
  });

  it("ends a file that does not even listen", () => {
    assertFails("blocks.test.mjs", /blocks\.test\.mjs did not end within 4 s, and is ended now/u);
  });
});
