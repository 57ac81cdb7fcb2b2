// cookie-parser, cookie-session and express-session: cookies in and out, sessions saved before the reply ends.

import cookieParser from "cookie-parser";
import cookieSession from "cookie-session";
import express from "express";
import session from "express-session";

const cookieOf = (answer) =>
  answer
    .all("set-cookie")
    .map((line) => line.split(";")[0])
    .join("; ");

export const probe = {
  kind: "express",
  app({ watcher }) {
    const app = express();
    let ids = 0;
    app.use(watcher, cookieParser("secret"));
    app.get("/parsed", (request, response) => response.json({ ...request.cookies, signed: request.signedCookies }));
    app.get("/sign", (_request, response) => response.cookie("s", "value", { signed: true, maxAge: 0 }).send("signed"));
    app.use("/cs", cookieSession({ name: "cs", keys: ["k1", "k2"] }), (request, response) => {
      request.session.views = (request.session.views ?? 0) + 1;
      response.send(`views ${request.session.views}`);
    });
    const sessions = session({
      secret: "s",
      resave: false,
      saveUninitialized: false,
      rolling: true,
      genid: () => `session-${(ids += 1)}`,
    });
    app.use("/es", sessions);
    app.get("/es/count", (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      response.json({ id: request.sessionID, count: request.session.count });
    });
    app.get("/es/stream", (request, response) => {
      request.session.streamed = true;
      response.write("one ");
      response.write("two ");
      response.end("three");
    });
    app.get("/es/empty", (request, response) => {
      request.session.empty = true;
      response.status(204).end();
    });
    app.get("/es/destroy", (request, response, next) => {
      request.session.destroy((error) => (error ? next(error) : response.send("gone")));
    });
    app.get("/es/regenerate", (request, response, next) => {
      request.session.regenerate((error) => (error ? next(error) : response.redirect("/es/count")));
    });
    return app;
  },
  steps: [
    {
      name: "parsed",
      target: "/parsed",
      fields: [
        ["Cookie", "a=1; b=j%3A%7B%22x%22%3A2%7D"],
        ["Cookie", "c=%E9x; a=2"],
      ],
    },
    { name: "sign", target: "/sign" },
    { name: "signed", target: "/parsed", fields: (earlier) => [["Cookie", cookieOf(earlier.get("sign"))]] },
    { name: "forged", target: "/parsed", fields: [["Cookie", "s=s%3Avalue.forged"]] },
    { name: "cookie-session, first", target: "/cs" },
    {
      name: "cookie-session, second",
      target: "/cs",
      fields: (earlier) => [["Cookie", cookieOf(earlier.get("cookie-session, first"))]],
    },
    { name: "session, first", target: "/es/count" },
    {
      name: "session, second",
      target: "/es/count",
      fields: (earlier) => [["Cookie", cookieOf(earlier.get("session, first"))]],
    },
    { name: "session, streamed", target: "/es/stream" },
    { name: "session, no body", target: "/es/empty" },
    {
      name: "session, regenerated",
      target: "/es/regenerate",
      fields: (earlier) => [["Cookie", cookieOf(earlier.get("session, first"))]],
    },
    {
      name: "session, destroyed",
      target: "/es/destroy",
      fields: (earlier) => [["Cookie", cookieOf(earlier.get("session, streamed"))]],
    },
  ],
  blurs: [{ pattern: /expires=[^;]*GMT/giu, becomes: "expires=*", reason: "It is counted from now." }],
};
