// A server build of React Router is data, not an app: which function of its makes it one?

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type App, type Handler, ServerError } from "../src/index.ts";

/** What `react-router build` leaves in `build/server`, as far as it is looked at. */
export interface ServerBuild {
  readonly entry: object;
  readonly routes: object;
  readonly assets: object;
  readonly publicPath: string;
}

interface Package {
  createRequestHandler?(build: ServerBuild, mode: string): (request: Request) => ReturnType<Handler>;
}

/**
 * The app of `build`, made by the `react-router` that the module in `file` finds, as `react-router-serve` makes it. Errors of
 * routes are shown to nobody but the log, whatever the mode: what was built is for production.
 *
 * @throws ServerError `ERR_APP_LOAD` where there is none.
 */
export async function fromServerBuild(build: ServerBuild, file: string): Promise<App> {
  const found = await packageFor(file);
  const handler = found.createRequestHandler?.(build, "production");
  if (handler === undefined) {
    throw new ServerError("ERR_APP_LOAD", `The react-router that ${file} finds has no createRequestHandler().`);
  }
  return { contract: 1, fetch: (request) => handler(request) };
}

async function packageFor(file: string): Promise<Package> {
  try {
    const path = createRequire(file).resolve("react-router");
    return (await import(pathToFileURL(path).href)) as Package;
  } catch (error) {
    const reason = `"${file}" is a build of React Router, whose package react-router could not be loaded from there.`;
    throw new ServerError("ERR_APP_LOAD", reason, { cause: error });
  }
}
