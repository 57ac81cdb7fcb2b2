// Which app does the argument mean? A path becomes what `serve()` takes.

import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ServerError } from "../errors.ts";
import { foreignApp } from "../foreign.ts";
import { invalidOptions } from "../options.ts";
import { nearest } from "../options/suggestion.ts";
import { COMMANDS } from "./commands.ts";
import { loadModule } from "./load-module.ts";

const EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"];

/** Exports that are looked at, in this order. */
const EXPORTS = ["default", "fetch", "handler", "app"] as const;

/**
 * The app that a module exports: its default, else its `fetch` (then the module itself is the app, with its `start`,
 * `stop` and `error`), else its `handler` or `app`. A promise of an app is awaited.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` when there is no such file, `ERR_APP_LOAD` when it cannot be imported,
 * `ERR_APP_INVALID` when it exports no app; that one says what it exports.
 */
export async function loadApp(argument: string, directory: string): Promise<object> {
  const exports = await loadModule(appFile(argument, directory), argument);
  for (const name of EXPORTS) {
    const value: unknown = await unwrapped(exports[name]);
    if (!isApp(value)) continue;
    return name === "fetch" ? exports : value;
  }
  throw new ServerError("ERR_APP_INVALID", notAnApp(argument, exports));
}

// TypeScript compiled to CommonJS hides its default export inside the one that Node makes of `module.exports`.
async function unwrapped(value: unknown): Promise<unknown> {
  const settled: unknown = await value;
  const isCompiled = typeof settled === "object" && settled !== null && "__esModule" in settled;
  return isCompiled && "default" in settled ? await settled.default : settled;
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
    `Fastify app, exported as default, fetch, handler or app. ${found}.`
  );
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const names = Object.keys(value);
  if (names.length === 0) return "an object without properties";
  return `an object with ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
}

/** The file meant by a path: itself, with an extension added, or the main file of a folder. */
function appFile(argument: string, directory: string): string {
  const path = resolve(directory, argument);
  const found = fileAt(path);
  if (found !== null) return found;
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isDirectory() === true) {
    throw invalidOptions([`The app "${argument}" is a folder without a package.json "main" or an index file.`]);
  }
  const meant = nearest(
    argument,
    COMMANDS.map(({ name }) => name),
  );
  const question = meant === null ? "" : ` Did you mean the command ${meant}?`;
  throw invalidOptions([`The app "${argument}" does not exist: there is no file ${path}.${question}`]);
}

function fileAt(path: string): string | null {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile() === true) return path;
  const withExtension = EXTENSIONS.map((extension) => path + extension).find(isFile);
  if (withExtension !== undefined) return withExtension;
  if (kind?.isDirectory() !== true) return null;
  const main = mainOf(path);
  const named = main === null ? null : fileAt(join(path, main));
  return named ?? EXTENSIONS.map((extension) => join(path, `index${extension}`)).find(isFile) ?? null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function mainOf(directory: string): string | null {
  const manifest = join(directory, "package.json");
  if (!isFile(manifest)) return null;
  let main: unknown;
  try {
    main = (JSON.parse(readFileSync(manifest, "utf8")) as { main?: unknown }).main;
  } catch (error) {
    throw new ServerError("ERR_APP_LOAD", `${manifest} is not valid JSON.`, { cause: error });
  }
  // "." would mean this folder again, for ever.
  return typeof main === "string" && join(directory, main) !== directory ? main : null;
}
