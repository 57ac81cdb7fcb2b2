// Deno.serve serves the fixture with its defaults. Runs under Deno.

import process from "node:process";
import * as fixture from "../../../src/conformance/fixture.ts";

const { Deno } = globalThis as unknown as {
  Deno: { readonly version: { readonly deno: string }; serve(options: object, handler: unknown): unknown };
};

const onListen = ({ port }: { port: number }): void => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, about: `Deno ${Deno.version.deno}` }));
};
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, fixture.fetch);

// It takes the files that it made along.
process.stdin.on("end", () => process.exit(0)).resume();
