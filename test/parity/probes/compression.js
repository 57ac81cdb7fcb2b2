// compression: wraps write, end and on of the response; flush; filters.

import compression from "compression";
import express from "express";

const accepts = (value) => [["Accept-Encoding", value]];
const LINE = "the quick brown fox jumps over the lazy dog\n";

export const probe = {
  kind: "express",
  app({ watcher }) {
    const app = express();
    app.use(watcher, compression({ threshold: 100 }));
    app.get("/small", (_request, response) => response.send("small"));
    app.get("/large", (_request, response) => response.type("txt").send(LINE.repeat(2_000)));
    app.get("/written", (_request, response) => {
      response.type("txt");
      response.write(LINE.repeat(20));
      response.write(LINE.repeat(20));
      response.end(LINE);
    });
    app.get("/flushed", (_request, response) => {
      response.type("txt");
      response.write(LINE);
      response.flush();
      setImmediate(() => response.end("last"));
    });
    app.get("/no-transform", (_request, response) => {
      response.set("Cache-Control", "no-transform").type("txt").send(LINE.repeat(50));
    });
    app.get("/image", (_request, response) => response.type("png").send(Buffer.alloc(5_000)));
    app.get("/drains", (_request, response) => {
      response.type("txt");
      let left = 40;
      const more = () => {
        while (left > 0) {
          left -= 1;
          if (!response.write(LINE.repeat(400))) return response.once("drain", more);
        }
        return response.end();
      };
      more();
    });
    return app;
  },
  steps: [
    { name: "small", target: "/small", fields: accepts("gzip") },
    { name: "gzip", target: "/large", fields: accepts("gzip") },
    { name: "br", target: "/large", fields: accepts("br, gzip") },
    { name: "deflate", target: "/large", fields: accepts("deflate") },
    { name: "identity", target: "/large", fields: accepts("identity") },
    { name: "HEAD", method: "HEAD", target: "/large", fields: accepts("gzip") },
    { name: "written in parts", target: "/written", fields: accepts("gzip") },
    { name: "flushed", target: "/flushed", fields: accepts("gzip") },
    { name: "no-transform", target: "/no-transform", fields: accepts("gzip") },
    { name: "image", target: "/image", fields: accepts("gzip") },
    { name: "drain", target: "/drains", fields: accepts("gzip") },
  ],
};
