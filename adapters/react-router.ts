// A server build of React Router, or of Remix before it, is data, not an app: which function of its makes it one?

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type App, type Handler, ServerError } from "../src/index.ts";

/** What `react-router build` and `remix vite:build` leave in `build/server`, as far as it is looked at. */
export interface ServerBuild {
  readonly entry: object;
  readonly routes: object;
  readonly assets: object;
  readonly publicPath: string;
}

interface Package {
  createRequestHandler?(build: ServerBuild, mode: string): (request: Request) => ReturnType<Handler>;
}

/** Who has `createRequestHandler`. Up to Remix 2 there is a react-router, too, that knows nothing of servers. */
const PACKAGES = ["react-router", "@remix-run/node", "@remix-run/server-runtime"];

/**
 * The app of `build`, made by the package that the module in `file` finds, as `react-router-serve` and `remix-serve` make it.
 * Errors of routes are shown to nobody but the log, whatever the mode: what was built is for production.
 *
 * @throws ServerError `ERR_APP_LOAD` where there is none.
 */
export async function fromServerBuild(build: ServerBuild, file: string): Promise<App> {
  let failure: unknown;
  for (const name of PACKAGES) {
    try {
      const handler = (await packageFor(file, name)).createRequestHandler?.(build, "production");
      if (handler === undefined) continue;
      return { contract: 1, fetch: (request) => handler(request) };
    } catch (error) {
      failure ??= error;
    }
  }
  const reason = `"${file}" is a build of React Router or Remix, but none of ${PACKAGES.join(", ")} that it finds makes an app of it.`;
  throw new ServerError("ERR_APP_LOAD", reason, { cause: failure });
}

async function packageFor(file: string, name: string): Promise<Package> {
  const path = createRequire(file).resolve(name);
  const found = (await import(pathToFileURL(path).href)) as Package & { readonly default?: Package };
  // What CommonJS passes on from another package is only on the default.
  return found.createRequestHandler === undefined ? (found.default ?? found) : found;
}
