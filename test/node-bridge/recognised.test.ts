// What `serve()` and the command make of an app without any adapter named.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import express from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

import { loadApp } from "../../src/cli/load-app.ts";
import { foreignApp } from "../../src/foreign.ts";
import { served } from "../host/served.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const HERE = fileURLToPath(new URL(".", import.meta.url));

function expressApp(create: typeof express): object {
  const app = create();
  app.get("/", (_request, response) => void response.send("hello"));
  return app;
}

function koaApp(): object {
  const app = new Koa();
  app.use((context: { body: string }) => {
    context.body = "hello";
  });
  return app;
}

function fastifyApp(): object {
  const app = Fastify();
  app.get("/", () => "hello");
  return app;
}

/** As itty-router's apps are: every property that does not exist reads as a function. */
const anything = new Proxy({ fetch: () => new Response() }, { get: () => () => new Response() });

const APPS: Readonly<Record<string, () => object>> = {
  "an Express 5 app": () => expressApp(express),
  "an Express 4 app": () => expressApp(express4 as typeof express),
  "a module whose default is an Express app": () => ({ default: { default: expressApp(express) } }),
  "a Koa app": koaApp,
  "a Fastify instance that is not ready yet": fastifyApp,
  "a server with an Express app in it": () => createServer(expressApp(express) as never),
  "a server with two listeners": () =>
    createServer((_request, response) => response.write("hel")).on("request", (_request, response) =>
      response.end("lo"),
    ),
};

describe("serve", () => {
  for (const [what, make] of Object.entries(APPS)) {
    it(`serves ${what}`, async () => {
      await using server = await served("uws", make());

      assert.equal((await server.ask(GET)).text, "hello");
    });
  }

  it("leaves fetch apps and bare functions to themselves", () => {
    for (const app of [new Hono(), anything, () => new Response(), { fetch: () => new Response() }, null, 7]) {
      assert.equal(foreignApp(app), null);
    }
  });
});

describe("the command", () => {
  it("takes an Express app from module.exports", async () => {
    const folder = mkdtempSync(join(HERE, "module-"));
    try {
      writeFileSync(
        join(folder, "app.cjs"),
        'const app = require("express")(); app.get("/", (q, r) => r.send("hello")); module.exports = app;',
      );
      const app = await loadApp("app.cjs", folder);
      await using server = await served("uws", app);

      assert.equal((await server.ask(GET)).text, "hello");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
