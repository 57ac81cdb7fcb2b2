// How do the Express loads look as apps? The same files for node:http, for easyserver and for Bun.

import { createWriteStream } from "node:fs";
import { receipt, ROUTES, TEXT } from "./express-content.js";

/** Loads by name: `kind` says what `listener` is, and `app` is what users export where that is something else. Only the packages that a load needs are imported. */
export const apps = {
  "express5-hello": async () => expressApp(hello((await import("express")).default)),
  "express5-stack": async () => expressApp(await stack((await import("express")).default)),
  "express5-routes": async () => expressApp(routes((await import("express")).default)),
  "express4-hello": async () => expressApp(hello((await import("express4")).default)),
  "koa-hello": async () => {
    const { default: Koa } = await import("koa");
    const app = new Koa();
    app.use((context) => {
      context.body = TEXT;
    });
    return { kind: "node", listener: app.callback(), app };
  },
  "fastify-hello": async () => {
    const { default: fastify } = await import("fastify");
    const app = fastify();
    app.get("/", (_request, reply) => reply.send(TEXT));
    app.get("/other", (_request, reply) => reply.send(TEXT));
    await app.ready();
    return { kind: "node", listener: (request, response) => app.routing(request, response), app };
  },
  "nest-hello": async () => {
    const app = await nest();
    await app.init();
    return { kind: "express", listener: app.getHttpAdapter().getInstance(), app };
  },
};

/** A Nest app with one controller; decorators are applied by hand, as their compiled form does. On Express, or on `Adapter`. */
export async function nest(Adapter) {
  await import("reflect-metadata");
  const { Controller, Get, Header, Module } = await import("@nestjs/common");
  const { NestFactory } = await import("@nestjs/core");
  class HelloController {
    hello() {
      return TEXT;
    }
    other() {
      return TEXT;
    }
  }
  for (const [name, path] of [
    ["hello", "/"],
    ["other", "/other"],
  ]) {
    const decorators = [
      Get(path),
      ...(Adapter === undefined ? [] : [Header("Content-Type", "text/html; charset=utf-8")]),
    ];
    const descriptor = Object.getOwnPropertyDescriptor(HelloController.prototype, name);
    for (const decorator of decorators) decorator(HelloController.prototype, name, descriptor);
  }
  Controller()(HelloController);
  class AppModule {}
  Module({ controllers: [HelloController] })(AppModule);
  const more = Adapter === undefined ? [] : [new Adapter()];
  return NestFactory.create(AppModule, ...more, { logger: false });
}

function expressApp(listener) {
  return { kind: "express", listener };
}

/** `express` is Express, or what claims to be it. */
export function hello(express) {
  const app = express();
  app.get("/", (_request, response) => response.send(TEXT));
  app.get("/other", (_request, response) => response.send(TEXT));
  return app;
}

/** What most Express apps have in front of their routes. */
export async function stack(express) {
  const [helmet, cors, morgan, cookieParser, compression] = await Promise.all(
    ["helmet", "cors", "morgan", "cookie-parser", "compression"].map(async (name) => (await import(name)).default),
  );
  const app = express();
  app.use(helmet(), cors(), morgan("combined", { stream: createWriteStream("/dev/null") }));
  app.use(cookieParser(), compression(), express.json(), express.urlencoded({ extended: true }));
  app.get("/", (_request, response) => response.send(TEXT));
  app.get("/other", (_request, response) => response.send(TEXT));
  return app;
}

export function routes(express) {
  const app = express();
  app.use(express.json());
  for (let route = 0; route < ROUTES; route++) {
    app.post(`/api/v1/resource-${route}/:id`, (request, response) =>
      response.json(receipt(request.params.id, request.body)),
    );
  }
  return app;
}
