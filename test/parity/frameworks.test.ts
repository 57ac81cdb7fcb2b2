// Do Koa, Fastify and APIs made for (request, response) behave as on node:http?

import { parity } from "./judge.ts";

parity("koa", "fastify", "apis", "socket-io");
