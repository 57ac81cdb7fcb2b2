// passport: logging in over a session, and being turned away.

import express from "express";
import session from "express-session";
import passport from "passport";

class Named extends passport.Strategy {
  name = "named";

  authenticate(request) {
    const name = request.query.name;
    if (name === undefined) return this.fail('Named realm="probe"', 401);
    if (name === "error") return this.error(new Error("no database"));
    return this.success({ name });
  }
}

const cookie = (earlier, step) => [["Cookie", earlier.get(step).field("set-cookie").split(";")[0]]];

export const probe = {
  kind: "express",
  app({ watcher }) {
    const app = express();
    app.set("env", "test");
    const auth = new passport.Passport();
    let ids = 0;
    auth.use(new Named());
    auth.serializeUser((user, done) => done(null, user.name));
    auth.deserializeUser((name, done) => done(null, { name }));
    app.use(
      watcher,
      session({ secret: "s", resave: false, saveUninitialized: false, genid: () => `id-${(ids += 1)}` }),
    );
    app.use(auth.initialize(), auth.session());
    app.get("/login", auth.authenticate("named"), (request, response) => response.send(`hello ${request.user.name}`));
    app.get("/redirecting", auth.authenticate("named", { successRedirect: "/me", failureRedirect: "/login?failed" }));
    app.get("/me", (request, response) => response.json({ user: request.user ?? null, in: request.isAuthenticated() }));
    app.get("/logout", (request, response, next) =>
      request.logout((error) => (error ? next(error) : response.redirect("/"))),
    );
    return app;
  },
  steps: [
    { name: "turned away", target: "/login" },
    { name: "logged in", target: "/login?name=ada" },
    { name: "known", target: "/me", fields: (earlier) => cookie(earlier, "logged in") },
    { name: "unknown", target: "/me" },
    { name: "redirected", target: "/redirecting?name=bob" },
    { name: "redirected away", target: "/redirecting" },
    { name: "an error", target: "/login?name=error" },
    { name: "logged out", target: "/logout", fields: (earlier) => cookie(earlier, "logged in") },
  ],
  blurs: [{ pattern: /Expires=[^;]*GMT/u, becomes: "Expires=*", reason: "It is counted from now." }],
};
