// What does srvx cost with its own middleware for files, compressed ones found beside the others?

import { readFileSync } from "node:fs";
import { FastResponse, serve } from "srvx";
import { staticMiddleware } from "srvx/static";
import { announce } from "../servers/announce.js";

const { version } = JSON.parse(readFileSync(new URL("node_modules/srvx/package.json", import.meta.url), "utf8"));

const server = serve({
  middleware: [staticMiddleware({ dir: process.argv[3], encodings: true, compress: false })],
  fetch: () => new FastResponse("Not found", { status: 404 }),
  port: 0,
  hostname: "127.0.0.1",
  silent: true,
});
await server.ready();
announce(Number(new URL(server.url).port), `srvx/static ${version}, Node ${process.versions.node}`);
