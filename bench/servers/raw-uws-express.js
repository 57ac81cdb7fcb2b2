// What does the engine cost alone, answering what the apps answer? No routing, no middleware: a floor, not a way to write apps.

import { loadAddon } from "./addon.js";
import { announce, chosen } from "./announce.js";
import { receipt, TEXT } from "./express-content.js";

const { addon, version } = loadAddon();

const hello = (type) => (response) => {
  response.writeHeader("Content-Type", type).end(TEXT);
};
const html = hello("text/html; charset=utf-8");
const plain = hello("text/plain; charset=utf-8");

function routes(response, request) {
  const id = request.getUrl().slice(request.getUrl().lastIndexOf("/") + 1);
  let earlier = null;
  response.onAborted(() => {});
  response.onData((chunk, isLast) => {
    // The engine takes the chunk's memory back when this returns.
    earlier = Buffer.concat([earlier ?? Buffer.alloc(0), Buffer.from(chunk)]);
    if (!isLast) return;
    const text = JSON.stringify(receipt(id, JSON.parse(earlier.toString())));
    response.writeHeader("Content-Type", "application/json; charset=utf-8").end(text);
  });
}

addon._cfg("silent");
const app = addon.App();
app.any(
  "/*",
  chosen({
    "express5-hello": html,
    "express5-stack": html,
    "express5-routes": routes,
    "express4-hello": html,
    "koa-hello": plain,
    "fastify-hello": plain,
    "nest-hello": html,
  }),
);
app.listen("127.0.0.1", 0, (token) => {
  if (!token) throw new Error("The engine could not listen on 127.0.0.1.");
  announce(addon.us_socket_local_port(token), `${version}, Node ${process.versions.node}`);
});
