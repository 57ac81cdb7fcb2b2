// What does the engine cost alone? The control: the same addon answering the same bytes by the shortest road.
// It trusts every request, so it is a floor for the cost and not a way to run a server.

import { loadAddon } from "./addon.js";
import { announce, chosen } from "./announce.js";
import { article, CHUNK, CHUNK_COUNT, JSON_TYPE, TEXT, TEXT_TYPE } from "./content.js";

const { addon, version } = loadAddon();

const hello = (response) => {
  response.writeHeader("content-type", TEXT_TYPE).end(TEXT);
};

/** All chunks are there, so they leave in one write: the engine's cork holds 16 KiB, and beyond it every write is four sends. */
const gathered = (response) => {
  for (let i = 0; i < CHUNK_COUNT; i++) gathering.set(CHUNK, i * CHUNK.byteLength);
  response.write(gathering);
  response.end();
};

// One for all requests: the engine has sent or copied the bytes when `write` returns.
const gathering = new Uint8Array(CHUNK_COUNT * CHUNK.byteLength);

/** What a straightforward loop costs; measured beside the control, because it is what documentation shows. */
const writtenEach = (response) => {
  for (let i = 0; i < CHUNK_COUNT; i++) response.write(CHUNK);
  response.end();
};

const stream = process.argv[3] === "each" ? writtenEach : gathered;

const answers = {
  hello,
  // The bytes of hello need no wait: what a microtask costs is part of what is measured.
  "hello-async": hello,
  headers(response, request) {
    const method = request.getCaseSensitiveMethod();
    const query = request.getQuery();
    const target = query ? `${request.getUrl()}?${query}` : request.getUrl();
    const url = `http://${request.getHeader("host")}${target}`;
    const fields = `${request.getHeader("user-agent")} ${request.getHeader("accept-language")} ${request.getHeader("x-request-id")}`;
    response.writeHeader("content-type", TEXT_TYPE).end(`${method} ${url} ${fields}`);
  },
  json(response) {
    response.writeHeader("content-type", JSON_TYPE).end(JSON.stringify(article()));
  },
  echo(response) {
    let earlier = null;
    response.onAborted(() => {});
    response.onData((chunk, isLast) => {
      // The engine takes the chunk's memory back when this returns: answer from it at once, or copy it.
      if (isLast) {
        const body = earlier === null ? chunk : Buffer.concat([earlier, Buffer.from(chunk)]);
        response.writeHeader("content-type", TEXT_TYPE).end(body);
      } else {
        earlier = Buffer.concat([earlier ?? Buffer.alloc(0), Buffer.from(chunk)]);
      }
    });
  },
  stream,
  "stream-pull": stream,
};

addon._cfg("silent");
const app = addon.App();
app.any("/*", chosen(answers));
app.listen("127.0.0.1", 0, (token) => {
  if (!token) throw new Error("The control could not listen on 127.0.0.1.");
  announce(addon.us_socket_local_port(token), `${version}, Node ${process.versions.node}`);
});
