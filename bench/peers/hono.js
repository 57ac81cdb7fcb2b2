// What does @hono/node-server cost? The adapter alone: its own defaults, no router in front of the handler.

import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { announce, chosen } from "../servers/announce.js";
import { handlers } from "../servers/fetch-handlers.js";

const manifest = new URL("node_modules/@hono/node-server/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8"));

serve({ fetch: chosen(handlers), port: 0, hostname: "127.0.0.1" }, ({ port }) =>
  announce(port, `@hono/node-server ${version}, Node ${process.versions.node}`),
);
