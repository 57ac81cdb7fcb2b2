// morgan and pino-http: what a logger sees of a request that ended well, badly or not at all.

import express from "express";
import morgan from "morgan";
import { pinoHttp } from "pino-http";

const FORMAT =
  ":method :url HTTP/:http-version :status :res[content-length] :res[x-a] :req[host] :remote-user :referrer :user-agent";

export const probe = {
  kind: "express",
  app({ watcher, recorder }) {
    const app = express();
    app.set("env", "test");
    const line = (name) => (text) => recorder.note(`${name}: ${text.trim()}`);
    app.use(watcher);
    app.use(morgan(FORMAT, { stream: { write: line("morgan") } }));
    app.use(morgan(":method :url", { immediate: true, stream: { write: line("immediate") } }));
    app.use(pinoHttp({ base: null, timestamp: false }, { write: (text) => line("pino")(selected(text)) }));
    app.get("/ok", (_request, response) => response.set("X-A", "a").send("ok"));
    app.get("/stream", (request, response) => {
      request.log.info("from the request");
      response.write("a");
      response.end("b");
    });
    app.get("/fails", (_request, response) => response.status(500).send("failed"));
    app.get("/hangs", (_request, response) => {
      response.write("begun");
      recorder.note("began");
    });
    return app;
  },
  steps: [
    {
      name: "ok",
      target: "/ok",
      fields: [
        ["Authorization", "Basic YWRhOnB3"],
        ["Referer", "http://r.example/"],
        ["User-Agent", "probe"],
      ],
    },
    { name: "stream", target: "/stream" },
    { name: "fails", target: "/fails" },
    { name: "nothing", target: "/nothing" },
    {
      name: "the client leaves",
      isFresh: true,
      async client(client, recorder) {
        await client.send("GET /hangs HTTP/1.1\r\nHost: a\r\n\r\n");
        while (!recorder.has("began")) await new Promise((resolve) => setTimeout(resolve, 5));
        await client.peek(10);
        client.leave();
        return [];
      },
    },
  ],
};

/** What does not change from run to run. */
function selected(text) {
  const { level, msg, req, res, err } = JSON.parse(text);
  const fields = Object.fromEntries(Object.entries(res?.headers ?? {}).filter(([name]) => name !== "date"));
  return JSON.stringify({
    level,
    msg,
    method: req?.method,
    url: req?.url,
    headers: req?.headers,
    ip: req?.remoteAddress,
    status: res?.statusCode,
    fields,
    err: err?.message,
  });
}
