// The same little app in every framework, in JavaScript, as the documentation of each writes it.

import { getConnInfo } from "@hono/node-server/conninfo";
import { Elysia } from "elysia";
import { getRequestIP, H3 } from "h3";
import { Hono } from "hono";
import { AutoRouter, Router } from "itty-router";
import { createContext, createRequestHandler, RouterContextProvider } from "react-router";

/** "first " at once, "second" when the gate opens. */
function gatedStream(gate) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode("first "));
      await gate.opened;
      controller.enqueue(encoder.encode("second"));
      controller.close();
    },
  });
}

function twoCookies() {
  const response = new Response(null, { status: 204 });
  response.headers.append("set-cookie", "a=1");
  response.headers.append("set-cookie", "b=2");
  return response;
}

function fail() {
  throw new Error("canary");
}

function hono(gate) {
  const app = new Hono();
  app.get("/hello/:name", (c) => c.json({ hello: c.req.param("name") }));
  app.post("/echo", async (c) => c.json(await c.req.json()));
  app.get("/stream", (c) => c.body(gatedStream(gate)));
  app.get("/address", (c) => c.text(getConnInfo(c).remote.address));
  app.get("/cookies", (c) => {
    c.header("set-cookie", "a=1");
    c.header("set-cookie", "b=2", { append: true });
    return c.body(null, 204);
  });
  app.get("/fail", fail);
  app.onError((_error, c) => c.text("Internal Server Error", 500));
  return app;
}

function h3(gate) {
  const app = new H3({ silent: true });
  app.get("/hello/:name", (event) => ({ hello: event.context.params.name }));
  app.post("/echo", (event) => event.req.json());
  app.get("/stream", () => gatedStream(gate));
  app.get("/address", (event) => getRequestIP(event));
  app.get("/cookies", (event) => {
    event.res.status = 204;
    event.res.headers.append("set-cookie", "a=1");
    event.res.headers.append("set-cookie", "b=2");
    return null;
  });
  app.get("/fail", fail);
  return app;
}

function itty(gate) {
  const router = AutoRouter({ catch: () => new Response("Internal Server Error", { status: 500 }) });
  router.get("/hello/:name", ({ params }) => ({ hello: params.name }));
  router.post("/echo", (request) => request.json());
  router.get("/stream", () => new Response(gatedStream(gate)));
  router.get("/address", (_request, host) => new Response(host.requestIP().address));
  router.get("/cookies", twoCookies);
  router.get("/fail", fail);
  return router;
}

function elysia(gate) {
  return new Elysia()
    .onError(({ code }) => (code === "UNKNOWN" ? new Response("Internal Server Error", { status: 500 }) : undefined))
    .get("/hello/:name", ({ params }) => ({ hello: params.name }))
    .post("/echo", ({ body }) => body)
    .get("/stream", () => new Response(gatedStream(gate)))
    .get("/address", ({ server, request }) => server.requestIP(request).address)
    .get("/cookies", twoCookies)
    .get("/fail", fail);
}

function reactRouter(gate) {
  const build = compiled({
    "hello/:name": { loader: ({ params }) => Response.json({ hello: params.name }) },
    echo: { action: async ({ request }) => Response.json(await request.json()) },
    stream: { loader: () => new Response(gatedStream(gate)) },
    address: { loader: ({ context }) => new Response(context.remote.address) },
    cookies: { loader: twoCookies },
    fail: { loader: fail },
  });
  return createRequestHandler(build, "production");
}

/** What React Router's compiler makes of resource routes: the part of it that answers requests. */
function compiled(resources, future = {}) {
  const routes = Object.fromEntries(
    Object.entries(resources).map(([path, module]) => [path, { id: path, parentId: "root", path, module }]),
  );
  const page = (_request, status) => new Response("page", { status });
  return {
    entry: { module: { default: page, handleError: () => {} } },
    routes: { root: { id: "root", path: "", module: { default: () => null } }, ...routes },
    assets: { entry: { imports: [], module: "" }, routes: {}, url: "", version: "1" },
    publicPath: "/",
    assetsBuildDirectory: "",
    future,
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: "initial" },
  };
}

/** Every framework by name. */
export const FRAMEWORK_APPS = { Hono: hono, h3, "itty-router": itty, Elysia: elysia, "React Router": reactRouter };

/** React Router with middleware on answers `/here` with the client's address; the setting for `args` comes with it. */
export function reactRouterWithMiddleware() {
  const hostContext = createContext();
  const build = compiled(
    { here: { loader: ({ context }) => new Response(context.get(hostContext).remote.address) } },
    { v8_middleware: true },
  );
  return {
    handler: createRequestHandler(build, "production"),
    args: (_request, host) => [new RouterContextProvider(new Map([[hostContext, host]]))],
  };
}

/** An itty-router without routes. Every property it does not have reads as a function that adds one. */
export function emptyRouter() {
  return Router();
}

/** An Elysia that notes what its hooks saw. */
export function elysiaWithHooks(calls) {
  return new Elysia()
    .onStart(() => void calls.push("start"))
    .onStop(() => void calls.push("stop"))
    .get("/here", () => "ok");
}

/** An h3 app that calls `waitUntil` detached from its Request, as h3's own proxy does. */
export function h3WithDetachedWaitUntil() {
  return new H3().get("/here", (event) => {
    const { waitUntil } = event.req;
    void waitUntil(Promise.resolve());
    return event.req.runtime.name;
  });
}
