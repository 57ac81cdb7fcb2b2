// srvx on Node serves the fixture with its defaults. It is installed with the servers of the bench.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import * as fixture from "../../../src/conformance/fixture.ts";

interface Srvx {
  serve(options: object): { readonly url: string; ready(): Promise<unknown> };
}

const peers = createRequire(new URL("../../../bench/peers/package.json", import.meta.url));
const main = peers.resolve("srvx");
const manifest = `${main.slice(0, main.lastIndexOf("/srvx/"))}/srvx/package.json`;
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
const srvx = (await import(pathToFileURL(main).href)) as Srvx;

const server = srvx.serve({ hostname: "127.0.0.1", port: 0, silent: true, fetch: fixture.fetch });
await server.ready();
const url = new URL(server.url).origin;
console.log(JSON.stringify({ url, about: `srvx ${version}, Node ${process.versions.node}` }));

// It takes the files that it made along.
process.stdin.on("end", () => process.exit(0)).resume();
