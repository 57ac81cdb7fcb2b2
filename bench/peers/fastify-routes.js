// What does an app cost that is written for Fastify instead of Express? As its documentation shows, without schemas.

import { createRequire } from "node:module";
import fastify from "fastify";
import { announce, chosen } from "../servers/announce.js";
import { receipt, ROUTES, TEXT } from "../servers/express-content.js";

const { version } = createRequire(import.meta.url)("fastify/package.json");

const app = fastify();
const prepare = chosen({
  "express5-hello"() {
    for (const path of ["/", "/other"]) app.get(path, (_request, reply) => reply.type("text/html").send(TEXT));
  },
  "express5-routes"() {
    for (let route = 0; route < ROUTES; route++) {
      app.post(`/api/v1/resource-${route}/:id`, (request, reply) =>
        reply.send(receipt(request.params.id, request.body)),
      );
    }
  },
});
prepare();
await app.listen({ port: 0, host: "127.0.0.1" });
announce(app.server.address().port, `Fastify ${version}, Node ${process.versions.node}`);
