// The Nest app that is probed: what Nest apps use, in whichever version and on whichever platform. Decorators are applied by hand,
// so that nothing has to be compiled.

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { interval, map, of, take } from "rxjs";

/** Puts a decorator on a method, or on one of its parameters. */
function method(type, name, decorators, parameters = []) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  for (const decorator of decorators) decorator(type.prototype, name, descriptor);
  for (const [index, decorator] of parameters.entries()) decorator?.(type.prototype, name, index);
}

/** The root module. `note` adds a line to what the app has seen. */
export function nestModule({ common }, { folder, note, uploads }) {
  const { Body, Controller, Get, Header, Headers, HttpCode, Injectable, Module, Param, Post, Query, Redirect, Req } =
    common;
  const { Catch, HttpException, ParseIntPipe, Res, Sse, StreamableFile, UseFilters, UseGuards, UseInterceptors } =
    common;
  const { All, Delete, Put, UploadedFile, Version, ForbiddenException, Options, Head } = common;

  class Books {
    #titles = new Map([[1, "Emma"]]);
    find(id) {
      const title = this.#titles.get(id);
      if (title === undefined) throw new common.NotFoundException(`no book ${id}`);
      return { id, title };
    }
    onModuleDestroy() {
      note("hook: onModuleDestroy");
    }
    beforeApplicationShutdown(signal) {
      note(`hook: beforeApplicationShutdown ${signal}`);
    }
    onApplicationShutdown(signal) {
      note(`hook: onApplicationShutdown ${signal}`);
    }
  }
  Injectable()(Books);

  class Guard {
    canActivate(context) {
      const request = context.switchToHttp().getRequest();
      if (request.headers["x-closed"] !== undefined) throw new ForbiddenException("closed today");
      return request.headers["x-key"] === "1";
    }
  }
  Injectable()(Guard);

  class Wrapping {
    intercept(_context, next) {
      return next.handle().pipe(map((data) => ({ data, wrapped: true })));
    }
  }
  Injectable()(Wrapping);

  class Trouble extends Error {}

  class TroubleFilter {
    catch(error, host) {
      const response = host.switchToHttp().getResponse();
      if (response.raw === undefined) response.status(418).json({ trouble: error.message });
      else response.status(418).send({ trouble: error.message });
    }
  }
  Catch(Trouble)(TroubleFilter);

  class BooksController {
    constructor(books) {
      this.books = books;
    }
    hello() {
      return "Hello, Nest!";
    }
    json() {
      return { a: [1, "zwei"], é: null };
    }
    nothing() {}
    one(id) {
      return this.books.find(id);
    }
    query(name, all) {
      return { name, all };
    }
    echo(body, type) {
      return { type, body };
    }
    raw(request) {
      return { bytes: request.rawBody?.length ?? null, text: request.rawBody?.toString("utf8") ?? null };
    }
    async later() {
      await new Promise((resolve) => setImmediate(resolve));
      return { later: true };
    }
    observed() {
      return of("one", "two");
    }
    moved() {
      return { url: "/api/hello", statusCode: 307 };
    }
    created() {
      return "accepted";
    }
    guarded() {
      return "inside";
    }
    wrapped() {
      return [1, 2];
    }
    trouble() {
      throw new Trouble("too many books");
    }
    teapot() {
      throw new HttpException({ status: "short", stout: true }, 418);
    }
    crash() {
      throw new Error("out of order");
    }
    events() {
      return interval(2).pipe(
        take(3),
        map((id) => ({ id: String(id), type: "tick", data: { id }, retry: 10 })),
      );
    }
    text() {
      return new StreamableFile(Buffer.from("streamed bytes"), { type: "text/plain", length: 14 });
    }
    file() {
      const path = join(folder, "large.bin");
      return new StreamableFile(createReadStream(path), {
        type: "application/octet-stream",
        disposition: 'attachment; filename="large.bin"',
        length: 1_500_000,
      });
    }
    missingFile() {
      return new StreamableFile(createReadStream(join(folder, "gone.bin")));
    }
    own(response) {
      if (response.raw === undefined) response.status(202).cookie("a", "1").set("X-Own", "yes").send("own");
      else response.code(202).header("set-cookie", "a=1").header("X-Own", "yes").send("own");
    }
    any(request) {
      return { method: request.method, url: request.originalUrl ?? request.url };
    }
    replace(id, body) {
      return { id, body };
    }
    remove() {}
    first() {
      return "version 1";
    }
    second() {
      return "version 2";
    }
    upload(file) {
      return file === undefined ? "no file" : { name: file.originalname, type: file.mimetype, bytes: file.size };
    }
    async received(request) {
      const file = await request.file();
      if (file === undefined) return "no file";
      return { name: file.filename, type: file.mimetype, bytes: (await file.toBuffer()).length };
    }
    asked() {
      return "options";
    }
    headed() {}
  }
  const at = (name, decorators, parameters) => method(BooksController, name, decorators, parameters);
  at("hello", [Get("hello")]);
  at("json", [Get("json")]);
  at("nothing", [Get("nothing")]);
  at("one", [Get("books/:id")], [Param("id", ParseIntPipe)]);
  at("query", [Get("query")], [Query("name"), Query()]);
  at("echo", [Post("echo")], [Body(), Headers("content-type")]);
  at("raw", [Post("raw")], [Req()]);
  at("later", [Get("later")]);
  at("observed", [Get("observed")]);
  at("moved", [Get("moved"), Redirect("/nowhere", 302)]);
  at("created", [Post("accepted"), HttpCode(202), Header("X-Books", "many")]);
  at("guarded", [Get("guarded"), UseGuards(Guard)]);
  at("wrapped", [Get("wrapped"), UseInterceptors(Wrapping)]);
  at("trouble", [Get("trouble"), UseFilters(TroubleFilter)]);
  at("teapot", [Get("teapot")]);
  at("crash", [Get("crash")]);
  at("events", [Sse("events")]);
  at("text", [Get("text")]);
  at("file", [Get("file")]);
  at("missingFile", [Get("missing-file")]);
  at("own", [Get("own")], [Res()]);
  at("any", [All("any")], [Req()]);
  at("replace", [Put("books/:id")], [Param("id"), Body()]);
  at("remove", [Delete("books/:id"), HttpCode(204)]);
  at("first", [Get("edition"), Version("1")]);
  at("second", [Get("edition"), Version("2")]);
  at("asked", [Options("asked")]);
  at("headed", [Head("headed"), Header("X-Head", "1")]);
  if (uploads !== undefined) at("upload", [Post("upload"), UseInterceptors(uploads("file"))], [UploadedFile()]);
  else at("received", [Post("upload")], [Req()]);
  common.Inject(Books)(BooksController, undefined, 0);
  Controller({ version: common.VERSION_NEUTRAL })(BooksController);

  class HealthController {
    health() {
      return { up: true };
    }
  }
  method(HealthController, "health", [Get("health")]);
  Controller({ version: common.VERSION_NEUTRAL })(HealthController);

  class Root {
    configure(consumer) {
      consumer
        .apply((_request, response, next) => {
          response.setHeader("X-Middleware", "passed");
          next();
        })
        .forRoutes(BooksController);
    }
  }
  Module({ controllers: [BooksController, HealthController], providers: [Books, Guard, Wrapping] })(Root);
  return Root;
}

/** The application, configured as `main.ts` would and not listening. */
export async function nestApp(packages, platform, { folder = ".", note = () => {}, watcher } = {}) {
  const { common, core, express, fastify, multipart } = packages;
  const isExpress = platform === "express";
  const adapter = isExpress ? undefined : new fastify.FastifyAdapter();
  const settings = { logger: false, rawBody: true, abortOnError: false };
  const uploads = isExpress ? express.FileInterceptor : undefined;
  const module = nestModule(packages, { folder, note, uploads });
  const app = await (isExpress
    ? core.NestFactory.create(module, settings)
    : core.NestFactory.create(module, adapter, settings));
  if (!isExpress) await app.register(multipart);
  if (watcher !== undefined) app.use(watcher);
  app.setGlobalPrefix("api", { exclude: ["health"] });
  app.enableVersioning({ type: common.VersioningType.URI });
  app.enableCors({ origin: "http://b.example", credentials: true });
  return app;
}
