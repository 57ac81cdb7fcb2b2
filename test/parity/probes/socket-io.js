// socket.io over HTTP long polling, as a browser speaks it before it upgrades.

import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";

const query = "/socket.io/?EIO=4&transport=polling";
const sid = (earlier) => JSON.parse(earlier.get("handshake").text.slice(1)).sid;

export const probe = {
  kind: "node",
  app({ watch, onEnd }) {
    // socket.io takes over the request listeners of a server; this one never listens itself.
    const server = createServer((_request, response) => response.end("not socket.io"));
    const io = new Server(server, {
      transports: ["polling"],
      pingInterval: 60_000,
      cors: { origin: "http://b.example" },
    });
    io.on("connection", (socket) => {
      socket.emit("hello", { from: "server" });
      socket.on("ask", (value, reply) => reply(`got ${value}`));
    });
    onEnd(() => io.close());
    return (request, response) => {
      watch(request, response);
      EventEmitter.prototype.emit.call(server, "request", request, response);
    };
  },
  steps: [
    { name: "another path", target: "/" },
    { name: "handshake", target: query, fields: [["Origin", "http://b.example"]] },
    withSession("connect", "POST", "40"),
    withSession("first events", "GET"),
    withSession("ask", "POST", '420["ask","x"]'),
    withSession("answer", "GET"),
    {
      name: "preflight",
      method: "OPTIONS",
      target: query,
      fields: [
        ["Origin", "http://b.example"],
        ["Access-Control-Request-Method", "POST"],
      ],
    },
    { name: "unknown session", target: `${query}&sid=nope` },
    { name: "bad transport", target: "/socket.io/?EIO=4&transport=pigeon" },
    withSession("goodbye", "POST", "41"),
  ],
  blurs: [{ pattern: /(sid(?:\\":\\"|=))[\w-]+/gu, becomes: "$1*", reason: "It is drawn by lot." }],
};

function withSession(name, method, body) {
  const target = (earlier) => `${query}&sid=${sid(earlier)}`;
  return {
    name,
    method,
    target,
    fields: body === undefined ? [] : [["Content-Type", "text/plain;charset=UTF-8"]],
    body,
  };
}
