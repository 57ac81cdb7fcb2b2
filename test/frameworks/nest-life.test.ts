// The life of a Nest application on our server: start, address, hooks, end, a microservice beside it.

import assert from "node:assert/strict";
import { type AddressInfo, connect } from "node:net";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bootstrapNest, fromNest } from "../../adapters/nest.ts";
import { serve } from "../../src/index.ts";
import { folder, listening, start } from "../cli/command.ts";
import { quiet } from "../host/served.ts";
import { until } from "../support/waiting.ts";
import { type NestApplication, nestAppModule, nestPackages, VERSIONS } from "./nest-probe.ts";

const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

const text = async (url: string): Promise<string> => await (await fetch(url)).text();

async function application(note: (line: string) => void = () => {}): Promise<NestApplication> {
  const { nestApp } = await nestAppModule();
  return nestApp(await nestPackages(11), "express", { note });
}

describe("fromNest", () => {
  for (const version of VERSIONS) {
    it(`tells a Nest ${version} application of our port, and its hooks of the end`, async () => {
      const lines: string[] = [];
      const { nestApp } = await nestAppModule();
      const app = await nestApp(await nestPackages(version), "express", { note: (line) => lines.push(line) });
      const server = await serve(fromNest(app), quiet("uws"));

      assert.equal(await app.getUrl(), server.url);
      assert.equal(app.getHttpServer().listening, true);
      assert.equal(await text(`${server.url}/health`), '{"up":true}');
      assert.deepEqual(lines, []);
      await server.close();
      assert.deepEqual(lines, [
        "hook: onModuleDestroy",
        "hook: beforeApplicationShutdown undefined",
        "hook: onApplicationShutdown undefined",
      ]);
      assert.equal(app.getHttpServer().listening, false);
    });
  }

  it("ends the server when the application is closed", async () => {
    const lines: string[] = [];
    const app = await application((line) => lines.push(line));
    const server = await serve(app, quiet("uws"));

    await app.close("by hand");

    assert.deepEqual(await server.closed, { clean: true });
    assert.equal(lines.at(-1), "hook: onApplicationShutdown by hand");
    assert.equal(lines.length, 3);
    await assert.rejects(fetch(server.url));
  });

  it("does not open a port for an application that cannot start", async () => {
    class Pool {
      onModuleInit(): never {
        throw new Error("no database");
      }
    }
    const { common, core } = await nestPackages(11);
    common.Module({})(Pool);
    const settings = { logger: false, abortOnError: false };
    const app = (await core.NestFactory.create(Pool as never, settings as never)) as NestApplication;

    await assert.rejects(serve(fromNest(app), quiet("uws")), /no database/);
  });

  it("refuses what is no application", () => {
    for (const wrong of [null, {}, class Module {}, Promise.resolve()]) {
      assert.throws(() => fromNest(wrong as never), { code: "ERR_APP_INVALID" });
    }
  });
});

describe("bootstrapNest", () => {
  it("creates the application of a module, has it set up, and serves it", async () => {
    const { nestModule } = await nestAppModule();
    const packages = await nestPackages(11);
    const module = nestModule(packages, { folder: ".", note: () => {} });
    await using server = await bootstrapNest(module, {
      ...quiet("uws"),
      nest: { logger: false },
      setup: (app: NestApplication & { setGlobalPrefix?(prefix: string): void }) => app.setGlobalPrefix?.("v1"),
    });

    assert.equal(await text(`${server.url}/v1/hello`), "Hello, Nest!");
    assert.equal(await server.app.getUrl(), server.url);
  });

  it("takes an adapter, and the factory of another copy of Nest", async () => {
    const { nestModule } = await nestAppModule();
    const packages = await nestPackages(12);
    const module = nestModule(packages, { folder: ".", note: () => {} });
    await using server = await bootstrapNest(module, {
      ...quiet("uws"),
      nest: { logger: false },
      adapter: new packages.fastify.FastifyAdapter(),
      factory: packages.core.NestFactory,
      setup: (app: NestApplication) => app.enableVersioning({ type: packages.common.VersioningType.URI }),
    });

    assert.equal(await text(`${server.url}/hello`), "Hello, Nest!");
    assert.equal(server.app.getHttpAdapter().getType?.(), "fastify");
  });

  it("rejects with what the module threw", async () => {
    class Broken {
      constructor() {
        throw new Error("out of order");
      }
    }
    const { common } = await nestPackages(11);
    common.Module({})(Broken);

    await assert.rejects(bootstrapNest(Broken, { ...quiet("uws"), nest: { logger: false } }), /out of order/);
  });
});

describe("a hybrid application", () => {
  it("answers over HTTP and as a microservice, and ends both", async () => {
    const app = await application();
    const microservice = app.connectMicroservice({ options: { host: "127.0.0.1", port: 0 } });
    await app.startAllMicroservices();
    const server = await serve(app, quiet("uws"));
    const { port } = microservice.unwrap().address() as AddressInfo;

    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    assert.equal(await text(`${server.url}/api/hello`), "Hello, Nest!");
    socket.destroy();
    await server.close();
    const refused = connect(port, "127.0.0.1");
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
  });
});

/** A process that serves a Nest app; its hooks print. */
function program(serving: string): string {
  return `
    import { createRequire } from "node:module";
    import { nestApp } from ${JSON.stringify(join(ROOT, "test/frameworks/nest-app.js"))};
    import * as packages from ${JSON.stringify(join(ROOT, "test/frameworks/nest11/packages.js"))};
    const app = await nestApp(packages, "express", { note: (line) => console.log(line) });
    app.enableShutdownHooks();
    ${serving}`;
}

describe("shutdown hooks", () => {
  const ended =
    /hook: onModuleDestroy\n[^]*hook: beforeApplicationShutdown SIGTERM\n[^]*hook: onApplicationShutdown SIGTERM\n/u;

  it("run once, after the last request, when serve() is told to stop", async () => {
    const serving = `
      const { serve } = await import(${JSON.stringify(join(ROOT, "dist/src/index.js"))});
      const server = await serve(app, { port: 0, host: "127.0.0.1", log: "off" });
      console.log(server.url);`;
    await using command = start([], { node: ["a.mjs"], cwd: folder({ "a.mjs": program(serving) }) });
    await listening(command);
    command.child.kill("SIGTERM");

    const { code, stdout, stderr } = await command.ended;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, ended);
    assert.equal(stdout.match(/hook: onApplicationShutdown/gu)?.length, 1);
  });

  it("run when the command is told to stop, and are waited for", async () => {
    const files = { "a.mjs": program("await app.listen(3000); console.log(`Nest: ${await app.getUrl()}`);") };
    const parameters = ["a.mjs", "--port", "0", "--host", "127.0.0.1", "--log", "off"];
    await using command = start(parameters, { cwd: folder(files) });
    const url = await listening(command);
    await until(5_000, "the app", () => command.stdout().includes(`Nest: ${url}\n`));
    command.child.kill("SIGTERM");

    const { code, stdout } = await command.ended;
    assert.equal(code, 0);
    assert.match(stdout, ended);
  });
});

describe("a CommonJS project", () => {
  it("uses easyserver/nest by require()", async () => {
    const main = `
      const { Controller, Get, Module } = require("@nestjs/common");
      const { bootstrapNest } = require("easyserver/nest");
      class Home { home() { return "home" } }
      Get()(Home.prototype, "home", Object.getOwnPropertyDescriptor(Home.prototype, "home"));
      Controller()(Home);
      class AppModule {}
      Module({ controllers: [Home] })(AppModule);
      bootstrapNest(AppModule, { nest: { logger: false }, port: 0, host: "127.0.0.1", log: "off" })
        .then((server) => console.log(server.url));`;
    const cwd = folder({ "main.cjs": main, "node_modules/.keep": "" });
    for (const name of ["@nestjs", "reflect-metadata"])
      symlinkSync(join(ROOT, "node_modules", name), join(cwd, "node_modules", name));
    symlinkSync(ROOT, join(cwd, "node_modules/easyserver"));
    await using command = start([], { node: ["main.cjs"], cwd });

    assert.equal(await text(await listening(command)), "home");
  });
});
