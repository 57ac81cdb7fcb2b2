// What is in the folder that `easyserver <folder>` was given? Looks at manifests and built files; runs nothing.

import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { ServerError } from "../errors.ts";
import type { NamedKind } from "../foreign.ts";
import { invalidOptions } from "../options.ts";
import { type BuiltFiles, type BuiltOutput, builtFile, builtOutput } from "./built-output.ts";

/** What a folder holds. */
export interface Project {
  /** `module` is run or imported; `files` is a folder to serve as it is. */
  readonly kind: "next" | "nest" | "module" | "files";
  /** For people: "a Nest project, dist/main.js". */
  readonly what: string;
  /** What said so; `null` when the user named the file. */
  readonly why: string | null;
  /** Absolute: the file to load; for `next` and `files` the folder. */
  readonly entry: string;
  /** What the app is, where its exports do not say so; a user's word goes before it. */
  readonly as?: NamedKind;
  /** Files that are served beside the app. */
  readonly files?: BuiltFiles;
}

interface Manifest {
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

export const EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"] as const;

const NEXT_FILES = ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs", ".next/BUILD_ID"];

/** Programs of a start script that run a file. */
const RUNNERS = new Set(["node", "nodejs", "tsx", "ts-node", "bun", "nodemon"]);

/** A file that a build leaves is this far below its project, at most. */
const DEEPEST_BUILT = 3;

/**
 * What `directory` holds, in this order: a Next project, a Nest project, what the build of a framework has left, the `main`
 * of package.json, the file that its `start` script runs, an index file, `server.js` (which npm starts when no script says
 * otherwise), a folder `public`. `as` leaves out what it is not.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` that lists what was looked for, or says what has not been built.
 */
export function projectIn(directory: string, as: NamedKind | null, shownAs: string = directory): Project {
  const manifest = manifestOf(directory);
  const found =
    (as === null || as === "next" ? nextProject(directory, manifest, as === "next") : null) ??
    (as === null || as === "nest" ? nestProject(directory, manifest, as === "nest", shownAs) : null) ??
    (as === null ? builtProject(directory, manifest) : null) ??
    packageEntry(directory, manifest) ??
    (as === null ? publicFolder(directory, manifest, shownAs) : null);
  if (found !== null) return found;
  throw invalidOptions([
    `Nothing to serve was found in the folder "${shownAs}". Looked for: a Next project (a next.config file, or next among the ` +
      "dependencies), a Nest project (nest-cli.json, or @nestjs/core among the dependencies), a build of Nitro, TanStack " +
      "Start, SvelteKit, Astro, React Router or Remix, the main of package.json, a file " +
      `that its start script runs, index or server (${EXTENSIONS.join(", ")}), and a folder public. Name the file of the app, ` +
      "or say with --as what it is.",
  ]);
}

/** A start script of its own means a custom server: then that is run. */
function nextProject(directory: string, manifest: Manifest, isNamed: boolean): Project | null {
  const file = NEXT_FILES.find((name) => isFile(join(directory, name)));
  const why = file ?? (dependsOn(manifest, "next") ? "next in package.json" : isNamed ? "--as next" : null);
  if (why === null || (!isNamed && startFile(directory, manifest) !== null)) return null;
  const standalone = join(directory, "server.js");
  // `output: "standalone"` copies what its own program needs: settings are inside of that, and half of the package is missing.
  if (textOf(standalone)?.includes("__NEXT_PRIVATE_STANDALONE_CONFIG") === true) {
    return { kind: "module", what: "a standalone build of Next, server.js", why, entry: standalone };
  }
  return { kind: "next", what: "a Next project", why, entry: directory };
}

function nestProject(directory: string, manifest: Manifest, isNamed: boolean, shownAs: string): Project | null {
  const cli = textOf(join(directory, "nest-cli.json"));
  const why =
    cli !== null ? "nest-cli.json" : dependsOn(manifest, "@nestjs/core") ? "@nestjs/core in package.json" : null;
  if (why === null && !isNamed) return null;
  const candidates = nestEntries(directory, manifest, cli);
  const entry = candidates.map((path) => fileAt(join(directory, path))).find((path) => path !== null);
  if (entry !== undefined && entry !== null) {
    return { kind: "nest", what: `a Nest project, ${relative(directory, entry)}`, why: why ?? "--as nest", entry };
  }
  // A program that was never meant to be built: JavaScript, with a main or a start script.
  const plain = packageEntry(directory, manifest);
  if (plain !== null && !plain.entry.endsWith("ts")) {
    return { ...plain, kind: "nest", what: `a Nest project, ${relative(directory, plain.entry)}` };
  }
  throw invalidOptions([
    `"${shownAs}" is a Nest project (${why ?? "--as nest"}) that is not built: there is none of ${candidates.join(", ")}. ` +
      "Build it first (npm run build), or name its built file.",
  ]);
}

/** Where a build leaves the main file: as the start scripts say, else where Nest's own command puts it. */
function nestEntries(directory: string, manifest: Manifest, cli: string | null): readonly string[] {
  const settings = cli === null ? {} : (parsed(cli, join(directory, "nest-cli.json")) as Record<string, unknown>);
  const name = typeof settings["entryFile"] === "string" ? settings["entryFile"] : "main";
  const root = typeof settings["root"] === "string" ? settings["root"] : "";
  const output = ["tsconfig.build.json", "tsconfig.json"]
    .map((file) => /"outDir"\s*:\s*"(?:\.\/)?([^"]+)"/u.exec(textOf(join(directory, file)) ?? "")?.[1])
    .find((found) => found !== undefined);
  const scripts = ["start:prod", "start"].map((script) => scriptFile(manifest, script)?.file ?? null);
  const folders = [output ?? "dist", ...(root === "" ? [] : [`dist/${root}`])];
  const built = folders.flatMap((folder) => [`${folder}/${name}.js`, `${folder}/src/${name}.js`]);
  return [...new Set([...scripts.filter((file) => file !== null && !file.endsWith("ts")), ...built])] as string[];
}

/** A start script of its own means a custom server, as for Next. */
function builtProject(directory: string, manifest: Manifest): Project | null {
  if (startFile(directory, manifest) !== null) return null;
  const found = builtOutput(directory, dependenciesOf(manifest));
  return found === null || "missing" in found ? null : outputProject(directory, found);
}

function outputProject(directory: string, { what, why, entry, isListener, files }: BuiltOutput): Project {
  if (entry === null) {
    const dir = files?.mount.dir ?? directory;
    const shown = `the files of ${what}, ${relative(directory, dir)}`;
    return { kind: "files", what: shown, why, entry: dir, ...(files !== null && { files }) };
  }
  const shown = `${what}, ${relative(directory, entry)}`;
  return {
    kind: "module",
    what: shown,
    why,
    entry,
    ...(isListener && { as: "node" }),
    ...(files !== null && { files }),
  };
}

/** The file that a user has named, and what is known of it if a build has left it. */
export function namedFile(file: string, shownAs: string): Project {
  const named: Project = { kind: "module", what: shownAs, why: null, entry: file };
  let directory = dirname(file);
  for (let depth = 0; depth < DEEPEST_BUILT; depth++) {
    directory = dirname(directory);
    const found = builtFile(directory, dependenciesOf(manifestOf(directory)), file);
    if (found !== null) return { ...outputProject(directory, found), ...named };
  }
  return named;
}

function packageEntry(directory: string, manifest: Manifest): Project | null {
  const { main } = manifest;
  const isOther = typeof main === "string" && resolve(directory, main) !== resolve(directory);
  const mainFile = isOther ? fileAt(join(directory, main)) : null;
  if (mainFile !== null) return moduleProject(directory, mainFile, "main of package.json");
  const start = startFile(directory, manifest);
  if (start !== null) return moduleProject(directory, start.file, start.why);
  for (const name of ["index", "server"]) {
    const file = EXTENSIONS.map((extension) => join(directory, name + extension)).find(isFile);
    if (file !== undefined) return moduleProject(directory, file, "its name");
  }
  return null;
}

function moduleProject(directory: string, entry: string, why: string): Project {
  return { kind: "module", what: relative(directory, entry), why, entry };
}

/** What a project's tools have not built yet is no folder to serve: its `public` is a part of it. */
function publicFolder(directory: string, manifest: Manifest, shownAs: string): Project | null {
  const project = builtOutput(directory, dependenciesOf(manifest));
  if (project !== null && "missing" in project) {
    throw invalidOptions([
      `"${shownAs}" is ${project.what} (${project.why}) that is not built for Node: there is none of ` +
        `${project.missing.join(", ")}. Build it first (npm run build; SvelteKit and Astro with their adapter for Node), or ` +
        "name its built file.",
    ]);
  }
  const entry = join(directory, "public");
  if (statSync(entry, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  return { kind: "files", what: "the files of public", why: "there is no app beside it", entry };
}

function startFile(directory: string, manifest: Manifest): { readonly file: string; readonly why: string } | null {
  const script = scriptFile(manifest, "start");
  const file = script === null ? null : fileAt(join(directory, script.file));
  if (script === null || file === null) return null;
  const flags = script.flags.length === 0 ? "" : `; its flags ${script.flags.join(" ")} are not taken over`;
  return { file, why: `start script of package.json${flags}` };
}

/** The file that a script such as `NODE_ENV=production node --env-file=.env server.js` runs. */
function scriptFile(manifest: Manifest, name: string): { readonly file: string; readonly flags: string[] } | null {
  const script = manifest.scripts?.[name];
  if (typeof script !== "string") return null;
  const words = script.split(/\s+/u).filter((word) => word !== "");
  while (words[0] === "cross-env" || /^\w+=/u.test(words[0] ?? "")) words.shift();
  // Shell around it is beyond us: what it runs first may not be the app.
  if (!RUNNERS.has(basename(words.shift() ?? "")) || words.some((word) => /[&|;<>$`]/u.test(word))) return null;
  const flags: string[] = [];
  while (words[0]?.startsWith("-") === true) {
    flags.push(words.shift() ?? "");
    if (/^(?:-r|--(?:require|import|loader|env-file))$/u.test(flags.at(-1) ?? "")) flags.push(words.shift() ?? "");
  }
  return words[0] === undefined ? null : { file: words[0], flags };
}

/** The file meant by a path: itself, with an extension added, or the index or main of a folder. */
export function fileAt(path: string): string | null {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile() === true) return path;
  const withExtension = EXTENSIONS.map((extension) => path + extension).find(isFile);
  if (withExtension !== undefined) return withExtension;
  if (kind?.isDirectory() !== true) return null;
  const { main } = manifestOf(path);
  const named = typeof main === "string" && resolve(path, main) !== resolve(path) ? fileAt(join(path, main)) : null;
  return named ?? EXTENSIONS.map((extension) => join(path, `index${extension}`)).find(isFile) ?? null;
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function textOf(file: string): string | null {
  return isFile(file) ? readFileSync(file, "utf8") : null;
}

function manifestOf(directory: string): Manifest {
  const file = join(directory, "package.json");
  const text = textOf(file);
  const manifest = text === null ? {} : parsed(text, file);
  return typeof manifest === "object" && manifest !== null ? manifest : {};
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ServerError("ERR_APP_LOAD", `${file} is not valid JSON.`, { cause: error });
  }
}

function dependenciesOf({ dependencies = {}, devDependencies = {} }: Manifest): ReadonlySet<string> {
  return new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)]);
}

function dependsOn(manifest: Manifest, name: string): boolean {
  return manifest.dependencies !== undefined && name in manifest.dependencies;
}
