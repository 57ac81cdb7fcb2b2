// What does ultimate-express cost, which is Express written anew for uWebSockets.js? The same apps, another `express`.

import { createRequire } from "node:module";
import express from "ultimate-express";
import { announce, chosen } from "../servers/announce.js";
import { hello, routes, stack } from "../servers/node-apps.js";

const { version } = createRequire(import.meta.url)("ultimate-express/package.json");
const make = chosen({
  "express5-hello": hello,
  "express5-stack": stack,
  "express5-routes": routes,
  "express4-hello": hello,
});

const app = await make(express);
app.listen(0, "127.0.0.1", () => announce(portOf(app), `ultimate-express ${version}, Node ${process.versions.node}`));

function portOf({ port, address }) {
  return typeof port === "number" ? port : address().port;
}
