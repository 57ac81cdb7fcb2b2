// Which app does the argument mean? A path becomes what `serve()` takes.

import { resolve } from "node:path";
import { ServerError } from "../errors.ts";
import {
  adaptNamed,
  adaptNextProject,
  adaptServerBuild,
  foreignApp,
  isServerBuild,
  type NamedKind,
} from "../foreign.ts";
import { invalidOptions } from "../options.ts";
import { nearest } from "../options/suggestion.ts";
import { COMMANDS } from "./commands.ts";
import { loadProgram, whenDrained } from "./program.ts";
import { fileAt, isDirectory, namedFile, type Project, projectIn } from "./project.ts";

type Exports = Readonly<Record<string, unknown>>;

/** Exports that are looked at, in this order. */
const EXPORTS: readonly string[] = ["default", "fetch", "handler", "app"];

/** What Nitro 3 calls the listener that it builds. Elsewhere the word means something that is no app. */
const LISTENER_EXPORTS: readonly string[] = [...EXPORTS, "middleware"];

/** A bare function by one of these names may be a listener of a program that has opened its port by itself. */
const LOOSE_EXPORTS: ReadonlySet<string> = new Set(["handler", "app", "middleware"]);

/** What is known of the app beside its path. */
export interface AppChoice {
  /** What its user says that it is; `null` looks. */
  readonly as?: NamedKind | null;
  /** A project that knows development (Next) is to run in it, on that port. */
  readonly development?: { readonly port: number } | null;
  /** Fulfils when a program has nothing left to do and so will never open a port. */
  readonly drained?: () => Promise<unknown>;
}

/** The file or the folder that an argument means. @throws ServerError `ERR_OPTIONS_INVALID`, `ERR_APP_LOAD` */
export function locateApp(argument: string, directory: string, as: NamedKind | null = null): Project {
  const path = resolve(directory, argument);
  if (isDirectory(path)) return projectIn(path, as, argument);
  return namedFile(appFile(argument, path), argument);
}

/**
 * The app that a module exports: its default, else its `fetch` (then the module itself is the app, with its `start`,
 * `stop` and `error`), else its `handler` or `app`. A promise of an app is awaited. A module that tells an http.Server to
 * listen is a program: that server is the app.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` when there is no such file or nothing in the folder, `ERR_APP_LOAD` when it cannot
 * be imported, `ERR_APP_INVALID` when it exports no app and opens no port; that one says what it exports.
 */
export async function loadApp(
  argument: string,
  directory: string,
  { as = null, drained = whenDrained, development = null }: AppChoice = {},
): Promise<object> {
  const { kind, what, entry, as: known = null } = locateApp(argument, directory, as);
  const named = as ?? known;
  const names = named === "node" ? LISTENER_EXPORTS : EXPORTS;
  if (kind === "next") return adaptNextProject(nextOptions(entry, development));
  if (kind === "files") throw new ServerError("ERR_APP_INVALID", `"${argument}" has ${what}, and no app.`);
  const loaded = await loadProgram({
    file: entry,
    shownAs: argument,
    accepts: (exports) => (named === "fetch" || isServerBuild(exports) ? "fetch" : acceptable(exports, names)),
    drained,
  });
  if ("program" in loaded) return loaded.program;
  if (named === null && isServerBuild(loaded.exports)) return adaptServerBuild(loaded.exports, entry);
  const app = await exportedApp(loaded.exports, names);
  if (app === null) throw new ServerError("ERR_APP_INVALID", notAnApp(argument, loaded.exports));
  return named === null || named === "fetch" ? app : adaptNamed(named, app);
}

function nextOptions(dir: string, development: AppChoice["development"]): Parameters<typeof adaptNextProject>[0] {
  if (development == null) return { dir };
  return { dir, dev: true, ...(development.port !== 0 && { port: development.port }) };
}

async function exportedApp(exports: Exports, names: readonly string[]): Promise<object | null> {
  for (const name of names) {
    const value: unknown = await unwrapped(exports[name]);
    if (isApp(value)) return name === "fetch" ? exports : value;
  }
  return null;
}

/** By what is there without waiting: an app that is promised may be anything. */
function acceptable(exports: Exports, names: readonly string[]): "fetch" | "other" | null {
  const name = names.find((one) => isApp(exports[one]) || isThenable(exports[one]) || isCompiled(exports[one]));
  if (name === undefined) return null;
  const found = exports[name];
  const isLoose = LOOSE_EXPORTS.has(name) && typeof found === "function" && !("fetch" in found);
  return foreignApp(found) === null && !isThenable(found) && !isLoose ? "fetch" : "other";
}

// TypeScript compiled to CommonJS hides its default export inside the one that Node makes of `module.exports`.
async function unwrapped(value: unknown): Promise<unknown> {
  const settled: unknown = await value;
  return isCompiled(settled) ? await settled.default : settled;
}

function isCompiled(value: unknown): value is { readonly default: unknown } {
  return typeof value === "object" && value !== null && "__esModule" in value && "default" in value;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value;
}

function isApp(value: unknown): value is object {
  if (typeof value === "function" || foreignApp(value) !== null) return true;
  return typeof value === "object" && value !== null && "fetch" in value && typeof value.fetch === "function";
}

function notAnApp(argument: string, exports: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(exports).filter((name) => name !== "module.exports");
  const found =
    names.length === 0
      ? "It exports nothing"
      : `It exports ${names.map((name) => `${name} (${described(exports[name])})`).join(", ")}`;
  return (
    `"${argument}" is no app: one is a function (request) => Response, an object with a fetch method or an Express, Koa or ` +
    `Fastify app, exported as default, fetch, handler or app; nor does it call listen() of an http server. ${found}.`
  );
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const names = Object.keys(value);
  if (names.length === 0) return "an object without properties";
  return `an object with ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
}

/** The file meant by a path: itself, or with an extension added. */
function appFile(argument: string, path: string): string {
  const file = fileAt(path);
  if (file !== null) return file;
  const meant = nearest(
    argument,
    COMMANDS.map(({ name }) => name),
  );
  const question = meant === null ? "" : ` Did you mean the command ${meant}?`;
  throw invalidOptions([`The app "${argument}" does not exist: there is no file ${path}.${question}`]);
}
