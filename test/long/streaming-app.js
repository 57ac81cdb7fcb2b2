// An Express app that sends and takes as much as it is asked to, and keeps none of it.

import { Readable } from "node:stream";
import express from "express";
import multer from "multer";

const BLOCK = Buffer.alloc(64 * 1024, "0123456789abcdef");

function* blocks(bytes) {
  for (let left = bytes; left > 0; left -= BLOCK.length) yield left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
}

/** Counts what multer gives it. */
const nowhere = {
  _handleFile(_request, file, done) {
    let size = 0;
    file.stream.on("data", (chunk) => (size += chunk.length)).on("end", () => done(null, { size }));
  },
  _removeFile: (_request, _file, done) => done(null),
};

const app = express();

app.get("/:bytes", (request, response) => {
  const bytes = Number(request.params.bytes);
  response.set("Content-Length", String(bytes));
  Readable.from(blocks(bytes)).pipe(response);
});

app.post("/", multer({ storage: nowhere }).single("file"), (request, response) => {
  response.json(request.file.size);
});

export default app;
