// What does Fastify cost, used as its documentation shows?

import { createRequire } from "node:module";
import { Readable } from "node:stream";
import fastify from "fastify";
import { announce, chosen } from "../servers/announce.js";
import { article, CHUNK, CHUNK_COUNT, TEXT, TEXT_TYPE } from "../servers/content.js";

const { version } = createRequire(import.meta.url)("fastify/package.json");
const chunks = Array.from({ length: CHUNK_COUNT }, () => CHUNK);

const answers = {
  hello: (_request, reply) => reply.type(TEXT_TYPE).send(TEXT),
  "hello-async": async (_request, reply) => {
    await Promise.resolve();
    reply.type(TEXT_TYPE);
    return TEXT;
  },
  headers(request, reply) {
    const { "user-agent": agent, "accept-language": language, "x-request-id": id } = request.headers;
    const url = `${request.protocol}://${request.host}${request.url}`;
    reply.type(TEXT_TYPE).send(`${request.method} ${url} ${agent} ${language} ${id}`);
  },
  json: (_request, reply) => reply.send(article()),
  echo: (request, reply) => reply.type(TEXT_TYPE).send(request.body),
  stream: (_request, reply) => reply.send(Readable.from(chunks)),
  "stream-pull"(_request, reply) {
    let sent = 0;
    const source = new Readable({
      read() {
        this.push(sent++ < CHUNK_COUNT ? CHUNK : null);
      },
    });
    return reply.send(source);
  },
};

const server = fastify();
server.all("/*", chosen(answers));
await server.listen({ port: 0, host: "127.0.0.1" });
announce(server.server.address().port, `Fastify ${version}, Node ${process.versions.node}`);
