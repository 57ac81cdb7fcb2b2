// What does a user of easyserver get over TLS? The package by its name: what ships.

import { createRequire } from "node:module";
import { join } from "node:path";
import { serve } from "easyserver";
import { announce } from "./announce.js";
import { TEXT } from "./content.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");
const [, , load, tlsFolder, folder, engine = "uws"] = process.argv;
const isStatic = load.startsWith("https-static-");

const server = await serve(isStatic ? null : () => new Response(TEXT), {
  host: "127.0.0.1",
  httpsPort: 0,
  httpPort: "off",
  cert: join(tlsFolder, "chain.pem"),
  key: join(tlsFolder, "key.pem"),
  log: "off",
  engine,
  ...(isStatic && { static: { "/": folder } }),
});
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
