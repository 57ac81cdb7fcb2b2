// What does the engine cost alone, with every file in memory from the start? A floor: it looks at nothing on the disk again.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { announce } from "./announce.js";
import { loadAddon } from "./addon.js";

const TYPES = {
  txt: "text/plain",
  html: "text/html",
  css: "text/css",
  js: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  webp: "image/webp",
  jpg: "image/jpeg",
  woff2: "font/woff2",
  mp4: "video/mp4",
};

const { addon, version } = loadAddon();
const files = loadFiles(process.argv[3]);

addon._cfg("silent");
const app = addon.App();
app.get("/*", (response, request) => {
  const file = files.get(request.getUrl());
  if (file === undefined) {
    response.writeStatus("404 Not Found").end("");
    return;
  }
  const accepted = file.br === null ? "" : request.getHeader("accept-encoding");
  const variant = accepted.includes("br") ? file.br : file.identity;
  const range = request.getHeader("range");
  if (request.getHeader("if-none-match") === variant.etag) {
    response.writeStatus("304 Not Modified").writeHeader("etag", variant.etag).endWithoutBody();
  } else if (range !== "") sendPart(response, file, range);
  else sendWhole(response, file, variant);
});
app.listen("127.0.0.1", 0, (token) => {
  if (!token) throw new Error("The engine could not listen on 127.0.0.1.");
  announce(addon.us_socket_local_port(token), `${version}, Node ${process.versions.node}`);
});

function sendWhole(response, file, variant) {
  response.cork(() => {
    response.writeHeader("content-type", file.type).writeHeader("etag", variant.etag);
    if (variant === file.br) response.writeHeader("content-encoding", "br");
    sendBytes(response, variant.bytes);
  });
}

function sendPart(response, { identity, type }, range) {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range);
  const part = identity.bytes.subarray(Number(first), Number(last) + 1);
  response.cork(() => {
    response.writeStatus("206 Partial Content").writeHeader("content-type", type);
    response.writeHeader("content-range", `bytes ${first}-${last}/${identity.bytes.byteLength}`);
    sendBytes(response, part);
  });
}

/** What the socket does not take is offered again when it can: `end` would copy it. */
function sendBytes(response, bytes) {
  if (bytes.byteLength <= 65_536) {
    response.end(bytes);
    return;
  }
  response.onAborted(() => {});
  const [, isDone] = response.tryEnd(bytes, bytes.byteLength);
  if (isDone) return;
  response.onWritable((offset) => response.tryEnd(bytes.subarray(offset), bytes.byteLength)[0]);
}

function loadFiles(folder) {
  const found = new Map();
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map(String);
  const names = paths.filter((name) => statSync(join(folder, name)).isFile());
  for (const name of names.filter((candidate) => !/\.(br|gz)$/.test(candidate))) {
    const identity = variantOf(join(folder, name), "");
    const br = names.includes(`${name}.br`) ? variantOf(join(folder, `${name}.br`), "-br") : null;
    found.set(`/${name}`, { identity, br, type: TYPES[name.split(".").at(-1)] });
  }
  return found;
}

function variantOf(path, suffix) {
  return { bytes: readFileSync(path), etag: `"${statSync(path).mtimeMs.toString(36)}${suffix}"` };
}
