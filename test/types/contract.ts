// What must compile, and what must not? Checked by `npm run types`: an expected error that does not come is an error.

import { fromFetch } from "../../adapters/fetch.ts";
import { defineConfig } from "../../src/config.ts";
import { type App, type Context, type Handler, serve, type ServeOptions, type Server } from "../../src/index.ts";

// T1: a Request alone, a Request and a Context, synchronous or not.
export const plain: Handler = () => new Response();
export const one: Handler = (request) => new Response(request.url);
export const two: Handler = (request: Request, context: Context) => new Response(request.url + context.target);
export const later: Handler = async (request) => new Response(await request.text());
// @ts-expect-error: a handler answers with a Response
export const text: Handler = () => "Hello, World!";
// @ts-expect-error: a handler answers always
export const nothing: Handler = () => {};
// @ts-expect-error: a handler is called with two arguments and cannot ask for a third
export const three: Handler = (_request: Request, _context: Context, _more: string) => new Response();

// T2: the object form, with and without a life.
export const app: App = { fetch: one };
export const living: App = {
  contract: 1,
  fetch: two,
  start: async ({ app: filled }) => {
    filled["database"] = "open";
  },
  stop: ({ reason }) => void reason.length,
  error: (cause, _request, context) => (context.remote === null ? undefined : new Response(String(cause))),
};
// @ts-expect-error: this is version 1 of the contract
export const future: App = { contract: 2, fetch: one };

// T4: an optional member is read without asking for permission, and is not more than it says.
export const native = (context: Context): unknown => context.native;
// @ts-expect-error: the client's address may be unknown
export const address = (context: Context): string => context.remote.address;
// @ts-expect-error: a context is read, not written
export const write = (context: Context): string => (context.target = "/");

export const started: Promise<Server> = serve(app, { port: 0, static: { "/assets": "./public" }, bodyIdleMs: "10s" });
export const adapted: App = fromFetch(plain, { args: (request, host) => [request.url, host.requestIP()?.family] });
export const config: ServeOptions = defineConfig({ port: 8080, engine: "auto" });
// @ts-expect-error: an unknown engine
export const engine: ServeOptions = { engine: "bun" };
// @ts-expect-error: a misspelt option
export const misspelt: ServeOptions = { prot: 8080 };
