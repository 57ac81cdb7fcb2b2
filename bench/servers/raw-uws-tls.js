// What does the engine cost alone over TLS? The same addon answering the same bytes by the shortest road.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAddon } from "./addon.js";
import { announce } from "./announce.js";
import { TEXT, TEXT_TYPE } from "./content.js";

const [, , load, tlsFolder, folder] = process.argv;
const { addon, version } = loadAddon();
const files = new Map(
  load.startsWith("https-static-")
    ? ["timed-16k.txt", "other-16k.txt", "timed-1m.txt", "other-1m.txt"].map((name) => [
        `/${name}`,
        readFileSync(join(folder, name)),
      ])
    : [],
);

addon._cfg("silent");
const app = addon.SSLApp({ cert_file_name: join(tlsFolder, "chain.pem"), key_file_name: join(tlsFolder, "key.pem") });
app.any("/*", (response, request) => {
  const file = files.get(request.getUrl());
  if (file === undefined) response.writeHeader("content-type", TEXT_TYPE).end(TEXT);
  else response.cork(() => response.writeHeader("content-type", "text/plain").end(file));
});
app.listen("127.0.0.1", 0, (token) => {
  if (!token) throw new Error("The engine could not listen on 127.0.0.1.");
  announce(addon.us_socket_local_port(token), `${version}, Node ${process.versions.node}`);
});
