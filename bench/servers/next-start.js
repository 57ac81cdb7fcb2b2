// What does a Next app cost as Next itself serves it? `next start`, in this process as in its own.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { announce } from "./announce.js";
import { freePort, listening } from "./free-port.js";

const require = createRequire(import.meta.url);
const { nextStart } = require("next/dist/cli/next-start.js");
const { version } = require("next/package.json");

const dir = fileURLToPath(new URL("../next-app", import.meta.url));
const port = await freePort();
await nextStart({ port, hostname: "127.0.0.1" }, dir);
await listening(port);
announce(port, `next start, Next ${version}, Node ${process.versions.node}`);
