// What does an app cost on Node's own server (or, run by Bun, on Bun's)? The control of the Express loads.

import { createServer } from "node:http";
import { announce, chosen } from "./announce.js";
import { apps } from "./node-apps.js";

const { listener } = await chosen(apps)();
const runtime = process.versions.bun === undefined ? `Node ${process.versions.node}` : `Bun ${process.versions.bun}`;

const server = createServer(listener);
server.listen(0, "127.0.0.1", () => announce(server.address().port, `node:http, ${runtime}`));
