// What does `easyserver lint` tell, and with which exit code?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { folder, run, start } from "../cli/command.ts";
import { until } from "../support/waiting.ts";

const GOOD = `
export default {
  async fetch(request, context) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/") return new Response("not here", { status: 404 });
    return new Response(request.body === null ? "hello" : await request.text());
  },
};`;

const BAD = `
const shared = new Response("x");
export default (request) => {
  if (request.method === "HEAD") return new Response(null, { status: 405, headers: { allow: "GET" } });
  if (request.headers.has("cookie")) throw new Error("canary");
  return request.url.endsWith("?fresh") ? new Response("x", { headers: { date: "now" } }) : shared;
};`;

describe("easyserver lint", () => {
  it("finds nothing in an app that is right, and exits with 0", async () => {
    const { code, stdout, stderr } = await run(["lint", "app.mjs"], { cwd: folder({ "app.mjs": GOOD }) });

    assert.match(stdout, /^app\.mjs: \d\d requests, nothing to complain of\.\n$/u);
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("names statement, place and remedy of what is wrong, and exits with 1", async () => {
    const { code, stdout } = await run(["lint", "app.js", "--path", "/?fresh"], { cwd: folder({ "app.js": BAD }) });

    assert.match(stdout, /MUST A1 \(handler\): A Response was returned a second time\.\n {2}Make a new Response/u);
    assert.match(stdout, /MUST A2 \(handler\): The response sets date\.\n.*\n {2}Seen at GET \//u);
    assert.match(stdout, /MUST A3 \(handler\): GET was answered 200, HEAD 405\./u);
    assert.match(stdout, /GET \/\?fresh: Error: canary/u);
    assert.equal(code, 1);
  });

  it("gives the same as JSON", async () => {
    const { code, stdout } = await run(["lint", "app.js", "--json"], { cwd: folder({ "app.js": BAD }) });
    const result = JSON.parse(stdout) as { ok: boolean; contract: number; violations: { id: string }[] };

    assert.deepEqual([result.ok, result.contract, code], [false, 1, 1]);
    assert.deepEqual([...new Set(result.violations.map(({ id }) => id))].sort(), ["A1", "A3"]);
  });

  it("counts what an app throws outside of every call", async () => {
    const app = "setTimeout(() => { throw new Error('astray') }, 20); export default () => new Response(null);";
    const { code, stdout } = await run(["lint", "app.js"], { cwd: folder({ "app.js": app }) });

    assert.match(stdout, /outside of any request: Error: astray/u);
    assert.equal(code, 1);
  });

  it("takes one app, and says so", async () => {
    const { code, stderr } = await run(["lint"], { cwd: folder({}) });

    assert.match(stderr, /easyserver lint takes: <app> \[options\]/u);
    assert.equal(code, 2);
  });
});

describe("serving with the linter", () => {
  const app = "export default () => new Response('x', { headers: { date: 'now' } });";

  it("warns once for each place during development, with the id, and the app is served", async () => {
    await using running = start(["app.js", "--port", "0"], { cwd: folder({ "app.js": app }) });
    await until(10_000, "the banner", () => /http:\S+/u.test(running.stdout()));
    const [url = ""] = /http:\/\/[^\s"]+/u.exec(running.stdout()) ?? [];

    for (let i = 0; i < 3; i++) assert.equal(await (await fetch(url)).text(), "x");
    await until(5_000, "the warning", () => running.stderr().includes("A2"));

    assert.equal(running.stderr().split("The response sets date.").length, 2);
  });

  for (const [what, parameters, env] of [
    ["--no-lint", ["--no-lint"], {}],
    ["production", [], { NODE_ENV: "production" }],
  ] as const) {
    it(`says nothing with ${what}`, async () => {
      await using running = start(["app.js", "--port", "0", "--host", "127.0.0.1", ...parameters], {
        cwd: folder({ "app.js": app }),
        env,
      });
      await until(10_000, "the banner", () => /http:\S+/u.test(running.stdout()));
      const [url = ""] = /http:\/\/[^\s"]+/u.exec(running.stdout()) ?? [];

      assert.equal(await (await fetch(url)).text(), "x");

      assert.doesNotMatch(running.stderr(), /A2/u);
    });
  }
});
