// What may a settings file export? The `easyserver/config` entry point: types only, at run time the identity.

import type { ServeOptions } from "./options.ts";

/** What a settings function is told. */
export interface ConfigContext {
  /** The command that reads the file. */
  readonly command: "serve";
  /** From `--mode`, `EASYSERVER_MODE` or `NODE_ENV`; the file itself can still set another. */
  readonly mode: "development" | "production";
}

/** The default export of `easyserver.config.ts`: settings, or a function that makes them. */
export type Config = ServeOptions | ((context: ConfigContext) => ServeOptions | PromiseLike<ServeOptions>);

/** Gives back what it is given; it exists so that editors complete and check a settings file. */
export function defineConfig<const C extends Config>(config: C): C {
  return config;
}
