// What does serve-static cost on node:http? It knows no compressed files, so its bodies are larger in the mix.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import serveStatic from "serve-static";
import { announce } from "../servers/announce.js";

const { version } = JSON.parse(
  readFileSync(new URL("node_modules/serve-static/package.json", import.meta.url), "utf8"),
);
const serveFiles = serveStatic(process.argv[3]);

const server = createServer((request, response) => {
  serveFiles(request, response, () => {
    response.statusCode = 404;
    response.end();
  });
});
server.listen(0, "127.0.0.1", () =>
  announce(server.address().port, `serve-static ${version}, Node ${process.versions.node}`),
);
