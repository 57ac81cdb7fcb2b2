// What does a message cost on easyserver, to a handler that takes up a WebSocket by itself? The package by its name: what ships.

import { createRequire } from "node:module";
import { serve } from "easyserver";
import { announce } from "./announce.js";

const { version } = createRequire(import.meta.url)("easyserver/package.json");

function handler(request, { upgradeWebSocket }) {
  if (request.headers.get("upgrade") !== "websocket") {
    return new Response(`plain ${new URL(request.url).pathname}`, { headers: { "content-type": "text/plain" } });
  }
  const { socket, response } = upgradeWebSocket();
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
}

const server = await serve(handler, { port: 0, host: "127.0.0.1", log: "off", handleSignals: true });
const { name, version: engineVersion } = server.engine;
announce(server.port, `easyserver ${version} on ${name} ${engineVersion}, Node ${process.versions.node}`);
