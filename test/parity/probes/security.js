// cors, helmet, express-rate-limit, method-override, vhost, errorhandler, response-time and connect-timeout.

import timeout from "connect-timeout";
import cors from "cors";
import errorhandler from "errorhandler";
import express from "express";
import rateLimit from "express-rate-limit";
import helmet from "helmet";
import methodOverride from "method-override";
import responseTime from "response-time";
import vhost from "vhost";

export const probe = {
  kind: "express",
  app({ watcher, recorder }) {
    const app = express();
    app.use(watcher);
    app.use("/cors", cors({ origin: ["http://b.example"], credentials: true, maxAge: 60, exposedHeaders: ["X-A"] }));
    app.all("/cors", (_request, response) => response.send("shared"));
    app.use("/helmet", helmet(), (_request, response) => response.send("safe"));
    const limited = rateLimit({ windowMs: 60_000, limit: 2, standardHeaders: "draft-7", legacyHeaders: true });
    app.use("/limit", limited, (_request, response) => response.send("yes"));
    app.use("/override", methodOverride("X-HTTP-Method-Override"), methodOverride("_method"));
    app.all("/override", (request, response) => response.send(`${request.method} ${request.originalMethod}`));
    app.use(
      vhost("*.example.com", (request, response) =>
        response.send(`host ${request.vhost[0]} of ${request.vhost.hostname}`),
      ),
    );
    app.use("/time", responseTime(), (_request, response) => response.status(203).send("timed"));
    app.use("/slow", timeout("30ms"), (request, response) => {
      request.on("timeout", (ms) => recorder.note(`timeout ${ms}`));
      response.on("finish", () => recorder.note(`timed out ${request.timedout}`));
    });
    app.use("/quick", timeout("5s"), (_request, response) => response.send("quick"));
    app.use("/error", (_request, _response, next) =>
      next(Object.assign(new Error("shown"), { stack: "Error: shown\n    at nowhere" })),
    );
    app.use("/error", errorhandler({ log: false }));
    return app;
  },
  steps: [
    { name: "cors", target: "/cors", fields: [["Origin", "http://b.example"]] },
    { name: "cors, another origin", target: "/cors", fields: [["Origin", "http://c.example"]] },
    {
      name: "cors, preflight",
      method: "OPTIONS",
      target: "/cors",
      fields: [
        ["Origin", "http://b.example"],
        ["Access-Control-Request-Method", "PUT"],
        ["Access-Control-Request-Headers", "x-b"],
      ],
    },
    { name: "helmet", target: "/helmet" },
    { name: "rate limit, first", target: "/limit" },
    { name: "rate limit, second", target: "/limit" },
    { name: "rate limit, over", target: "/limit" },
    {
      name: "override by field",
      method: "POST",
      target: "/override",
      fields: [["X-HTTP-Method-Override", "DELETE"]],
      body: "",
    },
    { name: "override by query", method: "POST", target: "/override?_method=PATCH", body: "" },
    { name: "vhost", target: "/", fields: [["Host", "api.example.com:8080"]] },
    { name: "vhost, none", target: "/", fields: [["Host", "elsewhere.org"]] },
    { name: "response time", target: "/time" },
    { name: "timeout", target: "/slow" },
    { name: "no timeout", target: "/quick" },
    { name: "error as html", target: "/error", fields: [["Accept", "text/html"]] },
    { name: "error as json", target: "/error", fields: [["Accept", "application/json"]] },
    { name: "error as text", target: "/error", fields: [["Accept", "text/plain"]] },
  ],
  blurs: [
    { pattern: /^(x-ratelimit-reset: |x-response-time: )[\d.]+/u, becomes: "$1*", reason: "They are times." },
    { pattern: /reset=\d+/u, becomes: "reset=*", reason: "It counts down." },
  ],
};
