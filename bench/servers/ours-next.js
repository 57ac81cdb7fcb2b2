// What does a Next app cost on easyserver, unchanged? The package by its name: what ships.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { serve } from "easyserver";
import { fromNext } from "easyserver/next";
import { announce } from "./announce.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");
const [, , , engine = "uws"] = process.argv;

const dir = fileURLToPath(new URL("../next-app", import.meta.url));
const server = await serve(fromNext({ dir }), { port: 0, host: "127.0.0.1", log: "off", handleSignals: true, engine });
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
