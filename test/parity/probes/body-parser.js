// body-parser: encodings, limits, charsets, verification.

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import bodyParser from "body-parser";
import express from "express";

const type = (value) => ["Content-Type", value];
const json = type("application/json");
const text = JSON.stringify({ text: "zip ".repeat(100) });

export const probe = {
  kind: "express",
  app({ watcher, recorder }) {
    const app = express();
    app.set("env", "test");
    app.use(watcher);
    const verify = (_request, _response, bytes) => {
      if (bytes[0] === 0x21) throw new Error("starts with !");
    };
    app.use(bodyParser.json({ limit: "2kb", verify }), bodyParser.urlencoded({ extended: false }));
    app.use(bodyParser.text({ type: "text/*", verify, inflate: false }), bodyParser.raw({ type: "*/bin", limit: 10 }));
    app.use((request, response) => {
      recorder.note(`readable ${request.readable} ended ${request.readableEnded} complete ${request.complete}`);
      const { body } = request;
      response.json({ is: typeof body, body: Buffer.isBuffer(body) ? body.toString("latin1") : (body ?? null) });
    });
    app.use((error, _request, response, _next) => {
      const { status, type, message, expose } = error;
      response.status(status ?? 500).json({ status, type, message, expose });
    });
    return app;
  },
  steps: [
    { name: "json", method: "POST", fields: [json], body: '{"a":1}' },
    {
      name: "json with a charset",
      method: "POST",
      fields: [type("application/json; charset=utf-16le")],
      body: Buffer.from('{"a":"é"}', "utf16le"),
    },
    { name: "unknown charset", method: "POST", fields: [type("application/json; charset=x-none")], body: "{}" },
    { name: "gzip", method: "POST", fields: [json, ["Content-Encoding", "gzip"]], body: gzipSync(text) },
    { name: "deflate", method: "POST", fields: [json, ["Content-Encoding", "deflate"]], body: deflateSync(text) },
    { name: "br", method: "POST", fields: [json, ["Content-Encoding", "br"]], body: brotliCompressSync(text) },
    { name: "unknown coding", method: "POST", fields: [json, ["Content-Encoding", "rot13"]], body: "{}" },
    { name: "malformed gzip", method: "POST", fields: [json, ["Content-Encoding", "gzip"]], body: "not gzip at all" },
    {
      name: "gzip where inflating is off",
      method: "POST",
      fields: [type("text/plain"), ["Content-Encoding", "gzip"]],
      body: gzipSync("x"),
    },
    { name: "too large by its length", method: "POST", fields: [json], body: `"${"x".repeat(4_000)}"`, isFresh: true },
    {
      name: "too large in chunks",
      isFresh: true,
      octets: `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${`400\r\n${"x".repeat(1024)}\r\n`.repeat(3)}0\r\n\r\n`,
    },
    {
      name: "too large when inflated",
      method: "POST",
      isFresh: true,
      fields: [json, ["Content-Encoding", "gzip"]],
      body: gzipSync(`"${"x".repeat(50_000)}"`),
    },
    { name: "refused by verify", method: "POST", fields: [type("text/plain")], body: "!no" },
    { name: "form", method: "POST", fields: [type("application/x-www-form-urlencoded")], body: "a=1&a=2&b=%26" },
    { name: "raw", method: "POST", fields: [type("x/bin")], body: "\x01\x02" },
    { name: "raw, too large", method: "POST", fields: [type("x/bin")], body: "12345678901", isFresh: true },
    { name: "GET with a body", method: "GET", fields: [json], body: '{"a":2}' },
    { name: "DELETE with a body", method: "DELETE", fields: [json], body: '{"a":3}' },
    { name: "no body", method: "POST", fields: [json, ["Content-Length", "0"]] },
    { name: "the client leaves in the middle", isFresh: true, client: leave },
  ],
};

async function leave(client, recorder) {
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"');
  while (recorder.count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  client.leave();
  return [];
}
