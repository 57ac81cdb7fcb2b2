// Do our own adapters and examples, and the frameworks through them, keep the contract under the linter?

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { RequestListener } from "node:http";
import { describe, it } from "node:test";
import { fromExpress } from "../../adapters/express.ts";
import { fromFetch } from "../../adapters/fetch.ts";
import { fromNode } from "../../adapters/node.ts";
import { runHandler } from "../../src/conformance/handler-run.ts";
import { serve } from "../../src/index.ts";
import { lint, type Violation } from "../../src/lint.ts";
import { FRAMEWORK_APPS } from "../adapters/framework-apps.js";
import { collecting } from "./findings.ts";

const require = createRequire(import.meta.url);

const open = { opened: Promise.resolve() };
const PATHS = ["/hello/Ada?x=1", "/stream", "/cookies", "/address", "/fail"];

const listener: RequestListener = (request, response) => {
  if (request.url === "/stream") {
    response.write("first ");
    return void setImmediate(() => response.end("second"));
  }
  response.setHeader("set-cookie", ["a=1", "b=2"]);
  if (request.method === "POST") return void request.pipe(response);
  return void response.end(request.method === "HEAD" ? undefined : `hello ${request.url}`);
};

function express(): object {
  const make = require("express") as (() => object & Record<string, Function>) & { json(): unknown };
  const app = make();
  app["get"]!("/hello/:name", (request: { params: { name: string } }, response: { json(value: unknown): void }) =>
    response.json({ hello: request.params.name }),
  );
  app["post"]!("/echo", make.json(), (request: { body: unknown }, response: { json(value: unknown): void }) =>
    response.json(request.body),
  );
  return app;
}

async function example(path: string): Promise<object> {
  const url = new URL(`../../examples/${path}`, import.meta.url);
  return ((await import(url.href)) as { default: object }).default;
}

/** What a framework itself does wrong, which the host puts right where it can: found, and nothing else. */
const KNOWN: Readonly<Record<string, string>> = {
  // h3 2.0 announces a length of 0 for a 204.
  "fromFetch(h3), without a wire": "A3",
  "fromFetch(h3), on an engine": "A3",
  // Elysia 1.4 does so for HEAD.
  "fromFetch(Elysia), without a wire": "A3",
  "fromFetch(Elysia), on an engine": "A3",
  // React Router 7 refuses a method without saying which it takes.
  "fromFetch(React Router), without a wire": "A10",
  "fromFetch(React Router), on an engine": "A10",
  // itty-router 6 does not take HEAD for a GET.
  "fromFetch(itty-router), without a wire": "A3",
};

/** What the battery finds, and what a real server shows when its answers are read. */
const APPS: Readonly<Record<string, () => object | Promise<object>>> = {
  ...Object.fromEntries(
    Object.entries(FRAMEWORK_APPS).map(([name, make]) => [`fromFetch(${name})`, () => fromFetch(make(open as never))]),
  ),
  "fromExpress(app)": () => fromExpress(express()),
  "fromNode(listener)": () => fromNode(listener),
  "examples/hello": () => example("hello/app.js"),
  "examples/typescript": () => example("typescript/app.ts"),
};

function assertNothingNew(name: string, violations: readonly Violation[]): void {
  const known = KNOWN[name];
  const musts = violations.filter(({ level }) => level === "must");

  assert.deepEqual(
    musts.filter(({ id }) => id !== known),
    [],
  );
  if (known !== undefined) assert.ok(musts.length > 0, `${name} is right now: take it off the list`);
}

describe("under the linter, nothing is found in", { concurrency: 4 }, () => {
  for (const [name, make] of Object.entries(APPS)) {
    it(`${name}, without a wire`, async () => {
      const { violations, requests } = await runHandler(await make(), { paths: PATHS });

      assert.ok(requests > 70);
      assertNothingNew(`${name}, without a wire`, violations);
    });

    for (const engine of ["uws", "node"] as const) {
      it(`${name}, on the ${engine} engine, nor in the engine`, async () => {
        const violations: Violation[] = [];
        const app = lint(await make(), collecting(violations));
        await using server = await serve(app, { engine, host: "127.0.0.1", port: 0, log: "off", handleSignals: false });

        for (const path of ["/", "/no/such/page", ...PATHS.slice(0, 4)]) {
          for (const method of ["GET", "HEAD"]) await (await fetch(`${server.url}${path}`, { method })).text();
        }
        const post = { method: "POST", body: '{"a":1}', headers: { "content-type": "application/json" } };
        for (const path of ["/", "/echo"]) await (await fetch(`${server.url}${path}`, post)).text();

        assertNothingNew(`${name}, on an engine`, violations);
      });
    }
  }
});
