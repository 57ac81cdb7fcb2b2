// What does an app cost on easyserver, unchanged? The package by its name: what ships.

import { createRequire } from "node:module";
import { serve } from "easyserver";
import { announce, chosen } from "./announce.js";
import { apps } from "./node-apps.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");
const engine = process.argv[3];

const { listener, app = listener } = await chosen(apps)();
const server = await serve(app, {
  port: 0,
  host: "127.0.0.1",
  log: "off",
  handleSignals: true,
  ...(engine === undefined ? {} : { engine }),
});
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
