// How does what a fetch framework exports become an App of the contract?

import { type App, type Handler, ServerError } from "../src/index.ts";
import {
  type ElysiaLike,
  elysiaLife,
  type Fetcher,
  type Responder,
  withElysiaHost,
  withServerFields,
} from "./fetch-frameworks.ts";
import { ContextHost, type FetchHost } from "./fetch-host.ts";

export type { FetchHost, Incoming, RemoteAddr, SocketAddress } from "./fetch-host.ts";

/** Settings of {@link fromFetch}. */
export interface FromFetchOptions {
  /**
   * The arguments that follow the Request, instead of the usual `(host, host)`. Runs for each request; a throw is answered
   * with 500. Needed where an app wants something of its own there: bindings, or React Router's `RouterContextProvider`.
   */
  readonly args?: (request: Request, host: FetchHost) => readonly unknown[];
}

type Reply = ReturnType<Handler>;
type Call = (request: Request, host: ContextHost) => Reply;
type Life = Omit<App, "fetch" | "contract">;

/** A way to call the app, the method behind it for `args`, and what it does at start and stop. */
interface Binding {
  readonly call: Call;
  readonly apply: (request: Request, rest: readonly unknown[]) => Reply;
  readonly life: Life;
}

/** The draft Fetch Server API's mark of an app that takes a single context (clause T3). */
const PROTOCOL = Symbol.for("wintertc.server.protocol");

const ACCEPTED =
  "fromFetch() takes a function (request) => Response, an object with a fetch(request) method (Hono, h3, itty-router, " +
  "Elysia, a Worker), an object with a respond(request) method (SvelteKit's server), or a module whose default export is " +
  "one of these.";

/**
 * Turns what a fetch framework exports into an App that `serve()` runs: Hono, h3 2, itty-router, Elysia, React Router's
 * request handler, SvelteKit's initialised `Server`, `export default { fetch }` written for Cloudflare, Deno or Bun, or a
 * bare function.
 *
 * The app is called with the Request and one {@link FetchHost}, given twice: as Deno's `info`, Bun's `server` or Hono's
 * `env` in second place, as Cloudflare's `ctx` in third. `start`, `stop` and `error` of the contract's own object form are
 * kept. An app of the contract (`contract: 1`), and so a result of this function, is returned as it is.
 *
 * @throws ServerError `ERR_APP_INVALID` for anything else, naming what was found.
 */
export function fromFetch(app: unknown, options: FromFetchOptions = {}): App {
  const found = defaultExport(app);
  const { args } = options;
  if (args === undefined && isContractApp(found)) return found;

  const { call, apply, life } = bind(found);
  const fetch: Handler =
    args === undefined
      ? (request, context) => call(request, new ContextHost(context))
      : (request, context) => apply(request, args(request, new ContextHost(context)));
  return { contract: 1, fetch, ...life };
}

/** Never by `fn.length`: default parameters, rest parameters and wrappers make it lie. */
function bind(app: unknown): Binding {
  if (hasMethod<Fetcher>(app, "fetch")) return bindFetcher(app);
  if (hasMethod<Responder>(app, "respond")) return bindResponder(app);
  const stranger = nameOf(app);
  if (stranger !== null || typeof app !== "function") {
    throw new ServerError("ERR_APP_INVALID", `fromFetch() was given ${stranger ?? describe(app)}. ${ACCEPTED}`);
  }
  const handler = app as (request: Request, ...rest: readonly unknown[]) => Reply;
  return {
    call: (request, host) => handler(request, host, host),
    apply: (request, rest) => handler(request, ...rest),
    life: {},
  };
}

function bindFetcher(app: Fetcher): Binding {
  const apply: Binding["apply"] = (request, rest) => app.fetch(request, ...rest);
  if (PROTOCOL in app) return bindProtocol(app, app[PROTOCOL]);
  if (isH3(app)) return { call: (request, host) => app.fetch(withServerFields(request, host)), apply, life: {} };
  if (isElysia(app)) {
    return { call: (request, host) => app.fetch(withElysiaHost(request, host)), apply, life: elysiaLife(app) };
  }
  // graphql-yoga and other whatwg-node adapters merge further arguments into a copy, which would lose the host's methods.
  if (isCallable(app)) return { call: (request, host) => app.fetch(request, host), apply, life: {} };
  return { call: (request, host) => app.fetch(request, host, host), apply, life: lifeOf(app) };
}

function bindProtocol(app: Fetcher, version: unknown): Binding {
  if (version !== 1) {
    throw new ServerError(
      "ERR_APP_INVALID",
      `The app asks for version ${String(version)} of the Fetch Server API. This release speaks version 1.`,
    );
  }
  const marked = app as unknown as { fetch(context: FetchHost): Reply };
  return {
    call: (_request, host) => marked.fetch(host),
    apply: (request, rest) => app.fetch(request, ...rest),
    life: lifeOf(app),
  };
}

function bindResponder(app: Responder): Binding {
  return {
    call: (request, host) => app.respond(request, { getClientAddress: () => clientAddress(host), platform: host }),
    apply: (request, rest) => app.respond(request, ...rest),
    life: {},
  };
}

function clientAddress(host: ContextHost): string {
  const remote = host.remote;
  if (remote === null) throw new Error("The client address is not known.");
  return remote.address;
}

/** `in`, not a read: a property of an itty-router that does not exist reads as a function that adds a route. */
function lifeOf(app: Fetcher): Life {
  const { start, stop, error } = pick(app, ["start", "stop", "error"]) as Partial<App>;
  return {
    ...(typeof start === "function" && { start: (boot) => start.call(app, boot) }),
    ...(typeof stop === "function" && { stop: (info) => stop.call(app, info) }),
    ...(typeof error === "function" && {
      error: (cause, request, context) => error.call(app, cause, request, new ContextHost(context)),
    }),
  };
}

function pick(value: object, names: readonly string[]): Record<string, unknown> {
  const present = names.filter((name) => name in value);
  return Object.fromEntries(present.map((name) => [name, (value as Record<string, unknown>)[name]]));
}

function isContractApp(value: unknown): value is App {
  return hasMethod<App>(value, "fetch") && "contract" in value && value.contract === 1;
}

function isCallable(value: unknown): boolean {
  return typeof value === "function";
}

function isH3(app: Fetcher): boolean {
  const { constructor } = app as { readonly constructor?: { readonly "~h3"?: unknown } };
  return constructor?.["~h3"] === true;
}

function isElysia(app: Fetcher): app is ElysiaLike {
  return "~adapter" in app && "modules" in app && "event" in app && hasMethod(app, "stop");
}

/** A module's default export; twice, because CommonJS compiled from ESM arrives as `{ default: { default } }`. */
function defaultExport(value: unknown): unknown {
  let found = value;
  for (let depth = 0; depth < 2 && isModule(found); depth += 1) found = found.default;
  return found;
}

function isModule(value: unknown): value is { readonly default: unknown } {
  return typeof value === "object" && value !== null && "default" in value && value.default !== undefined;
}

function hasMethod<Shape extends object>(value: unknown, name: string): value is Shape {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !(name in value)) return false;
  return typeof (value as Record<string, unknown>)[name] === "function";
}

/** Apps that do not take a Request, and values that would fail on the first one. */
function nameOf(value: unknown): string | null {
  if (hasMethod(value, "getHttpAdapter")) return "a NestJS application, which does not take a Request";
  if (hasMethod(value, "getRequestHandler")) return "a Next.js server, which takes (req, res)";
  if (hasMethod(value, "routing") && hasMethod(value, "inject")) return "a Fastify instance, which takes (req, res)";
  if (hasMethod(value, "callback") && hasMethod(value, "use")) return "a Koa application, which takes (req, res)";
  if (hasMethod(value, "emit") && hasMethod(value, "listen")) {
    return typeof value === "function"
      ? "an Express app, which takes (req, res)"
      : "a Node server, which takes (req, res)";
  }
  if (hasMethod(value, "then")) return "a promise: await it first";
  if (typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))) {
    return `the class ${value.name || "without a name"}: pass an instance of it`;
  }
  return null;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return "an array";
  if (value === undefined) return "undefined";
  if (typeof value !== "object") return `the ${typeof value} ${String(value as number)}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? "an object without properties" : `an object with ${keys.slice(0, 8).join(", ")}`;
}
