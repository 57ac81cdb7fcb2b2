// The app that Express 4 and 5 are probed with.

import { createReadStream } from "node:fs";
import { join } from "node:path";

const JSON_TYPE = ["Content-Type", "application/json"];

/** An app that uses what apps use of Express. */
export function expressApp(express, { watcher, folder }) {
  const app = express();
  app.set("env", "test");
  app.use(watcher);
  app.request.shout = function shout() {
    return `${this.method}!`;
  };
  app.response.teapot = function teapot() {
    return this.status(418).send("short and stout");
  };
  app.get("/send", (_request, response) => response.send("Hello, World!"));
  app.get("/send-buffer", (_request, response) => response.send(Buffer.from([0, 1, 2, 255])));
  app.get("/send-html", (_request, response) => response.status(201).send("<p>é</p>"));
  app.get("/json", (_request, response) => response.json({ a: [1, "zwei"], é: null }));
  app.get("/jsonp", (_request, response) => response.jsonp({ a: 1 }));
  app.get("/status/:code", (request, response) => response.sendStatus(Number(request.params.code)));
  app.get("/redirect", (_request, response) => response.redirect(301, "/elsewhere?x=1"));
  app.get("/cookies", (_request, response) => {
    response
      .cookie("a", "1", { httpOnly: true, path: "/x" })
      .cookie("b", { deep: [1] })
      .clearCookie("c")
      .end();
  });
  app.get("/fields", (_request, response) => {
    response.append("Link", ["<a>", "<b>"]).append("Warning", "199 x").vary("Accept").vary("Origin");
    response.links({ next: "/2" }).location("/l").type("txt").attachment("é.txt").set("X-Array", ["1", "2"]);
    response.send("fields");
  });
  app.get("/format", (_request, response) => {
    response.format({ text: () => response.send("text"), html: () => response.send("<b>html</b>") });
  });
  app.get("/seen", (request, response) => {
    const { baseUrl, originalUrl, path, query, hostname, protocol, secure, ip, ips, xhr, fresh, stale, subdomains } =
      request;
    const accepts = [request.accepts("html", "json"), request.acceptsEncodings("gzip"), request.acceptsLanguages("de")];
    const types = [request.is("json"), request.get("Referrer"), request.range(100), request.shout()];
    response.json({
      baseUrl,
      originalUrl,
      path,
      query,
      hostname,
      protocol,
      secure,
      ip,
      ips,
      xhr,
      fresh,
      stale,
      subdomains,
      accepts,
      types,
    });
  });
  app.post(
    "/body",
    express.json(),
    express.urlencoded({ extended: true }),
    express.text(),
    express.raw(),
    (request, response) => {
      const { body } = request;
      response.json({ body: Buffer.isBuffer(body) ? body.toString("hex") : (body ?? null) });
    },
  );
  app.get("/file", (_request, response) => response.sendFile(join(folder, "hello.txt"), { maxAge: 1000 }));
  app.get("/large", (_request, response) => response.sendFile(join(folder, "large.bin")));
  app.get("/missing-file", (_request, response) => response.sendFile(join(folder, "nope.txt")));
  app.get("/download", (_request, response) => response.download(join(folder, "hello.txt"), "grüße.txt"));
  app.get("/pipe", (_request, response) => createReadStream(join(folder, "large.bin")).pipe(response.type("bin")));
  app.get("/chunks", async (_request, response) => {
    for (const part of ["one ", "two ", "three"]) {
      response.write(part);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    response.end();
  });
  app.get("/throws", () => {
    throw Object.assign(new Error("no such luck"), { status: 503, headers: { "X-Why": "luck" } });
  });
  app.get("/rejects", async () => {
    throw new Error("later");
  });
  app.get("/late-error", (_request, response, next) => {
    response.write("half a page");
    next(new Error("too late"));
  });
  app.get("/render", (_request, response) => response.render("page", { name: "Ada" }));
  app.engine("txt", (_path, options, done) => done(null, `Hello, ${options.name} of ${options.settings.env}`));
  app.set("views", folder).set("view engine", "txt");
  app.get("/view", (_request, response) => response.render("hello", { name: "Ada" }));
  app.get("/app-method", (_request, response) => response.teapot());
  app.all("/all", (request, response) => response.send(request.method));
  app.use("/static", express.static(folder, { maxAge: "1h" }));

  const sub = express();
  sub.request.whisper = () => "hush";
  sub.get("/where", (request, response) => {
    response.json({
      baseUrl: request.baseUrl,
      url: request.url,
      original: request.originalUrl,
      whisper: request.whisper(),
    });
  });
  app.use("/sub", sub);
  app.get("/sub/after", (request, response) => {
    response.json({
      whisper: typeof request.whisper,
      shout: request.shout(),
      same: request.app === app && response.app === app,
    });
  });
  const router = express.Router({ mergeParams: true });
  router.param("id", (request, _response, next, id) => {
    request.found = `#${id}`;
    next();
  });
  router
    .route("/:id")
    .get((request, response) => response.send(request.found))
    .put((_request, response) => response.status(204).end());
  app.use("/things", router);
  app.use("/own-error", (_request, _response, next) => next(new Error("handled")));
  app.use("/own-error", (error, _request, response, _next) => response.status(422).json({ error: error.message }));
  if (express.application.del === undefined)
    app.get("/files/*path", (request, response) => response.json(request.params));
  return app;
}

const browser = [
  ["Accept", "text/html,application/json;q=0.5"],
  ["Accept-Encoding", "gzip, br"],
  ["Accept-Language", "de-DE, en;q=0.7"],
];

export const expressSteps = [
  { name: "send", target: "/send" },
  { name: "send, HEAD", method: "HEAD", target: "/send" },
  {
    name: "send, unchanged",
    target: "/send",
    fields: (earlier) => [["If-None-Match", earlier.get("send").field("etag")]],
  },
  { name: "send a buffer", target: "/send-buffer" },
  { name: "send html", target: "/send-html" },
  { name: "json", target: "/json" },
  { name: "jsonp", target: "/jsonp?callback=cb" },
  ...[200, 204, 205, 304, 404, 500, 599].map((code) => ({ name: `status ${code}`, target: `/status/${code}` })),
  { name: "redirect", target: "/redirect", fields: browser },
  { name: "cookies", target: "/cookies" },
  { name: "fields", target: "/fields" },
  { name: "format html", target: "/format", fields: browser },
  { name: "format, nothing fits", target: "/format", fields: [["Accept", "image/png"]] },
  {
    name: "what a request looks like",
    target: "/seen?a=1&b[]=2&c=%20",
    fields: [
      ...browser,
      ["Host", "x.y.example.com:81"],
      ["Referer", "/r"],
      ["Range", "bytes=0-5"],
      ["X-Requested-With", "XMLHttpRequest"],
    ],
  },
  { name: "what a request with an empty query looks like", target: "/seen?" },
  { name: "json body", method: "POST", target: "/body", fields: [JSON_TYPE], body: '{"a":{"b":[1,2]}}' },
  {
    name: "json body in chunks",
    octets: `POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n4\r\n:42}\r\n0\r\n\r\n`,
  },
  { name: "json body, empty", method: "POST", target: "/body", fields: [JSON_TYPE], body: "" },
  { name: "json body, malformed", method: "POST", target: "/body", fields: [JSON_TYPE], body: '{"a":' },
  {
    name: "json body, too large",
    method: "POST",
    target: "/body",
    fields: [JSON_TYPE],
    body: `"${"x".repeat(200_000)}"`,
  },
  {
    name: "form body",
    method: "POST",
    target: "/body",
    fields: [["Content-Type", "application/x-www-form-urlencoded"]],
    body: "a[b]=1&c=%C3%A9",
    isFresh: true,
  },
  {
    name: "text body",
    method: "POST",
    target: "/body",
    fields: [["Content-Type", "text/plain; charset=latin1"]],
    body: "gr\xfc\xdfe",
  },
  {
    name: "raw body",
    method: "POST",
    target: "/body",
    fields: [["Content-Type", "application/octet-stream"]],
    body: "\x00\xff",
  },
  {
    name: "body of no known type",
    method: "POST",
    target: "/body",
    fields: [["Content-Type", "image/png"]],
    body: "png",
  },
  { name: "an unread body, then another request", method: "POST", target: "/nowhere", body: "x".repeat(5_000) },
  { name: "after an unread body", target: "/send" },
  { name: "file", target: "/file" },
  { name: "file, HEAD", method: "HEAD", target: "/file" },
  {
    name: "file, unchanged",
    target: "/file",
    fields: (earlier) => [["If-None-Match", earlier.get("file").field("etag")]],
  },
  { name: "file, range", target: "/file", fields: [["Range", "bytes=2-4"]] },
  { name: "file, suffix range", target: "/file", fields: [["Range", "bytes=-3"]] },
  { name: "file, unsatisfiable range", target: "/file", fields: [["Range", "bytes=900-"]] },
  { name: "file, changed since", target: "/file", fields: [["If-Unmodified-Since", "Thu, 01 Jan 2015 00:00:00 GMT"]] },
  { name: "large file", target: "/large" },
  { name: "large file, range", target: "/large", fields: [["Range", "bytes=100-1000099"]] },
  { name: "missing file", target: "/missing-file" },
  { name: "download", target: "/download" },
  { name: "pipe", target: "/pipe" },
  { name: "chunks", target: "/chunks" },
  { name: "throws", target: "/throws" },
  { name: "late error", target: "/late-error" },
  { name: "a view that is missing", target: "/render" },
  { name: "a view", target: "/view" },
  { name: "a method of the app's own response", target: "/app-method" },
  ...["PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => ({ name: `all, ${method}`, method, target: "/all" })),
  ...["PROPFIND", "QUERY", "M-SEARCH", "REPORT", "MKCOL"].map((method) => ({
    name: `all, ${method}`,
    method,
    target: "/all",
  })),
  { name: "OPTIONS of a route", method: "OPTIONS", target: "/things/7" },
  { name: "static", target: "/static/hello.txt" },
  { name: "static index", target: "/static/" },
  { name: "static folder without a slash", target: "/static/sub" },
  { name: "static, empty file", target: "/static/empty.txt" },
  { name: "static, encoded name", target: "/static/name%20with%20space%20%C3%A9.txt" },
  { name: "static, hidden file", target: "/static/.hidden" },
  { name: "static, traversal", target: "/static/..%2f..%2fetc/passwd" },
  { name: "static, malformed escape", target: "/static/%E0%A4%A" },
  { name: "static, POST", method: "POST", target: "/static/hello.txt", body: "x" },
  { name: "sub-app", target: "/sub/where?x=1" },
  { name: "after a sub-app", target: "/sub/after" },
  { name: "router with a param", target: "/things/7" },
  { name: "router, PUT", method: "PUT", target: "/things/7", body: "x" },
  { name: "own error handler", target: "/own-error" },
  { name: "nothing there", target: "/nothing?<script>" },
  { name: "a malformed escape in the path", target: "/things/%zz" },
  { name: "two slashes", target: "//send" },
];
