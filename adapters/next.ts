// A Next app, built or in development, as a contract app: Next as it is, and its files past it where that changes nothing.

import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type App, ServerError } from "../src/index.ts";
import { appFromListener } from "./node/from-listener.ts";
import type { Listener } from "./node/listener-entry.ts";
import { filesFirst, type NextConfig, openBuild, openNextFiles } from "./next-files.ts";
import { findFinishedPages, type FinishedPages, NextPages, pagesFirst } from "./next-pages.ts";
import { publishWork, working } from "./next-work.ts";

/** Which Next app, and how it runs. */
export interface FromNextOptions {
  /** The folder with `next.config` and `app` or `pages`. Default: the working directory. */
  readonly dir?: string;
  /**
   * Development: compiled when asked for, with hot reloading. Default `false`: what `next build` made is served.
   *
   * Danger: shows source and stack traces to everybody who can reach the port.
   */
  readonly dev?: boolean;
  /** The host in `request.url` of middleware and route handlers. Default `"localhost"`, as `next start` has it. */
  readonly hostname?: string;
  /** The port there. Default: the one that the server listens on; in development 3000. */
  readonly port?: number;
  /** Next prints no errors of its own. Default `false`. */
  readonly quiet?: boolean;
  /** In development, which of Next's bundlers compiles. Default: what the version of Next prefers. */
  readonly bundler?: "turbopack" | "webpack";
  /**
   * Send the files below `.next/static` and `public` without Next wherever no rule of the app can touch them, with the fields
   * that Next gives them. Default `true`.
   */
  readonly nativeFiles?: boolean;
  /**
   * Send pages that were rendered for good at the build without Next, as Next has sent them once, as long as nothing was
   * revalidated, no rule of the app can touch them and the request asks for nothing beyond the page. Default `true`.
   */
  readonly nativePages?: boolean;
}

/** What `next()` returns, as far as it is used here. */
export interface NextServer {
  prepare(): PromiseLike<unknown>;
  getRequestHandler(): (...args: never[]) => unknown;
  close?(): PromiseLike<unknown>;
  /** Not among what Next documents, and of all its versions. */
  setupWebSocketHandler?(server: Server): void;
}

/** Where our own hosts look for a way in without a Request, and for somebody who wants to know the address. */
const NATIVE: unique symbol = Symbol.for("easyserver.native") as never;
const LISTENING: unique symbol = Symbol.for("easyserver.listening") as never;

type NativeApp = App & { readonly [NATIVE]: Parameters<typeof filesFirst>[1] };

/**
 * Turns a Next app (14, 15 or 16) into an App that `serve()` runs, in place of `next start` or of a server file of one's own. It
 * takes the options of {@link FromNextOptions}, or what `next({ … })` returned.
 *
 * Next is loaded from the app's own folder and prepared when the server starts, before the port is open; it is closed with
 * the server. It does everything that it does behind node:http. What is different is listed in docs/next.md.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID`; the start rejects with `ERR_APP_LOAD` where Next is not installed, the app has
 * not been built or its settings are wrong.
 */
export function fromNext(given: FromNextOptions | NextServer = {}): App {
  if (isNextServer(given)) return appOf({ prepare: () => prepared(given), files: null, pages: null });
  const options = checked(given);
  const dir = resolve(options.dir ?? ".");
  return appOf(new NextProject(dir, options));
}

/** Where a Next server comes from. */
interface NextSource {
  /** Makes it ready, for requests that come through `server`. */
  prepare(server: Server): Promise<NextServer>;
  /** Its files, once it is prepared; `null` for none. */
  readonly files: Parameters<typeof filesFirst>[0] | null;
  /** Its finished pages, once it is prepared; `null` for none. */
  readonly pages: FinishedPages | null;
  /** The port is open. */
  listening?(port: number): void;
}

function appOf(source: NextSource): App {
  // Never bound: Next hangs its 'upgrade' listener on it, and finds it as `req.socket.server`.
  const server = createServer();
  let next: NextServer | null = null;
  let handle: (...args: never[]) => unknown = () => {
    throw new ServerError("ERR_APP_INVALID", "The Next app was asked for a page before its start().");
  };
  const listener: Listener = (request, response) => handle(request, response);
  // Next never gives its objects another prototype.
  const bridged = appFromListener(listener, { objects: "plain", server }) as NativeApp;
  const render: NativeApp[typeof NATIVE] = (exchange, around, scope) =>
    working(around.waitUntil, bridged[NATIVE], exchange, around, scope);
  let enter = render;
  const start = async (): Promise<void> => {
    publishWork();
    next = await source.prepare(server);
    // Else it listens for upgrades from the first request on, which is too late for a page that is open already.
    next.setupWebSocketHandler?.(server);
    handle = next.getRequestHandler();
    if (source.pages !== null) enter = pagesFirst(new NextPages(source.pages, render), enter);
    if (source.files !== null) enter = filesFirst(source.files, enter);
  };
  const native: NativeApp[typeof NATIVE] = (exchange, around, scope) => enter(exchange, around, scope);
  const app: NativeApp & { [LISTENING](opened: { readonly address: { readonly port: number } }): void } = {
    ...bridged,
    fetch: (request, context) => working((work) => context.waitUntil(work), bridged.fetch, request, context),
    start,
    stop: async () => void (await next?.close?.()),
    [NATIVE]: Object.assign(native, { takesUpgrades: bridged[NATIVE].takesUpgrades }),
    [LISTENING]: ({ address }) => source.listening?.(address.port),
  };
  return app;
}

/** The Next of a project's own folder, with what the options say. */
class NextProject implements NextSource {
  files: NextSource["files"] = null;
  pages: NextSource["pages"] = null;
  readonly #dir: string;
  readonly #options: FromNextOptions;
  readonly #port: OpenPort;

  constructor(dir: string, options: FromNextOptions) {
    this.#dir = dir;
    this.#options = options;
    this.#port = new OpenPort(options.port ?? 3000);
  }

  async prepare(httpServer: Server): Promise<NextServer> {
    const { dev = false, hostname = "localhost", port, quiet = false, bundler } = this.#options;
    const load = createRequire(join(this.#dir, "package.json"));
    try {
      const next = load("next") as (options: object) => NextServer;
      const server = next({
        dir: this.#dir,
        dev,
        hostname,
        // The compiler of development counts with it; else it is only ever written into a text.
        port: dev || port !== undefined ? this.#port.number : this.#port,
        quiet,
        httpServer,
        customServer: true,
        ...bundlerOf(bundler),
      });
      await server.prepare();
      if (!dev) await this.#takeOver(load);
      return server;
    } catch (error) {
      throw loadFailure(error, this.#dir);
    }
  }

  listening(port: number): void {
    if (this.#options.port === undefined) this.#port.number = port;
  }

  /** What can be answered without Next. */
  async #takeOver(load: NodeJS.Require): Promise<void> {
    const { nativeFiles = true, nativePages = true } = this.#options;
    if (!nativeFiles && !nativePages) return;
    const config = await this.#config(load);
    const built = openBuild(this.#dir, config);
    if (built === null) return;
    if (nativeFiles) this.files = await openNextFiles(built, config, load);
    if (nativePages) this.pages = findFinishedPages(built, config, load);
  }

  /** As Next itself is about to load it. */
  async #config(load: NodeJS.Require): Promise<NextConfig> {
    const { default: loadConfig } = load("next/dist/server/config") as { default: LoadConfig };
    const { PHASE_PRODUCTION_SERVER } = load("next/constants") as { PHASE_PRODUCTION_SERVER: string };
    return loadConfig(PHASE_PRODUCTION_SERVER, this.#dir, { silent: true });
  }
}

type LoadConfig = (phase: string, dir: string, options: object) => Promise<NextConfig>;

/** A number that is known only when the port is open, which is after Next was told of it. */
class OpenPort {
  number: number;

  constructor(number: number) {
    this.number = number;
  }

  toString(): string {
    return String(this.number);
  }
}

/** As the versions call it. */
function bundlerOf(bundler: FromNextOptions["bundler"]): object {
  if (bundler === undefined) return {};
  return bundler === "webpack" ? { webpack: true } : { turbopack: true, turbo: true };
}

/** What its owner has prepared already is taken as it is: a second time would start everything anew. */
async function prepared(server: NextServer): Promise<NextServer> {
  if (!isPrepared(server)) await server.prepare();
  return server;
}

function isPrepared(server: NextServer): boolean {
  try {
    return (server as { readonly requestHandler?: unknown }).requestHandler !== undefined;
  } catch {
    return false;
  }
}

function isNextServer(given: FromNextOptions | NextServer): given is NextServer {
  return "getRequestHandler" in given && typeof given.getRequestHandler === "function" && "prepare" in given;
}

const TYPES: Readonly<Record<keyof FromNextOptions, (value: unknown) => string | null>> = {
  dir: isOf("string", "the path of a folder"),
  dev: isOf("boolean", "true or false"),
  hostname: isOf("string", "a host name"),
  port: (value) =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536 ? null : "a port, from 1 to 65535",
  quiet: isOf("boolean", "true or false"),
  bundler: (value) => (value === "turbopack" || value === "webpack" ? null : '"turbopack" or "webpack"'),
  nativeFiles: isOf("boolean", "true or false"),
  nativePages: isOf("boolean", "true or false"),
};

function isOf(type: string, allowed: string): (value: unknown) => string | null {
  return (value) => (typeof value === type ? null : allowed);
}

/** @throws ServerError `ERR_OPTIONS_INVALID` naming the first thing that is wrong. */
function checked(given: FromNextOptions): FromNextOptions {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const allowed = Object.hasOwn(TYPES, name) ? TYPES[name as keyof FromNextOptions](value) : null;
    if (allowed !== null) {
      throw invalid(`The option "${name}" of fromNext() is ${JSON.stringify(value)}; it must be ${allowed}.`);
    }
    if (!Object.hasOwn(TYPES, name)) {
      throw invalid(`"${name}" is no option of fromNext(). There are: ${Object.keys(TYPES).join(", ")}.`);
    }
  }
  return given;
}

function invalid(sentence: string): ServerError {
  return new ServerError("ERR_OPTIONS_INVALID", sentence);
}

function loadFailure(cause: unknown, dir: string): ServerError {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND";
  const reason = cause instanceof Error ? cause.message : String(cause);
  const sentence =
    isMissing && /'next'/.test(reason)
      ? `Next is not installed in ${dir}. Run: npm install next react react-dom`
      : `The Next app in ${dir} cannot be started: ${reason}`;
  return new ServerError("ERR_APP_LOAD", sentence, { cause });
}
