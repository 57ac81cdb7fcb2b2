// Which folders are served? The settings of the group "Serving" about static files, with their types.

import { parseDuration } from "./quantity.ts";
import { about, type About, parsedJson, type Schemas, size } from "./kinds.ts";
import { shown } from "./shown.ts";
import type { MountSettings } from "../static/mount-settings.ts";
import { type MountOptions, readMount } from "./mount.ts";
import * as zod from "./zod.ts";
import type { StaticOptions, ResolvedStaticOptions } from "./static-options.ts";

/** The mode has not yet decided about `staticRevalidateMs`. */
export interface StaticBeforeMode extends Omit<ResolvedStaticOptions, "staticRevalidateMs"> {
  readonly staticRevalidateMs: number | undefined;
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

type MountsSchema = Schemas<Pick<ResolvedStaticOptions, "static">, Pick<StaticOptions, "static">>["static"];

function mounts(facts: Pick<About, "help" | "danger">, isUploads: boolean): MountsSchema {
  return zod
    .union([zod.string(), zod.record(zod.string(), zod.custom<string | MountOptions>())], { error: MOUNTS })
    .transform((given, context) => {
      const clean: Record<string, MountSettings> = {};
      // A single folder in a settings file, as on the command line.
      const record = typeof given === "string" ? mountsFromText(given) : given;
      for (const [written, mount] of Object.entries(typeof record === "string" ? { "": record } : (record ?? {}))) {
        const prefix = written.length > 1 ? written.replace(/\/+$/, "") : written;
        const isPrefix = /^\/(?!\/)[^?#\\]*$/.test(prefix) && !Object.hasOwn(clean, prefix);
        const settings = isPrefix && mount !== "" ? readMount(mount, JSON.stringify(written), isUploads, shown) : null;
        if (settings === null || "sentence" in settings) {
          const sentence = settings?.sentence;
          context.addIssue({ code: "custom", message: sentence ?? MOUNTS, params: { isSentence: settings !== null } });
          return zod.NEVER;
        }
        clean[prefix] = settings;
      }
      return clean as Readonly<Record<string, MountSettings>>;
    })
    .prefault({})
    .register(about, {
      group: "Serving",
      placeholder: "[/prefix=]dir",
      defaultText: "none",
      repeatable: true,
      fromText: mountsFromText,
      ...facts,
    });
}

const REVALIDATE = "a duration from 0 to 24 days, such as 1s, 500ms or a number of milliseconds";

export const staticSettings: Schemas<StaticBeforeMode, StaticOptions> = {
  static: mounts(
    {
      help: "Serve the files of a folder, at the root or under a prefix; relative to the working directory.",
      danger: "Everything in the folder is public.",
    },
    false,
  ),
  media: mounts(
    {
      help: "Serve a folder of files that users have uploaded: browsers run nothing in it.",
      danger: "Everything in the folder is public.",
    },
    true,
  ),
  staticCacheBytes: size(
    ["0b", "1000gb"],
    "64mb",
    "How much memory each process may keep files in.",
    "0 reads every file for every request.",
  ),
  staticRevalidateMs: zod
    .union([zod.number(), zod.string()], { error: REVALIDATE })
    .transform((value, context) => {
      const parsed = parseDuration(value);
      if (parsed !== null && parsed >= 0 && parsed <= 2_147_483_647) return parsed;
      context.addIssue({ code: "custom", message: REVALIDATE });
      return zod.NEVER;
    })
    .optional()
    .register(about, {
      group: "Serving",
      placeholder: "<time>",
      defaultText: "1s in production, 0 in development",
      help: "How long a changed file may go unnoticed; 0 looks for each request.",
      danger: "0 costs a look at the disk for each request.",
    }),
};
