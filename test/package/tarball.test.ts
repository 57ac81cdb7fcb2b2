// Does the package work where nothing else of this repository is? Packed, installed into an empty folder, and used.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { ROOT } from "./source-tree.ts";

const run = promisify(execFile);

// docs/decisions/008-size-of-the-package.md
const MAX_CORE_BYTES = 220 * 1024;
const MAX_PACKED_BYTES = 300 * 1024;
/** What serves a fetch handler and files: these, what they import, and the parts that they load when settings ask for them. */
const CORE = ["dist/src/index.js", "dist/src/cli/main.js", "dist/src/config.js", "dist/adapters/fetch.js"];
const LOADED_LATER = /^(?:development|engine|file-response|file-source|handler|listen|native-file)-[0-9A-Z]+\.js$/u;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const place = { folder: "", packed: { filename: "", size: 0, files: [] } as Packed };

/** Runs in the folder of the user, without what `npm test` put into the environment. */
async function inFolder(command: string, ...parameters: readonly string[]): Promise<string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_)/u.test(name));
  const options = { cwd: place.folder, env: Object.fromEntries(kept), timeout: 120_000 };
  try {
    return (await run(command, [...parameters], options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return assert.fail(`${command} ${parameters.join(" ")} failed: ${String(error)}\n${stdout ?? ""}${stderr ?? ""}`);
  }
}

/** `entries` and all that they import, at once or when settings ask for it. */
function codeFrom(folder: string, entries: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const text = readFileSync(join(folder, file), "utf8");
    const later = text.matchAll(/\bimport\(["`](\.[^"`]+)["`]\)/gu);
    const wanted = [...later].filter(([, path]) => LOADED_LATER.test(basename(path ?? "")));
    const atOnce = text.matchAll(/\b(?:import|from)"(\.[^"]+)"/gu);
    for (const [, path] of [...atOnce, ...wanted]) open.push(join(dirname(file), path ?? ""));
  }
  return [...found];
}

before(async () => {
  place.folder = await realpath(await mkdtemp(join(tmpdir(), "easyserver-package-")));
  const options = { cwd: ROOT, timeout: 60_000 };
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", place.folder], options);
  [place.packed = place.packed] = JSON.parse(stdout) as Packed[];
  await writeFile(join(place.folder, "package.json"), JSON.stringify({ name: "user", private: true }));
  await inFolder(
    "npm",
    "install",
    "--omit=optional",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    `./${place.packed.filename}`,
  );
});

after(async () => {
  await rm(place.folder, { recursive: true, force: true });
});

describe("the packed package", () => {
  it("is smaller than 300 KB without zod, its one dependency that is packed with it", () => {
    const zod = gzipSync(readFileSync(join(ROOT, "dist/zod/zod.js"))).byteLength;
    const own = place.packed.size - zod;

    assert.ok(zod > 20_000, `zod has ${zod} bytes`);
    assert.ok(own < MAX_PACKED_BYTES, `${own} bytes`);
  });

  it("needs less than 220 KB to serve a fetch handler and files", async () => {
    const installed = join(place.folder, "node_modules/easyserver");
    const code = codeFrom(installed, CORE);
    const papers = place.packed.files.flatMap(({ path }) => (path.endsWith(".js") ? [] : [path]));
    const options = { encoding: "buffer", maxBuffer: 10 * MAX_PACKED_BYTES } as const;
    const { stdout } = await run("tar", ["-czf", "-", "-C", installed, ...code, ...papers], options);

    assert.ok(code.length > 20, `only ${code.length} files of code were found`);
    assert.ok(stdout.byteLength < MAX_CORE_BYTES, `${stdout.byteLength} bytes`);
  });

  it("carries the built code and its papers, and nothing that only developers need", () => {
    const paths = place.packed.files.map(({ path }) => path);
    const expected =
      /^(?:dist\/(?:src|adapters)\/.+\.(?:js|d\.ts)|dist\/chunks\/.+\.js|dist\/zod\/LICENSE|deviations\.json|(?:README|CHANGELOG|SPEC)\.md|LICENSE|package\.json)$/u;

    assert.deepEqual(
      paths.filter((path) => !expected.test(path)),
      [],
    );
    for (const needed of ["LICENSE", "README.md", "CHANGELOG.md", "dist/src/index.js", "dist/zod/LICENSE"])
      assert.ok(paths.includes(needed), needed);
  });

  it("serves a request when imported as ESM", async () => {
    const program = `
      import { serve } from "easyserver";
      import { fromFetch } from "easyserver/fetch";
      const app = fromFetch({ fetch: (request) => new Response(new URL(request.url).pathname) });
      const server = await serve(app, { port: 0, host: "127.0.0.1", engine: "node", log: "off" });
      console.log(await (await fetch(server.url + "/from-esm")).text());
      await server.close();`;
    await writeFile(join(place.folder, "app.mjs"), program);

    assert.equal((await inFolder(process.execPath, "app.mjs")).trim(), "/from-esm");
  });

  it("serves a request when required from CommonJS", async () => {
    const program = `
      const { serve } = require("easyserver");
      const { fromFetch } = require("easyserver/fetch");
      (async () => {
        const server = await serve(fromFetch(() => new Response("from CommonJS")), {
          port: 0, host: "127.0.0.1", engine: "node", log: "off",
        });
        console.log(await (await fetch(server.url)).text());
        await server.close();
      })();`;
    await writeFile(join(place.folder, "app.cjs"), program);

    assert.equal((await inFolder(process.execPath, "app.cjs")).trim(), "from CommonJS");
  });

  it("loads at every entry of its exports map, and nowhere else", async () => {
    const program = `
      import { createRequire } from "node:module";
      const { exports } = createRequire(import.meta.url)("easyserver/package.json");
      const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
      for (const entry of entries) await import("easyserver" + entry.slice(1));
      const inner = await import("easyserver/dist/src/serve.js").catch((error) => error.code);
      console.log(entries.length, inner);`;
    await writeFile(join(place.folder, "entries.mjs"), program);

    const [count, refusal] = (await inFolder(process.execPath, "entries.mjs")).trim().split(" ");
    assert.ok(Number(count) >= 3);
    assert.equal(refusal, "ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("checks settings without zod, which is packed into it", async () => {
    const program = `
      import { serve } from "easyserver";
      try { await import("zod"); console.log("zod is installed"); } catch { console.log("no zod"); }
      try { serve(null, { prot: 1 }); } catch (error) { console.log(error.message); }
      try { serve(null, { port: "many" }); } catch (error) { console.log(error.message); }
    `;
    await writeFile(join(place.folder, "settings.mjs"), program);

    const [zod, unknown, wrong] = (await inFolder(process.execPath, "settings.mjs")).trim().split("\n");

    assert.equal(zod, "no zod");
    assert.match(unknown ?? "", /"?prot"? .*Did you mean "?port"?/u);
    assert.match(wrong ?? "", /port.*"many".*whole number/u);
  });

  it("has a command that tells its version", async () => {
    const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

    const output = await inFolder("npx", "--offline", "easyserver", "--version");

    assert.ok(output.includes(version), output);
  });
});

describe("the types of the packed package", () => {
  const source = `
    import { serve, ServerError, type App, type Context, type Server } from "easyserver";
    import { defineConfig } from "easyserver/config";
    import { fromFetch, type FetchHost } from "easyserver/fetch";

    const handler = (request: Request, context: Context): Response => new Response(request.url + context.target);
    const app: App = fromFetch((_: Request, host: FetchHost) => new Response(host.requestIP()?.address));
    export const config = defineConfig({ port: 3000 });
    export const started: Promise<Server> = serve(app, { ...config, port: "8080" });
    export const again: Promise<Server> = serve({ fetch: handler }, { engine: "node" });
    export const failure: Error = new ServerError("ERR_TIMEOUT", "late");
    // @ts-expect-error: a misspelt option is an error
    export const wrong: Promise<Server> = serve(app, { prot: 3000 });
  `;

  async function check(compiler: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
    const project = join(place.folder, `types-${String(settings["moduleResolution"])}`.toLowerCase());
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "ES2023",
      lib: ["ES2023", "ESNext.Disposable"],
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      skipLibCheck: false,
      ...settings,
    };
    await mkdir(project);
    await writeFile(join(project, "app.ts"), source);
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
    await inFolder(process.execPath, compiler, "--project", project);
  }

  const resolve = createRequire(import.meta.url).resolve;

  it("resolve with NodeNext", async () => {
    await check(join(ROOT, "node_modules/typescript/bin/tsc"), { module: "NodeNext", moduleResolution: "NodeNext" });
  });

  it("resolve with node10, as older projects have it, in a TypeScript that still knows it", async () => {
    const older = createRequire(resolve("@arethetypeswrong/core")).resolve("typescript/lib/tsc.js");

    await check(older, { module: "CommonJS", moduleResolution: "node10", esModuleInterop: true });
  });
});
