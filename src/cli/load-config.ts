// What does the settings file say? Finds it, reads it and calls it, if it is a function.

import { existsSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import type { ConfigContext } from "../config.ts";
import { ServerError } from "../errors.ts";
import { invalidOptions } from "../options.ts";
import { loadModule } from "./load-module.ts";

const NAMES = ["ts", "mts", "js", "mjs", "json"].map((extension) => `easyserver.config.${extension}`);

/** The content of a settings file, not yet checked. */
export interface LoadedConfig {
  /** As it is to be shown; `null` when there is no file. */
  readonly fileName: string | null;
  readonly settings: unknown;
}

/**
 * Reads `asked`, or the one `easyserver.config.*` of `directory`, if there is any.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` when `asked` does not exist, when there are several files, or when the file is
 * not valid JSON or exports nothing as default; `ERR_APP_LOAD` when its code fails.
 */
export async function loadConfig(
  asked: string | undefined,
  directory: string,
  context: ConfigContext,
): Promise<LoadedConfig> {
  const fileName = asked ?? settingsFileIn(directory);
  if (fileName === null) return { fileName, settings: undefined };
  const file = resolve(directory, fileName);
  if (!existsSync(file)) throw invalidOptions([`The settings file "${fileName}" does not exist.`]);
  if (extname(file) === ".json") return { fileName, settings: parsed(file, fileName) };
  const exports = await loadModule(file, fileName);
  if (!("default" in exports)) {
    throw invalidOptions([`The settings file "${fileName}" has no default export: export default { port: 8080 }.`]);
  }
  return { fileName, settings: (await called(exports["default"], fileName, context)) ?? null };
}

async function called(config: unknown, fileName: string, context: ConfigContext): Promise<unknown> {
  if (typeof config !== "function") return config;
  try {
    return await (config as (context: ConfigContext) => unknown)(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("ERR_APP_LOAD", `The function of "${fileName}" failed: ${reason}`, { cause: error });
  }
}

/** The settings file of a folder; `null` when it has none. @throws ServerError `ERR_OPTIONS_INVALID` for several */
export function settingsFileIn(directory: string): string | null {
  const [first, ...others] = NAMES.filter((name) => existsSync(join(directory, name)));
  if (first !== undefined && others.length > 0) {
    const names = [first, ...others].join(" and ");
    throw invalidOptions([`There are several settings files: ${names}. Keep one, or name one with --config.`]);
  }
  return first ?? null;
}

function parsed(file: string, fileName: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidOptions([`The settings file "${fileName}" cannot be read: ${reason}`]);
  }
}
