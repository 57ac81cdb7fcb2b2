// What does srvx cost, with the Response that its documentation recommends for speed?

import { readFileSync } from "node:fs";
import { FastResponse, serve } from "srvx";
import { announce, chosen } from "../servers/announce.js";
import { handlersWith } from "../servers/fetch-handlers.js";

const manifest = new URL("node_modules/srvx/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8"));

const server = serve({ fetch: chosen(handlersWith(FastResponse)), port: 0, hostname: "127.0.0.1", silent: true });
await server.ready();
announce(Number(new URL(server.url).port), `srvx ${version}, Node ${process.versions.node}`);
