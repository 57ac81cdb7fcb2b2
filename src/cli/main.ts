#!/usr/bin/env node
// The command `easyserver`.

import { run } from "./run.ts";

// What an app leaves open, such as a database pool, must not keep a process alive whose server has stopped.
const LINGER_MS = 1000;

// A reader that leaves, as `head` does, or a terminal that is closed, must not end the server. What is written to it is lost, and
// nobody misses it.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

void run(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), LINGER_MS).unref();
});
