// How is a module of the user imported, whatever it is written in?

import { createRequire } from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { ServerError } from "../errors.ts";

/** What Node says of a module that `npm init` has made it take for CommonJS. */
const IS_NO_COMMONJS = /^(?:Unexpected token 'export'|Cannot use import statement outside a module)/u;
const HOW_TO_BE_A_MODULE =
  ', because its package.json says that it is CommonJS. Write "type": "module" there, or name the file .mjs';

const TYPESCRIPT = new Set([".ts", ".mts", ".cts", ".tsx"]);

/**
 * The exports of the module in `file`, an absolute path. TypeScript runs natively where this Node strips types, else
 * through the user's own `tsx`.
 *
 * @throws ServerError `ERR_APP_LOAD` whose cause is what the module threw, stack and all.
 */
export async function loadModule(file: string, shownAs: string): Promise<Readonly<Record<string, unknown>>> {
  if (TYPESCRIPT.has(extname(file))) await prepareTypeScript(file, shownAs);
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = error instanceof SyntaxError && IS_NO_COMMONJS.test(reason) ? HOW_TO_BE_A_MODULE : "";
    throw new ServerError("ERR_APP_LOAD", `"${shownAs}" could not be loaded: ${reason}${advice}`, { cause: error });
  }
}

async function prepareTypeScript(file: string, shownAs: string): Promise<void> {
  const features = process.features as { readonly typescript?: string | false };
  // Type stripping knows no JSX.
  if (features.typescript && extname(file) !== ".tsx") return;
  const tsx = installedTsx(file) ?? installedTsx(import.meta.url);
  if (tsx === null) {
    throw new ServerError(
      "ERR_APP_LOAD",
      `"${shownAs}" is TypeScript, which Node ${process.versions.node} does not run by itself. ` +
        `Install tsx next to it (npm install --save-dev tsx), use Node 22.18 or newer, or compile it first.`,
    );
  }
  // Its entry for `node --import`. The `tsx/esm/api` that require() resolves to cannot find its own hooks.
  await import(pathToFileURL(tsx).href);
}

function installedTsx(from: string): string | null {
  try {
    return createRequire(from).resolve("tsx");
  } catch {
    return null;
  }
}
