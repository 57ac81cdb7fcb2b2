// Which folders are served? The settings of the group "Serving" about static files, with their types.

import { about, parsedJson, type Schemas } from "./kinds.ts";
import * as zod from "./zod.ts";

/** What `serve()` and a settings file take. */
export interface StaticOptions {
  /**
   * Folders to serve, by URL prefix: `{ "/assets": "./dist" }`. Relative to the working directory. Default `none`.
   *
   * Danger: everything in the folder is public.
   */
  static?: Readonly<Record<string, string>> | undefined;
}

/** The same, checked and filled in. */
export interface ResolvedStaticOptions {
  readonly static: Readonly<Record<string, string>>;
}

/** `["./public", "/assets=./dist"]` as a record; text that is not of that form comes back as it is. */
function mountsFromText(text: string | readonly string[]): unknown {
  if (typeof text === "string") {
    if (text.trimStart().startsWith("{")) return parsedJson(text);
    return mountsFromText(text.split(",").map((part) => part.trim()));
  }
  const mounts: Record<string, string> = {};
  for (const part of text) {
    const [, prefix = "/", directory = ""] = /^(?:(\/[^=]*)=)?(.*)$/s.exec(part) ?? [];
    if (Object.hasOwn(mounts, prefix)) return text;
    mounts[prefix] = directory;
  }
  return mounts;
}

const MOUNTS =
  'directories by URL prefix, such as { "/": "./public" } or ./public or /assets=./dist, each prefix once and ' +
  "starting with a slash";

const mounts = zod
  .record(zod.string(), zod.string(), { error: MOUNTS })
  .transform((given, context) => {
    const clean: Record<string, string> = {};
    for (const [written, directory] of Object.entries(given)) {
      const prefix = written.length > 1 ? written.replace(/\/+$/, "") : written;
      if (!/^\/(?!\/)[^?#\\]*$/.test(prefix) || directory === "" || Object.hasOwn(clean, prefix)) {
        context.addIssue({ code: "custom", message: MOUNTS });
        return zod.NEVER;
      }
      clean[prefix] = directory;
    }
    return clean as Readonly<Record<string, string>>;
  })
  .prefault({})
  .register(about, {
    group: "Serving",
    placeholder: "[/prefix=]dir",
    defaultText: "none",
    repeatable: true,
    fromText: mountsFromText,
    help: "Serve the files of a folder, at the root or under a prefix; relative to the working directory.",
    danger: "Everything in the folder is public.",
  });

export const staticSettings: Schemas<ResolvedStaticOptions, StaticOptions> = {
  static: mounts,
};
