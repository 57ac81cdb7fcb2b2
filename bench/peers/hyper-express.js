// What does hyper-express cost, used as its documentation shows?

import { createRequire } from "node:module";
import HyperExpress from "hyper-express";
import { announce, chosen } from "../servers/announce.js";
import { receipt, ROUTES, TEXT } from "../servers/express-content.js";

const { version } = createRequire(import.meta.url)("hyper-express/package.json");

const server = new HyperExpress.Server();
const prepare = chosen({
  "express5-hello"() {
    for (const path of ["/", "/other"]) server.get(path, (_request, response) => response.type("html").send(TEXT));
  },
  "express5-routes"() {
    for (let route = 0; route < ROUTES; route++) {
      server.post(`/api/v1/resource-${route}/:id`, async (request, response) => {
        response.json(receipt(request.path_parameters.id, await request.json()));
      });
    }
  },
});
prepare();
await server.listen(0, "127.0.0.1");
announce(server.port, `hyper-express ${version}, Node ${process.versions.node}`);
