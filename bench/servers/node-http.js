// What does Node's own server cost, used directly?

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { announce, chosen } from "./announce.js";
import { article, CHUNK, CHUNK_COUNT, JSON_TYPE, TEXT, TEXT_TYPE } from "./content.js";

const answerText = (response, text) => {
  response.setHeader("content-type", TEXT_TYPE);
  response.end(text);
};

const answers = {
  hello: (_request, response) => answerText(response, TEXT),
  "hello-async": async (_request, response) => {
    await Promise.resolve();
    answerText(response, TEXT);
  },
  headers(request, response) {
    const { host, "user-agent": agent, "accept-language": language, "x-request-id": id } = request.headers;
    answerText(response, `${request.method} http://${host}${request.url} ${agent} ${language} ${id}`);
  },
  json(_request, response) {
    response.setHeader("content-type", JSON_TYPE);
    response.end(JSON.stringify(article()));
  },
  echo(request, response) {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => answerText(response, text));
  },
  stream(_request, response) {
    for (let i = 0; i < CHUNK_COUNT; i++) response.write(CHUNK);
    response.end();
  },
  "stream-pull"(_request, response) {
    let sent = 0;
    const source = new Readable({
      read() {
        this.push(sent++ < CHUNK_COUNT ? CHUNK : null);
      },
    });
    source.pipe(response);
  },
};

const server = createServer(chosen(answers));
server.listen(0, "127.0.0.1", () => announce(server.address().port, `node:http, Node ${process.versions.node}`));
