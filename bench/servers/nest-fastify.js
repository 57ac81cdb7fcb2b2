// What does the Nest app cost on Nest's Fastify platform and node:http? What its users take for speed.

import { FastifyAdapter } from "@nestjs/platform-fastify";
import { announce } from "./announce.js";
import { nest } from "./node-apps.js";

const app = await nest(FastifyAdapter);
await app.listen(0, "127.0.0.1");
announce(app.getHttpServer().address().port, `Nest on Fastify, node:http, Node ${process.versions.node}`);
