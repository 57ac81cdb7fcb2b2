// No test file may keep a run waiting for ever: `npm test` loads this into the runner and, through it, into each file's process.
// Node's own `--test-timeout` ends a file with SIGTERM, which a server takes as a request, and waits for it from then on; and
// `--test-force-exit` would let a file pass that leaves something open.

// CommonJS: Node 20 loads nothing but what `--require` names into the process of its runner.

"use strict";

const { channel } = require("node:diagnostics_channel");
const { readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { isMainThread } = require("node:worker_threads");

/** A whole file; the longest take a minute or two on a machine that is busy. */
const FILE_MS = Number(process.env["CEILING_FILE_MS"] ?? 480_000);
/** From the end of a file's last test to the end of its process, for what closes a moment later. */
const AFTER_MS = Number(process.env["CEILING_AFTER_MS"] ?? 20_000);
/** For a file's process to say what it waits for. */
const LAST_WORDS_MS = Math.min(5_000, FILE_MS);

const RUNNER = "CEILING_RUNNER";

if (isMainThread && process.execArgv.includes("--test")) watchFiles();
else if (isMainThread && process.env[RUNNER] === String(process.ppid)) watchThisFile();

/** In the runner: ends files that do not end, whatever they are busy with, and lets go of what a file left behind. */
function watchFiles() {
  process.env[RUNNER] = String(process.pid);
  channel("child_process").subscribe((message) => {
    const { process: child } = message;
    const timer = setTimeout(() => {
      complain(nameOf(child), `did not end within ${(FILE_MS + LAST_WORDS_MS) / 1000} s, and is ended now`);
      endDescendants(child.pid);
      child.kill("SIGKILL");
    }, FILE_MS + LAST_WORDS_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      setTimeout(() => letGo(child), AFTER_MS).unref();
    });
  });
}

// A process that outlives its file and holds the file's output keeps the runner too.
function letGo(child) {
  const streams = [child.stdout, child.stderr].filter((stream) => stream?.closed === false);
  if (streams.length === 0) return;
  complain(nameOf(child), "ended, but left a process behind that holds its output");
  process.exitCode = 1;
  for (const stream of streams) stream.destroy();
}

/** In a file's process: fails it, with the names of the tests that were not done and what it waits for. */
function watchThisFile() {
  const { after, beforeEach } = require("node:test");
  const name = path.relative(process.cwd(), process.argv[1] ?? "");
  const fail = (what) => {
    complain(name, `${what}. It waits for: ${process.getActiveResourcesInfo().join(", ") || "nothing"}`);
    endDescendants(process.pid);
    // The runner's sign that nothing more will come: it reports each test that is not done.
    process.emit("beforeExit", 1);
    setTimeout(() => process.exit(1), LAST_WORDS_MS / 5);
  };
  setTimeout(() => fail(`did not end within ${FILE_MS / 1000} s`), FILE_MS).unref();
  let late;
  after(() => {
    late = setTimeout(() => fail(`has not ended ${AFTER_MS / 1000} s after its last test`), AFTER_MS).unref();
  });
  // A file that waits between its tests seems to have ended.
  beforeEach(() => clearTimeout(late));
}

function nameOf(child) {
  return path.relative(process.cwd(), child.spawnargs.at(-1) ?? "");
}

function complain(file, what) {
  process.stderr.write(`\n${file} ${what}.\n`);
}

/** Ends the processes that `pid` started, and theirs. Only Linux tells which. */
function endDescendants(pid) {
  const parents = new Map();
  for (const name of processes()) {
    try {
      const status = readFileSync(`/proc/${name}/stat`, "latin1");
      parents.set(Number(name), Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (candidate) =>
    candidate !== undefined && (parents.get(candidate) === pid || isBelow(parents.get(candidate)));
  for (const descendant of [...parents.keys()].filter(isBelow)) {
    try {
      process.kill(descendant, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function processes() {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  } catch {
    return [];
  }
}
