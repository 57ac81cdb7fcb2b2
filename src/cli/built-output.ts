// What did the build of a framework leave that is served by a program or module of its own? Looks at files; runs nothing.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a build has made. */
export interface BuiltOutput {
  /** "a SvelteKit project". */
  readonly what: string;
  /** What said so. */
  readonly why: string;
  /** Absolute; `null` when there is no app, only files. */
  readonly entry: string | null;
  /** It exports a bare `(req, res)` listener. */
  readonly isListener: boolean;
  /** The built files that the app leaves to whoever serves it. */
  readonly files: BuiltFiles | null;
}

export interface BuiltFiles {
  /** Where they are found: "/", or the base of the app. */
  readonly prefix: string;
  readonly mount: BuiltMount;
}

/** As the option `static` takes it. */
interface BuiltMount {
  /** Absolute. */
  readonly dir: string;
  /** What the build names by its content. */
  readonly immutable?: RegExp;
  /** The page for every path that is no file, of an app that runs in the browser alone. */
  readonly spa?: string;
}

/** A framework whose project is there, but not its build. */
export interface Unbuilt {
  readonly what: string;
  readonly why: string;
  /** Within the project. */
  readonly missing: readonly string[];
}

interface Framework {
  readonly what: string;
  /** Packages that a project of it names, among its dependencies of either kind. */
  readonly packages: readonly string[];
  /** Within the project; one of them is enough. */
  readonly marks: readonly string[];
  /** What its build may leave, the better first. */
  readonly outputs: readonly Output[];
  /** The folder that is left where every page is a file. */
  readonly site: string;
}

interface Output {
  readonly entry: string;
  /** What is special about it. `directory` is that of the project. */
  readonly of?: (directory: string) => Partial<BuiltOutput>;
}

const CONFIG_EXTENSIONS = ["js", "mjs", "cjs", "ts", "mts", "cts"];

const NITRO: Output = { entry: ".output/server/index.mjs", of: nitroOutput };

/** What builds with Nitro goes before it, to be called by its own name. */
const FRAMEWORKS: readonly Framework[] = [
  {
    what: "a TanStack Start project",
    packages: ["@tanstack/react-start", "@tanstack/solid-start", "@tanstack/vue-start"],
    marks: [],
    // Its second is what Vite leaves by itself: a module with a `fetch`.
    outputs: [NITRO, { entry: "dist/server/server.js", of: tanstackOutput }],
    site: "dist/client",
  },
  {
    what: "a SolidStart project",
    packages: ["@solidjs/start"],
    marks: [],
    outputs: [NITRO],
    site: ".output/public",
  },
  {
    what: "a Nitro project",
    packages: ["nitropack", "nitro", "nuxt"],
    marks: [".output/nitro.json", ...configs("nitro.config"), ...configs("nuxt.config")],
    outputs: [NITRO],
    site: ".output/public",
  },
  {
    what: "a SvelteKit project",
    packages: ["@sveltejs/kit"],
    marks: [],
    // The handler is for who names it: adapter-node's own server has signals and timeouts beside it.
    outputs: [{ entry: "build/index.js" }, { entry: "build/handler.js", of: () => ({ isListener: true }) }],
    site: "build",
  },
  {
    what: "an Astro project",
    packages: ["astro"],
    marks: configs("astro.config"),
    outputs: [{ entry: "dist/server/entry.mjs", of: astroOutput }],
    site: "dist",
  },
  {
    what: "a React Router project",
    packages: ["@react-router/dev"],
    marks: configs("react-router.config"),
    outputs: [{ entry: "build/server/index.js", of: reactRouterOutput }],
    site: "build/client",
  },
  {
    what: "a Remix project",
    packages: ["@remix-run/dev"],
    marks: [],
    outputs: [{ entry: "build/server/index.js", of: reactRouterOutput }],
    site: "build/client",
  },
];

/** The framework of the project in `directory`, and what its build has left; `null` for none that is known. */
export function builtOutput(directory: string, dependencies: ReadonlySet<string>): BuiltOutput | Unbuilt | null {
  for (const { what, packages, marks, outputs, site } of FRAMEWORKS) {
    const mark = marks.find((path) => isFile(join(directory, path)));
    const named = packages.find((name) => dependencies.has(name));
    const why = mark ?? (named === undefined ? null : `${named} in package.json`);
    if (why === null) continue;
    const output = outputs.find(({ entry }) => isFile(join(directory, entry)));
    if (output !== undefined) return built(directory, { what, why }, output);
    const files = siteIn(join(directory, site));
    if (files !== null) return { what, why, entry: null, isListener: false, files };
    return { what, why, missing: [outputs[0]?.entry ?? "", `${site}/index.html`] };
  }
  return null;
}

/** What is known of `file`, named by its user, if it is among what a build leaves in `directory`. */
export function builtFile(directory: string, dependencies: ReadonlySet<string>, file: string): BuiltOutput | null {
  const found = builtOutput(directory, dependencies);
  const framework = FRAMEWORKS.find(({ what }) => what === found?.what);
  const output = framework?.outputs.find(({ entry }) => join(directory, entry) === file);
  return found === null || output === undefined ? null : built(directory, found, output);
}

function built(directory: string, { what, why }: Pick<BuiltOutput, "what" | "why">, output: Output): BuiltOutput {
  const entry = join(directory, output.entry);
  return { what, why, entry, isListener: false, files: null, ...output.of?.(directory) };
}

/** Its presets for a server of one's own export a listener, and leave the files to that server. */
function nitroOutput(directory: string): Partial<BuiltOutput> {
  const preset = /"preset"\s*:\s*"([^"]+)"/u.exec(textOf(join(directory, ".output/nitro.json")))?.[1] ?? "";
  if (!/^node[-_](?:listener|middleware)$/u.test(preset)) return {};
  return { isListener: true, files: filesIn(join(directory, ".output/public"), "/", /^_nuxt\//u) };
}

/** Its standalone mode opens a port and has the files; its middleware mode neither. */
function astroOutput(directory: string): Partial<BuiltOutput> {
  const server = join(directory, "dist/server");
  const entry = textOf(join(server, "entry.mjs"));
  // Up to Astro 5 the entry has the settings, and a manifest the base; from Astro 7 on it only passes on what a chunk has.
  const chunks = Array.from(entry.matchAll(/from\s*"(\.\/chunks\/[^"]+)"/gu), ([, path = ""]) =>
    textOf(join(server, path)),
  );
  if (![entry, ...chunks].some((text) => /"mode"\s*:\s*"middleware"|\bmode\s*=\s*"middleware"/u.test(text))) return {};
  const manifest = readdirSync(server).find((name) => /^manifest_.*\.mjs$/u.test(name));
  const places = manifest === undefined ? chunks : [textOf(join(server, manifest))];
  const base = places.flatMap((text) => /"base"\s*:\s*"([^"]+)"\s*,\s*"trailingSlash"/u.exec(text)?.[1] ?? []);
  return { isListener: true, files: filesIn(join(directory, "dist/client"), base[0] ?? "/", /^_astro\//u) };
}

/** A module with a `fetch`; its manifest names the files below the base of the app. */
function tanstackOutput(directory: string): Partial<BuiltOutput> {
  const pieces = join(directory, "dist/server/assets");
  const manifest = namesIn(pieces).find((name) => /start-manifest.*\.m?js$/u.test(name)) ?? "";
  const prefix = /"(\/[^"]*?)assets\//u.exec(textOf(join(pieces, manifest)))?.[1] ?? "/";
  return { files: filesIn(join(directory, "dist/client"), prefix, /^assets\//u) };
}

/** A server build is data; the files are found where its `publicPath` says. */
function reactRouterOutput(directory: string): Partial<BuiltOutput> {
  const prefix = /\bpublicPath\s*=\s*"(\/[^"]*)"/u.exec(textOf(join(directory, "build/server/index.js")))?.[1] ?? "/";
  return { files: filesIn(join(directory, "build/client"), prefix, /^assets\//u) };
}

function namesIn(dir: string): readonly string[] {
  return isDirectory(dir) ? readdirSync(dir) : [];
}

function filesIn(dir: string, prefix: string, immutable: RegExp): BuiltFiles | null {
  return isDirectory(dir) ? { prefix, mount: { dir, immutable } } : null;
}

/** React Router's page for what is made in the browser says so, and may be the only one. */
function siteIn(dir: string): BuiltFiles | null {
  if (!isFile(join(dir, "index.html"))) return null;
  const pages = ["__spa-fallback.html", "index.html"];
  const spa = pages.find((name) => textOf(join(dir, name)).includes('"isSpaMode":true'));
  const immutable = /^(?:assets|_astro|_nuxt|_app\/immutable)\//u;
  return { prefix: "/", mount: { dir, immutable, ...(spa !== undefined && { spa }) } };
}

function configs(name: string): string[] {
  return CONFIG_EXTENSIONS.map((extension) => `${name}.${extension}`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function textOf(file: string): string {
  return isFile(file) ? readFileSync(file, "utf8") : "";
}
