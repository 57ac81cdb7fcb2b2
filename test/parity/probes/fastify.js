// Fastify with CORS, cookies, forms, multipart, static files and compression.

import { Readable } from "node:stream";
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import cors from "@fastify/cors";
import formbody from "@fastify/formbody";
import multipart from "@fastify/multipart";
import files from "@fastify/static";
import fastify from "fastify";

const form =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--b--\r\n';

const READ = "The answer is written while the end of the body is still being read.";

export const probe = {
  kind: "node",
  async app({ watch, folder, onEnd }) {
    const app = fastify({ genReqId: () => "id", bodyLimit: 2_000 });
    onEnd(() => app.close());
    app.addHook("onRequest", async (request, reply) => watch(request.raw, reply.raw));
    await app.register(cors, { origin: ["http://b.example"], credentials: true });
    await app.register(cookie, { secret: "s" });
    await app.register(formbody);
    await app.register(multipart);
    await app.register(compress, { threshold: 200 });
    await app.register(files, { root: folder, prefix: "/files/" });
    const answer = { schema: { response: { 200: { type: "object", properties: { a: { type: "number" } } } } } };
    app.get("/json", answer, async () => ({ a: 1, hidden: true }));
    app.get("/text", (_request, reply) => reply.send("Hello, Fastify!"));
    app.get("/long", (_request, reply) => reply.type("text/plain").send("long ".repeat(200)));
    app.get("/stream", (_request, reply) => reply.type("text/plain").send(Readable.from(["one ", "two"])));
    app.get("/empty", (_request, reply) => reply.code(204).send());
    app.get("/cookie", (request, reply) => reply.setCookie("a", "1", { signed: true }).send(request.cookies));
    app.get("/hijacked", (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { "X-Raw": "1" });
      reply.raw.end("raw");
    });
    app.get("/fails", async () => {
      throw Object.assign(new Error("teapot"), { statusCode: 418 });
    });
    app.get("/seen", async ({ ip, host, hostname, protocol, url, query, headers }) => ({
      ip,
      host,
      hostname,
      protocol,
      url,
      query,
      headers,
    }));
    app.post("/body", async (request) => ({ got: request.body }));
    app.post("/file", async (request) => {
      const file = await request.file();
      return { name: file.filename, content: (await file.toBuffer()).toString() };
    });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  steps: [
    { name: "json", target: "/json" },
    { name: "text", target: "/text" },
    { name: "HEAD", method: "HEAD", target: "/text" },
    { name: "compressed", target: "/long", fields: [["Accept-Encoding", "gzip"]] },
    { name: "stream", target: "/stream" },
    { name: "empty", target: "/empty" },
    { name: "cookie", target: "/cookie", fields: [["Cookie", "b=2"]] },
    { name: "hijacked", target: "/hijacked" },
    { name: "fails", target: "/fails" },
    {
      name: "seen",
      target: "/seen?a=1",
      fields: [
        ["X-A", "1"],
        ["X-A", "2"],
      ],
    },
    {
      name: "json body",
      method: "POST",
      target: "/body",
      fields: [["Content-Type", "application/json"]],
      body: '{"a":1}',
    },
    {
      name: "malformed body",
      loose: READ,
      method: "POST",
      target: "/body",
      fields: [["Content-Type", "application/json"]],
      body: '{"a"',
    },
    { name: "unknown type", method: "POST", target: "/body", fields: [["Content-Type", "x/y"]], body: "x" },
    {
      name: "too large",
      method: "POST",
      target: "/body",
      fields: [["Content-Type", "application/json"]],
      body: `"${"x".repeat(3_000)}"`,
      isFresh: true,
    },
    {
      name: "form body",
      method: "POST",
      target: "/body",
      isFresh: true,
      fields: [["Content-Type", "application/x-www-form-urlencoded"]],
      body: "a=1&b=2",
    },
    {
      name: "multipart",
      loose: READ,
      method: "POST",
      target: "/file",
      fields: [["Content-Type", "multipart/form-data; boundary=b"]],
      body: form,
    },
    { name: "static", target: "/files/hello.txt" },
    { name: "static, range", target: "/files/large.bin", fields: [["Range", "bytes=10-19"]] },
    { name: "static, missing", target: "/files/nope" },
    {
      name: "preflight",
      method: "OPTIONS",
      target: "/json",
      fields: [
        ["Origin", "http://b.example"],
        ["Access-Control-Request-Method", "PUT"],
      ],
    },
    { name: "missing", target: "/nothing" },
  ],
};
