// An app on the library `ws`, as its own documentation begins: the same for node:http and for easyserver.

import { createServer } from "node:http";
import { WebSocketServer } from "ws";

export function echoServer() {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/plain");
    response.end(`plain ${request.url}`);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return server;
}
