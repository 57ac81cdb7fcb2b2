// multer: files, fields, limits, and a client that leaves in the middle of a file.

import express from "express";
import multer from "multer";

const BOUNDARY = "----parity";

const part = (name, content, file) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? "" : `; filename="${file}"\r\nContent-Type: text/plain`}\r\n\r\n${content}\r\n`;
const form = (...parts) => `${parts.join("")}--${BOUNDARY}--\r\n`;
const type = ["Content-Type", `multipart/form-data; boundary=${BOUNDARY}`];

export const probe = {
  kind: "express",
  app({ watcher }) {
    const app = express();
    app.set("env", "test");
    const upload = multer({ storage: multer.memoryStorage(), limits: { fileSize: 3_000_000, files: 2 } });
    app.use(watcher);
    app.post("/upload", upload.array("file"), (request, response) => {
      const files = request.files.map(({ originalname, mimetype, size, buffer }) => ({
        originalname,
        mimetype,
        size,
        first: buffer.toString("latin1", 0, 10),
      }));
      response.json({ files, fields: { ...request.body } });
    });
    app.use((error, _request, response, _next) =>
      response.status(400).json({ code: error.code, message: error.message }),
    );
    return app;
  },
  steps: [
    {
      name: "two files and a field",
      method: "POST",
      target: "/upload",
      fields: [type],
      body: form(part("title", "x"), part("file", "one", "a.txt"), part("file", "two", "b.txt")),
    },
    {
      name: "a large file",
      method: "POST",
      target: "/upload",
      fields: [type],
      body: form(part("file", "0123456789".repeat(200_000), "large.txt")),
    },
    { name: "a large file in chunks", octets: chunked(form(part("file", "0123456789".repeat(20_000), "chunks.txt"))) },
    {
      name: "too many",
      method: "POST",
      target: "/upload",
      isFresh: true,
      fields: [type],
      body: form(part("file", "1", "1"), part("file", "2", "2"), part("file", "3", "3")),
    },
    {
      name: "another field",
      method: "POST",
      target: "/upload",
      isFresh: true,
      fields: [type],
      body: form(part("other", "1", "1")),
    },
    {
      name: "cut short",
      method: "POST",
      target: "/upload",
      isFresh: true,
      fields: [type],
      body: form(part("file", "1", "1")).slice(0, 60),
    },
    {
      name: "no boundary",
      method: "POST",
      target: "/upload",
      isFresh: true,
      fields: [["Content-Type", "multipart/form-data"]],
      body: "x",
    },
    {
      name: "the client leaves",
      isFresh: true,
      async client(client, recorder) {
        const body = form(part("file", "x".repeat(50_000), "left.txt"));
        await client.send(
          `POST /upload HTTP/1.1\r\nHost: a\r\n${type.join(": ")}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 20_000)}`,
        );
        while (recorder.count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        client.leave();
        return [];
      },
    },
  ],
};

function chunked(body) {
  const chunks = body.match(/[\s\S]{1,7000}/gu).map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  return `POST /upload HTTP/1.1\r\nHost: a\r\n${type.join(": ")}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`;
}
