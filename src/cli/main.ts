#!/usr/bin/env node
// The command `easyserver`.

import { EXIT } from "./failure.ts";
import { run } from "./run.ts";

// What an app leaves open, such as a database pool, must not keep a process alive whose server has stopped.
const LINGER_MS = 1000;

// A reader that leaves, as `head` does, or a terminal that is closed, must not end the server. What is written to it is lost, and
// nobody misses it.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

let isOver = false;

void run(process.argv.slice(2)).then((exitCode) => {
  isOver = true;
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), LINGER_MS).unref();
});

// Node has nothing left to do. Whoever waits for that takes a turn to go on; else nothing ever will, and an end with 0 would look to
// a supervisor like work that is done.
process.once("beforeExit", () => {
  setImmediate(() => {
    process.once("beforeExit", () => {
      if (isOver) return;
      process.exitCode = EXIT.failedStart;
      process.stderr.write(
        "easyserver: the app, or the settings file, waits for something that cannot happen: a promise that nothing is left to " +
          "settle, such as one behind an await at the top of a module.\n",
      );
    });
  });
});
