// Koa with its router, body parser, CORS, compression, sessions and static files.

import { Readable } from "node:stream";
import { bodyParser } from "@koa/bodyparser";
import cors from "@koa/cors";
import Router from "@koa/router";
import Koa from "koa";
import compress from "koa-compress";
import session from "koa-session";
import serve from "koa-static";

const LINE = "the quick brown fox jumps over the lazy dog\n";

export const probe = {
  kind: "node",
  app({ watch, folder }) {
    const app = new Koa();
    app.silent = true;
    app.keys = ["k"];
    app.use((context, next) => {
      watch(context.req, context.res);
      return next();
    });
    app
      .use(cors({ origin: "*" }))
      .use(compress({ threshold: 200 }))
      .use(session({ rolling: true }, app))
      .use(bodyParser());
    const router = new Router();
    router.get("/text", (context) => (context.body = "Hello, Koa!"));
    router.get("/json", (context) => (context.body = { a: 1 }));
    router.get("/long", (context) => (context.body = LINE.repeat(100)));
    router.get("/stream", (context) => {
      context.type = "txt";
      context.body = Readable.from(["one ", "two ", "three"]);
    });
    router.get("/empty", (context) => (context.status = 204));
    router.get("/null", (context) => (context.body = null));
    router.post("/body", (context) => (context.body = { body: context.request.body }));
    router.get("/session", (context) => {
      context.session.views = (context.session.views ?? 0) + 1;
      context.body = `views ${context.session.views}`;
    });
    router.get("/raw", (context) => {
      context.respond = false;
      context.res.writeHead(200, "Raw", { "X-Raw": "1" });
      context.res.end("raw");
    });
    router.get("/flush", (context) => {
      context.flushHeaders();
      context.body = "flushed";
    });
    router.get("/throws", (context) => context.throw(409, "conflict", { headers: { "X-Why": "koa" } }));
    router.get("/breaks", () => {
      throw new Error("hidden");
    });
    router.get("/seen", (context) => {
      const { ip, host, hostname, protocol, href, path, query, fresh, length, secure, socket } = context.request;
      context.body = {
        ip,
        host,
        hostname,
        protocol,
        href,
        path,
        query,
        fresh,
        length,
        secure,
        encrypted: socket.encrypted ?? null,
        writable: context.writable,
      };
    });
    router.get("/etag", (context) => {
      context.set("ETag", '"v1"');
      context.status = 200;
      if (context.fresh) context.status = 304;
      else context.body = "tagged";
    });
    return app.use(router.routes()).use(router.allowedMethods()).use(serve(folder)).callback();
  },
  steps: [
    { name: "text", target: "/text" },
    { name: "HEAD", method: "HEAD", target: "/text" },
    { name: "json", target: "/json", fields: [["Origin", "http://b.example"]] },
    { name: "compressed", target: "/long", fields: [["Accept-Encoding", "gzip"]] },
    { name: "stream", target: "/stream" },
    { name: "empty", target: "/empty" },
    { name: "null", target: "/null" },
    {
      name: "json body",
      method: "POST",
      target: "/body",
      fields: [["Content-Type", "application/json"]],
      body: '{"a":[1]}',
    },
    {
      name: "form body",
      method: "POST",
      target: "/body",
      fields: [["Content-Type", "application/x-www-form-urlencoded"]],
      body: "a=1",
    },
    {
      name: "malformed body",
      method: "POST",
      target: "/body",
      fields: [["Content-Type", "application/json"]],
      body: "{",
    },
    { name: "session, first", target: "/session" },
    {
      name: "session, second",
      target: "/session",
      fields: (earlier) => [
        [
          "Cookie",
          earlier
            .get("session, first")
            .all("set-cookie")
            .map((line) => line.split(";")[0])
            .join("; "),
        ],
      ],
    },
    { name: "raw", target: "/raw" },
    { name: "flush", target: "/flush" },
    { name: "throws", target: "/throws" },
    { name: "breaks", target: "/breaks" },
    { name: "seen", target: "/seen?a=1&a=2" },
    { name: "etag", target: "/etag" },
    { name: "etag, unchanged", target: "/etag", fields: [["If-None-Match", '"v1"']] },
    { name: "method not allowed", method: "PUT", target: "/text", body: "" },
    { name: "static", target: "/hello.txt" },
    { name: "static, large", target: "/large.bin" },
    { name: "missing", target: "/nothing" },
    {
      name: "preflight",
      method: "OPTIONS",
      target: "/json",
      fields: [
        ["Origin", "http://b.example"],
        ["Access-Control-Request-Method", "PUT"],
      ],
    },
  ],
  blurs: [
    { pattern: /expires=[^;]*GMT/gu, becomes: "expires=*", reason: "It is counted from now." },
    { pattern: /koa\.sess(\.sig)?=[^;]*/gu, becomes: "koa.sess$1=*", reason: "It carries the time at which it ends." },
  ],
};
