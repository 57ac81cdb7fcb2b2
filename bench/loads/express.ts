// What does an unchanged Express, Koa or Fastify app cost? Compared with the same app on node:http.

import { bareGet, fixedReply, type Load, type LoadRequest } from "../load.ts";

const HTML = "text/html";
const TEXT = "Hello, World!";

export const express5Hello: Load = {
  ...helloOf("express5-hello", "Express 5, `res.send` of a text", HTML, 1 / 7),
  beside: [
    { server: "ultimate-express", atMost: 1.1 },
    { server: "raw-uws-express", atMost: 2.2 },
  ],
};
export const express4Hello: Load = helloOf("express4-hello", "Express 4, `res.send` of a text", HTML, 1 / 5);
export const koaHello: Load = helloOf("koa-hello", "Koa, a text as body", "text/plain", 0.7);
export const fastifyHello: Load = helloOf("fastify-hello", "Fastify, `reply.send` of a text", "text/plain", 0.7);

export const nestHello: Load = {
  ...helloOf("nest-hello", "Nest 11 on Express, a text from a controller", HTML, 1 / 4),
  beside: [{ server: "nest-fastify", atMost: 0.8 }],
};

export const express5Stack: Load = {
  ...helloOf(
    "express5-stack",
    "Express 5 behind helmet, cors, morgan, cookie-parser, compression, json, urlencoded",
    HTML,
    1 / 5,
  ),
  request: asBrowser("/"),
  otherRequest: asBrowser("/other?q=1"),
};

export const express5Routes: Load = {
  name: "express5-routes",
  group: "express",
  about: "Express 5, the 74th of 100 routes, 1 KiB of JSON in and out",
  atMost: 1 / 4,
  request: order(73, 12),
  otherRequest: order(5, 9),
  expect({ target, body }) {
    const { items, note } = JSON.parse(body ?? "{}") as Order;
    const total = items.reduce((sum, item) => sum + item.price * item.count, 0);
    const id = target.slice(target.lastIndexOf("/") + 1);
    return fixedReply("application/json", JSON.stringify({ id, total, items, note }));
  },
};

interface Order {
  readonly items: ReadonlyArray<{ readonly name: string; readonly price: number; readonly count: number }>;
  readonly note: string;
}

function helloOf(name: string, about: string, type: string, atMost: number): Load {
  const request = bareGet("/");
  const otherRequest = bareGet("/other?q=1");
  return { name, group: "express", about, atMost, request, otherRequest, expect: () => fixedReply(type, TEXT) };
}

/** The fields that such middlewares look at. */
function asBrowser(target: string): LoadRequest {
  const fields = {
    accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br",
    "accept-language": "en-GB,en;q=0.7",
    cookie: "session=0123456789abcdef0123456789abcdef; theme=dark",
    origin: "https://www.example",
    referer: "https://www.example/page",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  };
  return { method: "GET", target, fields, body: null };
}

/** An order of 1 KiB, filled up to that size by its note. */
function order(route: number, lines: number): LoadRequest {
  const items = Array.from({ length: lines }, (_, line) => ({ name: `item ${line}`, price: line + 0.5, count: 2 }));
  const missing = 1024 - JSON.stringify({ items, note: "" }).length;
  const body = JSON.stringify({ items, note: "n".repeat(missing) });
  const target = `/api/v1/resource-${route}/${route * 1000 + 7}`;
  return { method: "POST", target, fields: { "content-type": "application/json" }, body };
}
