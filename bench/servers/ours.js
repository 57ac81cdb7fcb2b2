// What does a user of easyserver get? The package by its name: what ships, resolved through its exports map to `dist`.

import { createRequire } from "node:module";
import { serve } from "easyserver";
import { announce, chosen } from "./announce.js";
import { handlers } from "./fetch-handlers.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");
const engine = process.argv[3] ?? "uws";

const server = await serve(chosen(handlers), {
  port: 0,
  host: "127.0.0.1",
  log: "off",
  handleSignals: true,
  engine,
});
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
