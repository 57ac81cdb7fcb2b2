// A process of few descriptors that serves a folder every way. Told "take" on stdin, it takes all that are left; told "give", it
// lets them go. Ends with its stdin.

import { closeSync, openSync } from "node:fs";
import { serve } from "../../src/index.ts";
import { ENGINES } from "../support/engines.ts";

const taken: number[] = [];

function takeAll(): void {
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EMFILE")) throw error;
  }
}

const ways = ENGINES.flatMap((engine) => (["production", "development"] as const).map((mode) => ({ engine, mode })));
const fixed = { host: "127.0.0.1", port: 0, log: "off", handleSignals: false, staticCacheBytes: 0 } as const;
const ports: number[] = [];
for (const way of ways) {
  const server = await serve(null, { ...fixed, ...way, static: { "/": process.argv[2] ?? "" } });
  ports.push(server.port);
}

process.stdin.setEncoding("latin1");
process.stdin.on("data", (command) => {
  if (String(command) === "take\n") takeAll();
  else for (const descriptor of taken.splice(0)) closeSync(descriptor);
  process.stdout.write("done\n");
});
process.stdin.on("end", () => process.exit(0));
process.stdout.write(`${JSON.stringify(ports)}\n`);
