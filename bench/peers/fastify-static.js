// What does @fastify/static cost, with the compressed files it finds beside the others?

import { readFileSync } from "node:fs";
import fastifyStatic from "@fastify/static";
import fastify from "fastify";
import { announce } from "../servers/announce.js";

const manifest = new URL("node_modules/@fastify/static/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8"));

const server = fastify();
await server.register(fastifyStatic, { root: process.argv[3], preCompressed: true });
await server.listen({ port: 0, host: "127.0.0.1" });
announce(server.server.address().port, `@fastify/static ${version}, Node ${process.versions.node}`);
