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
import { mendedFaults, unknownFaults } from "./known-faults.ts";

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

interface App {
  /** Under which faults of it are known. */
  readonly framework?: string;
  readonly make: () => object | Promise<object>;
}

/** What the battery finds, and what a real server shows when its answers are read. */
const APPS: Readonly<Record<string, App>> = {
  ...Object.fromEntries(
    Object.entries(FRAMEWORK_APPS).map(([framework, make]) => [
      `fromFetch(${framework})`,
      { framework, make: () => fromFetch(make(open as never)) },
    ]),
  ),
  "fromExpress(app)": { make: () => fromExpress(express()) },
  "fromNode(listener)": { make: () => fromNode(listener) },
  "examples/express": { make: async () => fromExpress(await example("express/app.js")) },
  "examples/hello": { make: () => example("hello/app.js") },
  "examples/hono": { make: () => example("hono/app.js") },
  "examples/typescript": { make: () => example("typescript/app.ts") },
};

describe("under the linter, nothing is found in", { concurrency: 4 }, () => {
  for (const [name, { framework = "", make }] of Object.entries(APPS)) {
    it(`${name}, without a wire`, async () => {
      const { violations, requests } = await runHandler(await make(), { paths: PATHS });

      assert.ok(requests > 70);
      assert.deepEqual(unknownFaults(framework, violations), []);
      assert.deepEqual(mendedFaults(framework, "battery", violations), []);
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

        assert.deepEqual(unknownFaults(framework, violations), []);
        assert.deepEqual(mendedFaults(framework, "engine", violations), []);
      });
    }
  }
});

describe("the list of known faults", () => {
  const seen = { id: "A3", party: "handler", level: "must", advice: "", label: "" } as const;
  const message = "A 204 has content-length, but no content.";

  it("hides no fault of the same statement on another path, or of another message", () => {
    const known = { ...seen, message, request: "GET /cookies" };
    const elsewhere = { ...known, request: "GET /hello/Ada" };
    const otherwise = { ...known, message: "A 204 has content-type, but no content." };

    assert.deepEqual(unknownFaults("h3", [known, elsewhere, otherwise]), [elsewhere, otherwise]);
  });

  it("is out of date when a fault of it is gone", () => {
    const known = { ...seen, message, request: "GET /cookies" };

    assert.deepEqual(mendedFaults("h3", "engine", [known]), ["h3: A3, HEAD /cookies"]);
  });
});
