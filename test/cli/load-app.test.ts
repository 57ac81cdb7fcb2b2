// Which modules are apps? Real modules in real folders.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadApp } from "../../src/cli/load-app.ts";
import type { ServerError } from "../../src/errors.ts";
import { IS_BUILT } from "../support/built.ts";
import { folder, run } from "./command.ts";

type Handler = (request: Request) => unknown;

const REPLY = "(request) => `${new URL(request.url).pathname} by ";

/** What the app in `files` answers to `/x`, called as a host calls it. */
async function answer(files: Readonly<Record<string, string>>, argument: string): Promise<unknown> {
  const app = await loadApp(argument, folder(files));
  const request = new Request("http://a.example/x");
  return typeof app === "function" ? (app as Handler)(request) : (app as { fetch: Handler }).fetch(request);
}

async function refusal(files: Readonly<Record<string, string>>, argument: string): Promise<ServerError> {
  const app = loadApp(argument, folder(files), { drained: () => Promise.resolve() });
  return await app.then(
    () => assert.fail("it was taken for an app"),
    (error: unknown) => error as ServerError,
  );
}

describe("the exports of an app's module", () => {
  it("T2: a function as default", async () => {
    assert.equal(await answer({ "a.mjs": `export default ${REPLY}default\`` }, "a.mjs"), "/x by default");
  });

  it("T2: an object with fetch as default, called on itself", async () => {
    const text = "export default { name: 'object', fetch(request) { return `/x by ${this.name}` } }";

    assert.equal(await answer({ "a.mjs": text }, "./a.mjs"), "/x by object");
  });

  it("T2: an instance of a class with fetch as default", async () => {
    const text = "class App { #name = 'class'; fetch() { return this.#name } }; export default new App()";

    assert.equal(await answer({ "a.mjs": text }, "a.mjs"), "class");
  });

  it("T2: a function with a fetch method as default", async () => {
    const text = "const app = () => 'wrong'; app.fetch = () => 'right'; export default app";

    const app = await loadApp("a.mjs", folder({ "a.mjs": text }));

    assert.equal((app as unknown as { fetch(): string }).fetch(), "right");
  });

  it("a named fetch makes the module the app, with its start and stop", async () => {
    const app = await loadApp(
      "a.mjs",
      folder({ "a.mjs": `export const fetch = ${REPLY}fetch\`; export const start = 1` }),
    );

    assert.deepEqual(Object.keys(app).sort(), ["fetch", "start"]);
  });

  it("a named handler or app", async () => {
    assert.equal(await answer({ "a.mjs": `export const handler = ${REPLY}handler\`` }, "a.mjs"), "/x by handler");
    assert.equal(await answer({ "a.mjs": `export const app = { fetch: ${REPLY}app\` }` }, "a.mjs"), "/x by app");
  });

  it("what Nitro 3 calls middleware, where it is said to be a listener", async () => {
    const files = { "a.mjs": "export const middleware = (request, response) => response.end('x')" };

    assert.equal(typeof (await loadApp("a.mjs", folder(files), { as: "node" })), "object");
    assert.equal((await refusal(files, "a.mjs")).code, "ERR_APP_INVALID");
  });

  it("a server build of Remix, by its own package where react-router knows nothing of servers", async () => {
    const files = {
      "build/server/index.mjs":
        "export const entry = {}, routes = {}, assets = {}, publicPath = '/', assetsBuildDirectory = 'build'",
      "node_modules/react-router/index.js": "exports.Router = 1",
      "node_modules/@remix-run/node/index.js": `
        const runtime = { createRequestHandler: ({ publicPath }, mode) => (request) => \`\${publicPath} \${mode}\` };
        Object.defineProperty(exports, "createRequestHandler", { enumerable: true, get: () => runtime.createRequestHandler });`,
    };

    assert.equal(await answer(files, "build/server/index.mjs"), "/ production");
    const { code, message } = await refusal(
      { "build/server/index.mjs": files["build/server/index.mjs"] },
      "build/server/index.mjs",
    );
    assert.equal(code, "ERR_APP_LOAD");
    assert.match(message, /is a build of React Router or Remix, but none of react-router, @remix-run\/node/);
  });

  it("the default wins over names, unless it is no app", async () => {
    const both = `export default ${REPLY}default\`; export const app = () => "wrong"`;

    assert.equal(await answer({ "a.mjs": both }, "a.mjs"), "/x by default");
    assert.equal(
      await answer({ "a.mjs": `export default { port: 1 }; export const app = () => "app"` }, "a.mjs"),
      "app",
    );
  });

  it("a promise of an app", async () => {
    const text = `export default new Promise((resolve) => setTimeout(resolve, 5, ${REPLY}promise\`))`;

    assert.equal(await answer({ "a.mjs": text }, "a.mjs"), "/x by promise");
  });

  it("CommonJS: module.exports, exports.fetch and a compiled default", async () => {
    assert.equal(await answer({ "a.cjs": `module.exports = ${REPLY}cjs\`` }, "a.cjs"), "/x by cjs");
    assert.equal(await answer({ "a.cjs": `exports.fetch = ${REPLY}exports\`` }, "a.cjs"), "/x by exports");
    const compiled = `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = ${REPLY}compiled\``;
    assert.equal(await answer({ "a.cjs": compiled }, "a.cjs"), "/x by compiled");
  });
});

describe("a module that is no app", () => {
  it("T2: is refused with what it exports", async () => {
    const error = await refusal({ "a.mjs": "export default { use: 1, listen: 2 }; export const x = null" }, "a.mjs");

    assert.equal(error.code, "ERR_APP_INVALID");
    assert.match(error.message, /^"a\.mjs" is no app: /);
    assert.match(error.message, /It exports default \(an object with use, listen\), x \(null\)\.$/);
  });

  it("T2: is refused when it exports nothing, a string or a fetch that is no function", async () => {
    assert.match((await refusal({ "a.mjs": "" }, "a.mjs")).message, /It exports nothing\.$/);
    assert.match((await refusal({ "a.mjs": "export default 'x'" }, "a.mjs")).message, /default \(a string\)\.$/);
    assert.match(
      (await refusal({ "a.mjs": "export default { fetch: 1 }" }, "a.mjs")).message,
      /default \(an object with fetch\)\.$/,
    );
    assert.match(
      (await refusal({ "a.mjs": "export default {}" }, "a.mjs")).message,
      /default \(an object without properties\)\.$/,
    );
  });

  it("D18: keeps the stack of what it threw", async () => {
    const error = await refusal({ "a.mjs": "\nfunction inner() { throw new TypeError('boom') }\ninner()" }, "a.mjs");

    assert.equal(error.code, "ERR_APP_LOAD");
    assert.equal(error.message, '"a.mjs" could not be loaded: boom');
    assert.match((error.cause as Error).stack ?? "", /at inner \(.*a\.mjs:2/);
  });

  // The loader of the sources makes a module of it all the same.
  const withLoader = IS_BUILT ? false : "only what is built runs without a loader (npm test)";
  it("D18: says how a module is one, where npm init has made it CommonJS", { skip: withLoader }, async () => {
    const files = { "package.json": '{"type": "commonjs"}', "a.js": "export default () => {}", "b.js": "let let" };
    const cwd = folder(files);
    const [told, other] = await Promise.all([run(["a.js", "-p0"], { cwd }), run(["b.js", "-p0"], { cwd })]);

    assert.deepEqual([told.code, other.code], [1, 1]);
    assert.match(told.stderr, /because its package\.json says that it is CommonJS\. Write "type": "module" there/);
    assert.doesNotMatch(other.stderr, /says that it is CommonJS/);
  });

  it("D18: says what could not be imported or parsed", async () => {
    assert.match((await refusal({ "a.mjs": "import './b.mjs'" }, "a.mjs")).message, /could not be loaded: .*b\.mjs/);
    assert.match((await refusal({ "a.mjs": "import 'no-such-package'" }, "a.mjs")).message, /no-such-package/);
    assert.match((await refusal({ "a.mjs": "export default (" }, "a.mjs")).message, /could not be loaded: /);
  });
});

describe("the app argument", () => {
  const app = `export default ${REPLY}file\``;

  it("may leave out the extension", async () => {
    assert.equal(await answer({ "src/a.mjs": app }, "src/a"), "/x by file");
  });

  it("may be a folder: the main of its package.json, else its index", async () => {
    const manifest = JSON.stringify({ type: "module", main: "./lib/server" });

    assert.equal(await answer({ "site/package.json": manifest, "site/lib/server.js": app }, "site"), "/x by file");
    assert.equal(await answer({ "package.json": "{}", "index.mjs": app }, "."), "/x by file");
    assert.equal(await answer({ "package.json": '{"main":"gone.js"}', "index.mjs": app }, "."), "/x by file");
    assert.equal(await answer({ "package.json": '{"main":"."}', "index.mjs": app }, "."), "/x by file");
  });

  it("D10: that does not exist is a usage error with the path", async () => {
    const missing = await refusal({}, "./gone.js");
    const empty = await refusal({ "site/readme.md": "" }, "site");

    assert.equal(missing.code, "ERR_OPTIONS_INVALID");
    assert.match(missing.message, /^The app "\.\/gone\.js" does not exist: there is no file \/.*\/gone\.js\.$/);
    assert.match(empty.message, /^Nothing to serve was found in the folder "site"\. Looked for: /);
  });

  it("may have any character in its path", async () => {
    assert.equal(await answer({ "a #?%20é/b c.mjs": app }, "a #?%20é/b c.mjs"), "/x by file");
  });

  it("D10: that waits for what cannot happen is a failed start, and no end like any other", async () => {
    const { code, stdout, stderr } = await run(["app.mjs"], {
      cwd: folder({ "app.mjs": "await new Promise(() => {}); export default () => new Response();" }),
    });

    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^easyserver: the app, or the settings file, waits for something that cannot happen/u);
  });
});
