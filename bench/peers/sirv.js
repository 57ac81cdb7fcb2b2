// What does sirv cost on node:http, in its production mode with everything our load asks for switched on?

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import sirv from "sirv";
import { announce } from "../servers/announce.js";

const { version } = JSON.parse(readFileSync(new URL("node_modules/sirv/package.json", import.meta.url), "utf8"));
const serveFiles = sirv(process.argv[3], { etag: true, brotli: true, gzip: true });

const server = createServer(serveFiles);
server.listen(0, "127.0.0.1", () => announce(server.address().port, `sirv ${version}, Node ${process.versions.node}`));
