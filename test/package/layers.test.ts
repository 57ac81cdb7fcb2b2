// Does every file import only what its area may? The table is the one of the design page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { filesIn, type ImportLine, importsOf, ROOT, type SourceFile, sourceFiles } from "./source-tree.ts";

/** What an area may import: areas, and files of which it may take the types only. */
interface Rule {
  readonly areas: readonly string[];
  readonly types?: readonly string[];
}

const LEAVES = ["contract", "errors", "http"];

const TABLE: Readonly<Record<string, Rule>> = {
  contract: { areas: [] },
  errors: { areas: [] },
  http: { areas: [] },
  app: { areas: ["contract", "errors"] },
  spec: { areas: [] },
  lint: { areas: [...LEAVES, "app", "spec"] },
  conformance: { areas: [...LEAVES, "app", "spec", "lint"] },
  log: { areas: ["contract", "errors"] },
  metrics: { areas: ["contract", "errors"] },
  engine: { areas: LEAVES },
  static: { areas: LEAVES, types: ["src/engine/engine.ts"] },
  tls: { areas: ["errors"] },
  websocket: { areas: ["contract", "errors", "engine"] },
  options: {
    areas: ["contract", "errors"],
    types: [
      "src/log/logger.ts",
      "src/static/mount-settings.ts",
      "src/tls/acme/dns.ts",
      "src/tls/events.ts",
      "src/tls/on-demand.ts",
      "src/tls/settings.ts",
    ],
  },
  config: { areas: [], types: ["src/options.ts", "src/options/serve-options.ts"] },
  host: { areas: [...LEAVES, "app", "log", "metrics", "engine", "static", "tls", "websocket", "options"] },
  workers: { areas: ["errors"], types: ["src/log/logger.ts"] },
  serve: {
    areas: [
      "lint",
      "foreign",
      "app",
      "contract",
      "errors",
      "host",
      "workers",
      "options",
      "engine",
      "rights",
      "static",
      "tls",
      "log",
      "metrics",
    ],
  },
  foreign: { areas: ["contract", "errors"] },
  rights: { areas: ["errors"] },
  // What our own adapters need of the parts: the door that no export map entry leads to.
  internal: {
    areas: ["app", "contract", "errors", "engine", "host", "options", "log", "serve", "static", "websocket"],
  },
  files: { areas: ["contract", "options", "static"], types: ["src/engine/engine.ts"] },
  index: { areas: ["contract", "errors", "files", "options", "log", "serve"] },
  // static: what the command precompress runs; through the index it would load the server, too.
  cli: {
    areas: [
      "foreign",
      "index",
      "options",
      "errors",
      "spec",
      "lint",
      "conformance",
      "rights",
      "static",
      "tls",
      "workers",
    ],
    types: ["src/config.ts"],
  },
};

/** `src/engine/uws/load.ts` and `src/engine.ts` are both of the area `engine`. */
function areaOf(path: string): string {
  return path.replace(/^src\//u, "").replace(/\/.*|\.ts$/gu, "");
}

function srcFault(file: SourceFile, line: ImportLine): string | null {
  if (line.target === null) return null;
  const from = areaOf(file.path);
  const to = areaOf(line.target);
  const rule = TABLE[from];
  if (rule === undefined) return `${file.path} is in "${from}", an area that the table does not know.`;
  // The one place that loads an adapter for what it was given (docs/decisions/032).
  if (
    from === "foreign" &&
    /^adapters\/(?:(?:express|nest|next|node|react-router)|node\/(?:captured-server|server-app))\.ts$/u.test(
      line.target,
    )
  )
    return null;
  if (!line.target.startsWith("src/")) return `${file.path} imports ${line.target}, which is outside of src.`;
  if (from === to || rule.areas.includes(to)) return null;
  if (rule.types?.includes(line.target) === true) {
    return line.typeOnly ? null : `${file.path} may import only types from ${line.target}: write "import type".`;
  }
  return `${file.path} imports ${line.target}, but "${from}" may import only: ${rule.areas.join(", ") || "nothing of ours"}.`;
}

/** An adapter may have files of its own: `adapters/fetch.ts` and `adapters/fetch-host.ts`. */
function adapterFault(file: SourceFile, { target }: ImportLine): string | null {
  // Without a Request and a Response in between, the bridge speaks to the engines' own seam (docs/decisions/030).
  if (target === "src/internal.ts" && file.path.startsWith("adapters/node/")) return null;
  // Next's files are sent by our own code for files, with Next's fields (docs/decisions/060).
  if (target === "src/internal.ts" && /^adapters\/next-(?:files|pages)\.ts$/.test(file.path)) return null;
  if (target === null || target === "src/index.ts" || target.startsWith("adapters/node/")) return null;
  const own = file.path.replace(/(?:-[a-z-]+)?\.ts$/u, "");
  if (target === `${own}.ts` || target.startsWith(`${own}-`)) return null;
  return `${file.path} imports ${target}, but an adapter uses only what a stranger could: src/index.ts and adapters/node.`;
}

function faults(files: readonly SourceFile[], judge: (file: SourceFile, line: ImportLine) => string | null): string[] {
  return files.flatMap((file) => file.imports.map((line) => judge(file, line)).filter((fault) => fault !== null));
}

/** Lines of code, comments left out, in which a pattern occurs. */
function sightings(files: readonly SourceFile[], pattern: RegExp, allowed: readonly string[]): string[] {
  return files
    .filter(({ path }) => !allowed.includes(path))
    .flatMap(({ path, text }) =>
      text
        .split("\n")
        .map((line, index) => ({ place: `${path}:${index + 1}`, line: line.trim() }))
        .filter(({ line }) => !/^(?:\/\/|\/?\*)/u.test(line) && pattern.test(line))
        .map(({ place }) => place),
    );
}

describe("the layers", () => {
  const src = sourceFiles("src");
  const adapters = sourceFiles("adapters");

  it("let every file of src import only what its area may", () => {
    assert.deepEqual(faults(src, srcFault), []);
  });

  it("let an adapter use only what a stranger could", () => {
    assert.deepEqual(faults(adapters, adapterFault), []);
  });

  it("are judged by a reader that sees every way to import", () => {
    const text = [
      'import type { A } from "../contract.ts";',
      'import {\n  b,\n} from "../errors.ts";',
      'export * from "./c.ts";',
      'import "../http/d.ts";',
      'const e = await import("../host/e.ts");',
      '// import { f } from "./comment.ts";',
      'import g from "zod";',
    ].join("\n");

    const found = importsOf("src/engine/file.ts", text);

    assert.deepEqual(
      found.map(({ target, typeOnly }) => [target, typeOnly]),
      [
        ["src/contract.ts", true],
        ["src/errors.ts", false],
        ["src/engine/c.ts", false],
        ["src/http/d.ts", false],
        [null, false],
        ["src/host/e.ts", false],
      ],
    );
  });

  it("refuse what the table forbids, with a sentence", () => {
    const file = { path: "src/static/entry.ts", text: "", imports: [] };
    const line = { specifier: "", target: "src/engine/engine.ts", typeOnly: false };

    assert.match(srcFault(file, line) ?? "", /may import only types from src\/engine\/engine\.ts/);
    assert.match(srcFault(file, { ...line, target: "src/host/host.ts" }) ?? "", /"static" may import only: contract/);
    assert.match(srcFault({ ...file, path: "src/new/x.ts" }, line) ?? "", /an area that the table does not know/);
    assert.match(
      adapterFault({ ...file, path: "adapters/next.ts" }, { ...line, target: "adapters/fetch.ts" }) ?? "",
      /stranger/,
    );
  });

  it("keep the entry point a list of names", () => {
    const statements = readFileSync(join(ROOT, "src/index.ts"), "utf8")
      .replaceAll(/^\/\/.*$/gmu, "")
      .split(";")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "");

    for (const statement of statements) assert.match(statement, /^export [^=]*from "[^"]+"$/u);
  });
});

describe("the house rules of the source", () => {
  const shipped = sourceFiles("src", "adapters");

  it("let only options.ts read the environment", () => {
    const environment = /\bprocess\.env\b|\bfrom "(?:node:)?process"/u;

    assert.deepEqual(sightings(shipped, environment, ["src/options.ts", "src/engine/uws/load.ts"]), []);
  });

  it("let the loader of the addon set one variable and read none", () => {
    const others = /\bprocess\.env(?!\[?\.?"?UWS_HTTP_MAX_HEADERS_SIZE)/u;
    const loader = shipped.filter(({ path }) => path === "src/engine/uws/load.ts");

    assert.equal(loader.length, 1);
    assert.deepEqual(sightings(loader, others, []), []);
  });

  it("let only the loader name the addon", () => {
    const addon = /["'`](?:uWebSockets\.js|@uwsjs\/[^"'`]*)["'`]/u;

    assert.deepEqual(sightings(shipped, addon, ["src/engine/uws/load.ts"]), []);
  });

  it("never remove a server name from a live app, which crashes the process", () => {
    for (const { path, text } of sourceFiles("src")) assert.ok(!text.includes("removeServerName"), path);
  });

  it("have no drawers for odds and ends", () => {
    const drawer = /(?:^|\/)(?:utils?|helpers?|common|types|constants|misc|shared)(?:\/|\.[a-z]+$)/u;
    const paths = ["src", "adapters", "bench"].flatMap(filesIn);

    assert.deepEqual(
      paths.filter((path) => drawer.test(path)),
      [],
    );
  });

  it("use only packages that are installed with easyserver", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<string, object>;
    const installed = new Set(
      ["dependencies", "optionalDependencies", "peerDependencies"].flatMap((kind) => Object.keys(manifest[kind] ?? {})),
    );
    // Packed into the build (docs/decisions/005-zod-packed.md): tarball.test.ts sees that no import of it is left.
    installed.add("zod");

    const strangers = faults(shipped, (file, { specifier, target }) => {
      if (target !== null || specifier.startsWith("node:")) return null;
      const name = /^(?:@[^/]+\/)?[^/]+/u.exec(specifier)?.[0] ?? specifier;
      return installed.has(name) ? null : `${file.path} imports "${specifier}", which package.json does not depend on.`;
    });

    assert.deepEqual(strangers, []);
  });
});
