// Bun.serve serves the fixture, with the limits of uploads raised and the pages for developers off. Runs under Bun.

import process from "node:process";
import * as fixture from "../../../src/conformance/fixture.ts";

interface BunServer {
  readonly port: number;
}

const { Bun } = globalThis as unknown as {
  Bun: { readonly version: string; serve(options: object): BunServer };
};

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  maxRequestBodySize: 1024 ** 3,
  fetch: fixture.fetch,
});
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.port}`, about: `Bun ${Bun.version}` }));

// It takes the files that it made along.
process.stdin.on("end", () => process.exit(0)).resume();
