// Programs of frameworks as their documentation writes them, with a port of their own: the command serves them as they are.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, listening, start } from "../cli/command.ts";
import { until } from "../support/waiting.ts";

const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

const PROGRAMS: Readonly<Record<string, string>> = {
  Koa: `
    import Koa from "koa";
    const app = new Koa();
    app.use((context) => { context.body = "hello " + context.path; });
    app.listen(3000, () => console.log("it listens"));`,
  // Without a host it listens on both addresses of localhost, with a server each.
  Fastify: `
    import fastify from "fastify";
    const app = fastify();
    app.get("/x", async () => "hello /x");
    await app.listen({ port: 3000 });
    console.log("it listens");`,
  Express: `
    import express from "express";
    const app = express();
    app.get("/x", (request, response) => response.send("hello " + request.path));
    const server = app.listen(3000, (error) => console.log(error ?? "it listens"));
    export default app;`,
  "Hono on its Node server": `
    import { serve } from "@hono/node-server";
    import { Hono } from "hono";
    const app = new Hono();
    app.get("/x", (context) => context.text("hello /x"));
    serve({ fetch: app.fetch, port: 3000 }, () => console.log("it listens"));`,
  "h3 on its Node server": `
    import { H3, serve } from "h3";
    const app = new H3().get("/x", () => "hello /x");
    await serve(app, { port: 3000, silent: true }).ready();
    console.log("it listens");`,
};

describe("easyserver . serves a program", () => {
  for (const [what, program] of Object.entries(PROGRAMS)) {
    it(`of ${what}`, async () => {
      const manifest = JSON.stringify({ type: "module", scripts: { start: "node app.js" } });
      const cwd = folder({ "package.json": manifest, "app.js": program });
      symlinkSync(join(ROOT, "node_modules"), join(cwd, "node_modules"));
      await using command = start([".", "--host", "127.0.0.1", "--port", "0", "--log", "off"], { cwd });
      const url = await listening(command);

      assert.equal(await (await fetch(`${url}/x`)).text(), "hello /x");
      await until(10_000, "the app", () => command.stdout().includes("it listens"));
      command.child.kill("SIGTERM");
      const { code, stderr } = await command.ended;
      assert.equal(code, 0);
      assert.equal(stderr, "easyserver: found app.js (start script of package.json)\n");
    });
  }
});
