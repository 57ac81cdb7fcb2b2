// What does a user get who serves a folder with easyserver? The package by its name: what ships.

import { createRequire } from "node:module";
import { serve } from "easyserver";
import { announce } from "./announce.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");
const [, , , folder, engine = "uws"] = process.argv;

const server = await serve(null, { port: 0, host: "127.0.0.1", log: "off", static: { "/": folder }, engine });
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
