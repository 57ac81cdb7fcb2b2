// What does a folder hold? Real folders; nothing in them is run.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { namedFile, projectIn } from "../../src/cli/project.ts";
import { folder } from "./command.ts";

type Files = Readonly<Record<string, string>>;

const manifest = (content: object): Files => ({ "package.json": JSON.stringify(content) });

/** Kind, entry within the folder and reason. */
function found(files: Files, as: Parameters<typeof projectIn>[1] = null): string[] {
  const directory = folder(files);
  const { kind, entry, why } = projectIn(directory, as, "site");
  return [kind, entry.slice(directory.length + 1), why ?? ""];
}

function refusal(files: Files, as: Parameters<typeof projectIn>[1] = null): string {
  const directory = folder(files);
  try {
    projectIn(directory, as, "site");
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("something was found");
}

describe("a folder", () => {
  it("with a Next project is one, by its manifest, its settings or its build", () => {
    assert.deepEqual(found(manifest({ dependencies: { next: "16" } })), ["next", "", "next in package.json"]);
    assert.deepEqual(found({ "next.config.mjs": "" }), ["next", "", "next.config.mjs"]);
    assert.deepEqual(found({ ".next/BUILD_ID": "x" }), ["next", "", ".next/BUILD_ID"]);
    assert.deepEqual(
      found({ ...manifest({ dependencies: { next: "16" }, scripts: { start: "next start" } }) })[0],
      "next",
    );
  });

  it("with what a standalone build of Next has left is its program", () => {
    const files = { ...manifest({ dependencies: { next: "16" } }), ".next/BUILD_ID": "x" };
    const program = "process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = JSON.stringify(nextConfig)";

    assert.deepEqual(found({ ...files, "server.js": program }), ["module", "server.js", ".next/BUILD_ID"]);
    assert.deepEqual(found({ ...files, "server.js": "" })[0], "next");
  });

  it("with a Next project and a server of its own is that server", () => {
    const files = {
      ...manifest({ dependencies: { next: "16" }, scripts: { start: "node server.js" } }),
      "server.js": "",
    };

    assert.deepEqual(found(files), ["module", "server.js", "start script of package.json"]);
    assert.deepEqual(found(files, "next"), ["next", "", "next in package.json"]);
  });

  it("with a Nest project is its built main file", () => {
    const nest = manifest({ dependencies: { "@nestjs/core": "11" } });

    assert.deepEqual(found({ ...nest, "dist/main.js": "" }), ["nest", "dist/main.js", "@nestjs/core in package.json"]);
    assert.deepEqual(found({ "nest-cli.json": "{}", "dist/src/main.js": "" }), [
      "nest",
      "dist/src/main.js",
      "nest-cli.json",
    ]);
    assert.deepEqual(found({ ...nest, "tsconfig.json": '{ "outDir": "./out" }', "out/main.js": "" })[1], "out/main.js");
    assert.deepEqual(found({ "nest-cli.json": '{"entryFile":"run"}', "dist/run.js": "" })[1], "dist/run.js");
    assert.deepEqual(
      found({ "nest-cli.json": '{"root":"apps/a"}', "dist/apps/a/main.js": "" })[1],
      "dist/apps/a/main.js",
    );
    const scripts = { "start:prod": "node build/server" };
    assert.deepEqual(
      found({ ...manifest({ scripts }), "nest-cli.json": "{}", "build/server.js": "" })[1],
      "build/server.js",
    );
  });

  it("with a Nest project in plain JavaScript is its program", () => {
    const files = { ...manifest({ dependencies: { "@nestjs/core": "11" }, main: "app.js" }), "app.js": "" };

    assert.deepEqual(found(files), ["nest", "app.js", "main of package.json"]);
  });

  it("with a Nest project that is not built is refused with what is missing", () => {
    const message = refusal({ "nest-cli.json": "{}", "src/main.ts": "" });

    assert.match(
      message,
      /^"site" is a Nest project \(nest-cli\.json\) that is not built: .*dist\/main\.js.*npm run build/,
    );
  });

  it("with the build of a framework is what that has left, with the files that are left to a server", () => {
    const directory = folder({
      ...manifest({ devDependencies: { "@react-router/dev": "7" } }),
      "build/server/index.js": 'const publicPath = "/app/";',
      "build/client/assets/a.js": "",
    });

    assert.deepEqual(projectIn(directory, null), {
      kind: "module",
      what: "a React Router project, build/server/index.js",
      why: "@react-router/dev in package.json",
      entry: join(directory, "build/server/index.js"),
      files: { prefix: "/app/", mount: { dir: join(directory, "build/client"), immutable: /^assets\//u } },
    });
    const nitro = { ".output/nitro.json": '{"preset": "node-server"}', ".output/server/index.mjs": "", "public/a": "" };
    assert.deepEqual(found(nitro), ["module", ".output/server/index.mjs", ".output/nitro.json"]);
    const kit = manifest({ devDependencies: { "@sveltejs/kit": "2" } });
    assert.deepEqual(found({ ...kit, "build/index.js": "", "build/handler.js": "" })[1], "build/index.js");
    const astro = { "astro.config.mjs": "", "dist/server/entry.mjs": '"mode": "standalone"' };
    assert.deepEqual(found(astro), ["module", "dist/server/entry.mjs", "astro.config.mjs"]);
  });

  it("with the build of a framework on Vite is that of Nitro where that was used, else a module with its files", () => {
    const start = manifest({ dependencies: { "@tanstack/react-start": "1", nitro: "3" } });
    const server = { "dist/server/server.js": "", "dist/client/p.txt": "" };
    const directory = folder({
      ...start,
      ...server,
      "dist/server/assets/_tanstack-start-manifest_v-a.js": 'preloads: ["/app/assets/index.js"]',
    });

    const { what, as, files } = projectIn(directory, null);
    assert.deepEqual([what, as], ["a TanStack Start project, dist/server/server.js", undefined]);
    assert.deepEqual([files?.prefix, files?.mount.dir], ["/app/", join(directory, "dist/client")]);
    assert.equal(projectIn(folder({ ...start, ...server }), null).files?.prefix, "/");
    assert.equal(found({ ...start, ...server, ".output/server/index.mjs": "" })[1], ".output/server/index.mjs");
    const remix = { ...manifest({ devDependencies: { "@remix-run/dev": "2" } }), "build/server/index.js": "" };
    assert.deepEqual(found(remix), ["module", "build/server/index.js", "@remix-run/dev in package.json"]);
    assert.match(
      refusal({ ...manifest({ dependencies: { "@solidjs/start": "1", vinxi: "0" } }), "public/a": "" }),
      /is a SolidStart project \(@solidjs\/start in package\.json\) that is not built for Node: .*\.output\/server/,
    );
  });

  it("with a build that is a listener, or a page and its files, says so", () => {
    const middleware = folder({
      "astro.config.mjs": "",
      "dist/server/entry.mjs": '"mode": "middleware"',
      "dist/server/manifest_a.mjs": '"base":"/docs","trailingSlash":"ignore"',
      "dist/client/a.css": "",
    });
    const { as, files } = projectIn(middleware, null);
    assert.deepEqual([as, files?.prefix, files?.mount.dir], ["node", "/docs", join(middleware, "dist/client")]);
    assert.equal(namedFile(join(middleware, "dist/server/entry.mjs"), "x").as, "node");
    // Since Astro 7 the entry passes on what a chunk has.
    const chunked = folder({
      "astro.config.mjs": "",
      "dist/server/entry.mjs": 'export { t as handler, r as options, n as startServer } from "./chunks/server_a.mjs";',
      "dist/server/chunks/server_a.mjs": 'var m = {"base":"/docs","trailingSlash":"ignore"};\nvar mode = "middleware";',
      "dist/client/a.css": "",
    });
    const since7 = projectIn(chunked, null);
    assert.deepEqual(
      [since7.as, since7.files?.prefix, since7.files?.mount.dir],
      ["node", "/docs", join(chunked, "dist/client")],
    );
    const standalone = folder({
      "astro.config.mjs": "",
      "dist/server/entry.mjs": 'export { t as handler } from "./chunks/server_a.mjs";',
      "dist/server/chunks/server_a.mjs": 'var mode = "standalone"; const h = mode === "middleware" ? 1 : 2;',
    });
    assert.equal(projectIn(standalone, null).as, undefined);
    const listener = folder({
      ".output/nitro.json": '{"preset": "node-listener"}',
      ".output/server/index.mjs": "",
      ".output/public/a": "",
    });
    assert.equal(projectIn(listener, null).as, "node");
    const kit = folder({ ...manifest({ dependencies: { "@sveltejs/kit": "2" } }), "build/handler.js": "" });
    assert.equal(namedFile(join(kit, "build/handler.js"), "x").as, "node");

    const page = folder({ "react-router.config.ts": "", "build/client/index.html": '{"isSpaMode":true}' });
    assert.deepEqual(projectIn(page, null).files?.mount.spa, "index.html");
    assert.deepEqual(found({ "astro.config.mjs": "", "dist/index.html": "" }), ["files", "dist", "astro.config.mjs"]);
  });

  it("with a framework's project and a server of its own is that server", () => {
    const files = { ...manifest({ devDependencies: { astro: "5" }, scripts: { start: "node run.js" } }), "run.js": "" };

    assert.deepEqual(found({ ...files, "dist/server/entry.mjs": "" })[1], "run.js");
  });

  it("with a framework's project that is not built is refused, and its public is not served", () => {
    const message = refusal({ ...manifest({ devDependencies: { astro: "5" } }), "public/a.png": "" });

    assert.match(
      message,
      /^"site" is an Astro project \(astro in package\.json\) that is not built for Node: .*entry\.mjs/,
    );
  });

  it("with a package is its main, its start script, its index, or server", () => {
    assert.deepEqual(found({ ...manifest({ main: "lib" }), "lib/index.js": "" }), [
      "module",
      "lib/index.js",
      "main of package.json",
    ]);
    assert.deepEqual(
      found({ ...manifest({ scripts: { start: "NODE_ENV=production node ./bin/www" } }), "bin/www": "" }),
      ["module", "bin/www", "start script of package.json"],
    );
    assert.deepEqual(found({ "index.mjs": "", "server.js": "" }), ["module", "index.mjs", "its name"]);
    assert.deepEqual(found({ "server.ts": "" }), ["module", "server.ts", "its name"]);
  });

  it("says which flags of a start script it leaves out", () => {
    const files = { ...manifest({ scripts: { start: "node --env-file .env -r ./a.js app.js" } }), "app.js": "" };

    assert.deepEqual(found(files), [
      "module",
      "app.js",
      "start script of package.json; its flags --env-file .env -r ./a.js are not taken over",
    ]);
  });

  it("does not guess at what a start script does with a shell or another program", () => {
    const scripts = ["npm run build && node app.js", "node app.js | tee log", "pm2 start app.js", "node $FILE"];

    for (const start of scripts)
      assert.equal(found({ ...manifest({ scripts: { start } }), "app.js": "", "index.js": "" })[1], "index.js");
  });

  it("with files for browsers alone is those", () => {
    assert.deepEqual(found({ "public/index.html": "" }), ["files", "public", "there is no app beside it"]);
  });

  it("with nothing of all that is refused with what was looked for", () => {
    const directory = folder({ "readme.md": "" });
    mkdirSync(join(directory, "src"));

    const message = refusal({ "readme.md": "" });

    for (const part of ["next.config", "nest-cli.json", "main of package.json", "start script", "public", "--as"]) {
      assert.ok(message.includes(part), message);
    }
  });

  it("with a manifest that is no JSON says so", () => {
    assert.match(refusal({ "package.json": "{" }), /package\.json is not valid JSON/);
  });

  it("is what its user says", () => {
    const next = { ...manifest({ dependencies: { next: "16" } }), "app.js": "", "index.js": "" };

    assert.deepEqual(found(next, "express"), ["module", "index.js", "its name"]);
    assert.deepEqual(found({}, "next"), ["next", "", "--as next"]);
    assert.match(refusal({}, "nest"), /is a Nest project \(--as nest\) that is not built/);
    assert.match(refusal({ "public/index.html": "" }, "fetch"), /^Nothing to serve was found/);
  });
});
