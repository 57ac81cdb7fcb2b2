// http-proxy-middleware: pipes requests and replies to another server and back.

import { createServer } from "node:http";
import express from "express";
import { createProxyMiddleware, fixRequestBody } from "http-proxy-middleware";

export const probe = {
  kind: "express",
  async app({ watcher, onEnd }) {
    const upstream = createServer(upstreamApp);
    await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    onEnd(() => {
      upstream.closeAllConnections();
      upstream.close();
    });
    const target = `http://127.0.0.1:${upstream.address().port}`;
    const app = express();
    app.use(watcher);
    app.use("/parsed", express.json(), createProxyMiddleware({ target, on: { proxyReq: fixRequestBody } }));
    app.use("/dead", createProxyMiddleware({ target: "http://127.0.0.1:1", logger: undefined }));
    app.use("/", createProxyMiddleware({ target, xfwd: true, changeOrigin: true, cookieDomainRewrite: "new.example" }));
    return app;
  },
  steps: [
    {
      name: "GET",
      target: "/echo?a=1",
      fields: [
        ["X-One", "1"],
        ["Cookie", "a=b"],
      ],
    },
    { name: "POST", method: "POST", target: "/echo", body: "x".repeat(100_000) },
    {
      name: "POST in chunks",
      octets:
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
    },
    {
      name: "a body that was parsed",
      method: "POST",
      target: "/parsed/echo",
      fields: [["Content-Type", "application/json"]],
      body: '{"a":1}',
    },
    { name: "in chunks", target: "/chunks" },
    { name: "no content", target: "/nothing" },
    { name: "HEAD", method: "HEAD", target: "/echo" },
    { name: "cookies", target: "/cookies" },
    { name: "redirect", target: "/redirect" },
    { name: "upstream is dead", target: "/dead" },
    {
      name: "upstream breaks off",
      isFresh: true,
      async client(client) {
        await client.send("GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n");
        while (!client.receivedText.endsWith("some of it")) await client.peek(client.receivedBytes + 1);
        client.leave();
        return [];
      },
    },
  ],
  blurs: [
    { pattern: /(127\.0\.0\.1|forwarded-port\\":\\"):?\d+/gu, becomes: "$1:*", reason: "The port is a free one." },
  ],
};

function upstreamApp(request, response) {
  const answers = {
    "/chunks": () => {
      response.write("one");
      response.write("two");
      response.end("three");
    },
    "/nothing": () => response.writeHead(204).end(),
    "/cookies": () => response.writeHead(200, { "Set-Cookie": ["a=1; Domain=old.example", "b=2"] }).end("baked"),
    "/redirect": () => response.writeHead(302, "Over there", { Location: "/x" }).end(),
    "/breaks": () => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("some of it", () => response.destroy());
    },
  };
  const answer = answers[request.url];
  if (answer !== undefined) return answer();
  let body = "";
  request.setEncoding("latin1").on("data", (text) => (body += text));
  return request.on("end", () => {
    const { method, url, headers } = request;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ method, url, headers, length: body.length, start: body.slice(0, 20) }));
  });
}
