// A NestJS application as a contract app: it keeps its own http.Server object, which believes that our port is its own.

import type { Server as HttpServer } from "node:http";
import { constants } from "node:os";
import { type App, serve, type ServeOptions, type Server, ServerError } from "../src/index.ts";
import { appFromServer, type Opened } from "./node/server-app.ts";

/** What is used of an application that `NestFactory.create()` returned, of any version. */
export interface NestApp {
  init(): Promise<unknown>;
  listen(port: number, hostname: string): Promise<unknown>;
  close(signal?: string): Promise<unknown>;
  getHttpServer(): unknown;
  getHttpAdapter(): { getType?(): string };
}

/** Settings of {@link bootstrapNest}: those of `serve()`, and what is done on the way there. */
export interface BootstrapOptions<Nest extends NestApp = NestApp> extends ServeOptions {
  /** The second argument of `NestFactory.create()`: `logger`, `rawBody`, `bodyParser`, `cors`. Default none. */
  readonly nest?: object;
  /** An HTTP adapter, such as `new FastifyAdapter()`. Default Nest's own choice, which is Express. */
  readonly adapter?: object;
  /** Prefixes, pipes, versioning, `connectMicroservice`: what stands between `create()` and `listen()`. */
  readonly setup?: (app: Nest) => unknown;
  /** `NestFactory` of the project, where easyserver is not installed beside its `@nestjs/core`. */
  readonly factory?: { create(module: never, ...more: never[]): Promise<unknown> };
}

/** A server, and the Nest application that it serves. */
export interface NestServer<Nest extends NestApp = NestApp> extends Server {
  readonly app: Nest;
}

/**
 * Turns a Nest application, made by `NestFactory.create()` and not listening yet, into an App that `serve()` runs. Express and
 * Fastify platforms; what is different is listed in docs/nest.md.
 *
 * `init()` runs before the port opens. Then the application is listening, as after its own `listen()`: `getUrl()` and
 * `getHttpServer().address()` tell of that port. `app.close()` closes the server; a server that closes, closes the application,
 * with its hooks.
 *
 * @throws ServerError `ERR_APP_INVALID` for what is no Nest application.
 */
export function fromNest(app: NestApp): App {
  if (!isNestApp(app)) {
    throw new ServerError(
      "ERR_APP_INVALID",
      "fromNest() takes what NestFactory.create() returned, after await. bootstrapNest() takes the module.",
    );
  }
  const signals = new Signals();
  const platform = app.getHttpAdapter().getType?.();
  return appFromServer(app.getHttpServer() as HttpServer, platform === "fastify" ? "plain" : undefined, {
    start: () => app.init(),
    opened: async (opened: Opened) => {
      await app.listen(opened.address.port, opened.address.address);
      if (opened.handlesSignals) signals.take(app, opened);
    },
    stop: () => app.close(signals.received),
  });
}

/**
 * Creates the application of a root module and serves it: `NestFactory.create(AppModule)`, `setup`, then `serve()`.
 *
 * @throws ServerError as `serve()` does, and `ERR_APP_LOAD` where there is no `@nestjs/core`; rejects with what Nest threw.
 */
export async function bootstrapNest<Nest extends NestApp = NestApp>(
  module: unknown,
  { nest = {}, adapter, setup, factory, ...options }: BootstrapOptions<Nest> = {},
): Promise<NestServer<Nest>> {
  const { create } = bound(factory ?? (await installedFactory()));
  // Nest's own default ends the process where the module cannot be made; here it is the caller who knows.
  const settings = { abortOnError: false, ...nest };
  const app = (await (adapter === undefined ? create(module, settings) : create(module, adapter, settings))) as Nest;
  await setup?.(app);
  const server = await serve(fromNest(app), options);
  return Object.assign(server, { app });
}

/**
 * Shutdown hooks of Nest listen for signals by themselves, close the application while requests are in flight, and end the
 * process. Where the server does all that, it does it once: last request, hooks, end.
 */
class Signals {
  /** The hooks are told of it. */
  received: string | undefined;

  take(app: NestApp, opened: Opened): void {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.prependOnceListener(signal, () => {
        this.received ??= signal;
      });
    }
    const { unsubscribeFromProcessSignals: unsubscribe } = app as { unsubscribeFromProcessSignals?: unknown };
    if (typeof unsubscribe !== "function") return;
    const names = Object.keys(constants.signals) as NodeJS.Signals[];
    const counts = names.map((name) => process.listenerCount(name));
    Reflect.apply(unsubscribe, app, []);
    for (const [index, name] of names.entries()) {
      if (process.listenerCount(name) === counts[index] || name === "SIGTERM" || name === "SIGINT") continue;
      process.once(name, () => {
        this.received ??= name;
        void opened.close().then(() => process.kill(process.pid, name));
      });
    }
  }
}

type Create = (module: unknown, ...more: readonly object[]) => Promise<unknown>;

function bound(factory: object): { readonly create: Create } {
  return { create: (...args) => (factory as { readonly create: Create }).create(...args) };
}

async function installedFactory(): Promise<object> {
  // No literal: types of the package need no Nest.
  const name: string = "@nestjs/core";
  try {
    return ((await import(name)) as { readonly NestFactory: object }).NestFactory;
  } catch (error) {
    throw new ServerError(
      "ERR_APP_LOAD",
      "bootstrapNest() found no @nestjs/core beside easyserver. Give it as the option factory: NestFactory.",
      { cause: error },
    );
  }
}

function isNestApp(value: unknown): value is NestApp {
  if (typeof value !== "object" || value === null) return false;
  return ["getHttpAdapter", "getHttpServer", "init", "listen", "close"].every(
    (name) => name in value && typeof (value as Record<string, unknown>)[name] === "function",
  );
}
