// What does Node's own server cost over TLS, used directly?

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { announce } from "./announce.js";
import { TEXT, TEXT_TYPE } from "./content.js";

const [, , , tlsFolder] = process.argv;
const pair = { cert: readFileSync(join(tlsFolder, "chain.pem")), key: readFileSync(join(tlsFolder, "key.pem")) };

const server = createServer(pair, (_request, response) => {
  response.setHeader("content-type", TEXT_TYPE);
  response.end(TEXT);
});
server.listen(0, "127.0.0.1", () => announce(server.address().port, `node:https, Node ${process.versions.node}`));
