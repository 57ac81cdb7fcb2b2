// What does a message cost on easyserver, to an app that knows nothing of it? The package by its name: what ships.

import { createRequire } from "node:module";
import { serve } from "easyserver";
import { announce } from "./announce.js";
import { echoServer } from "./ws-app.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");
const engine = process.argv[3];

const server = await serve(echoServer(), {
  port: 0,
  host: "127.0.0.1",
  log: "off",
  handleSignals: true,
  ...(engine === undefined ? {} : { engine }),
});
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
