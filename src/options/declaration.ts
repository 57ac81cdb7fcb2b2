// Which settings exist? The only declaration: file, environment, flags, `--help` and the README table derive from it.

import { isIP } from "node:net";
import type { z } from "zod";
import type { Logger } from "../log/logger.ts";
import type { CommandOptions, ResolvedOptions, ServeOptions } from "./serve-options.ts";
import { parseDuration, parseSize } from "./quantity.ts";
import * as zod from "./zod.ts";

/** What the schema itself cannot say about a setting. */
export interface About {
  readonly group: "Serving" | "Limits" | "Logs" | "Command";
  /** One sentence: what the setting does. */
  readonly help: string;
  /** What goes wrong with an unlucky value; one sentence. */
  readonly danger?: string;
  /** What stands for the value in `--help`, such as `<port>`; absent for a switch. */
  readonly placeholder?: string;
  /** Default as people read it, where the schema's own does not tell. */
  readonly defaultText?: string;
  /** One-letter flag. */
  readonly letter?: string;
  /** The flag may be given more than once. */
  readonly repeatable?: true;
  /** Only `serve()` and a settings file take it: no flag, no environment variable. */
  readonly programmatic?: true;
  /** Only a flag: no variable could sensibly set it. */
  readonly flagOnly?: true;
  /** Further environment variables, weaker than `EASYSERVER_*`, and what their text means; `undefined` = says nothing. */
  readonly variables?: Readonly<Record<string, (text: string) => string | undefined>>;
  /** Turns the text of flags and variables into the value that a file would hold. Text it cannot read stays text. */
  readonly fromText?: (text: string | readonly string[]) => unknown;
  /** Words a choice allows: for suggestions. */
  readonly choices?: readonly string[];
}

/** What is known of each setting, found by its schema. */
export const about: z.core.$ZodRegistry<About> = zod.registry<About>();

// setTimeout fires at once for anything larger.
const LONGEST_TIMER_MS = 2_147_483_647;

const same = (text: string): string => text;

function switchFromText(text: string | readonly string[]): unknown {
  if (typeof text !== "string") return text;
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  return text;
}

function onOff(facts: Omit<About, "fromText">, initially: boolean): z.ZodPrefault<z.ZodBoolean> {
  return zod
    .boolean({ error: "true or false" })
    .prefault(initially)
    .register(about, { ...facts, fromText: switchFromText });
}

function choice<const Word extends string>(
  words: readonly Word[],
  initially: NoInfer<Word>,
  facts: Omit<About, "choices" | "placeholder">,
): z.ZodPrefault<z.ZodEnum<{ [K in Word]: K }>> {
  const allowed = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return zod
    .enum(words, { error: allowed })
    .prefault(initially as z.input<z.ZodEnum<{ [K in Word]: K }>>)
    .register(about, { ...facts, choices: words, placeholder: `<${words.join("|")}>` });
}

type Amount = z.ZodPrefault<
  z.ZodPipe<z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>, z.ZodTransform<number, string | number>>
>;

function amount(
  parse: (value: string | number) => number | null,
  range: { readonly from: number; readonly to: number; readonly allowed: string },
  initially: string | number,
  facts: About,
): Amount {
  return zod
    .union([zod.number(), zod.string()], { error: range.allowed })
    .transform((value, context) => {
      const parsed = parse(value);
      if (parsed !== null && parsed >= range.from && parsed <= range.to) return parsed;
      context.addIssue({ code: "custom", message: range.allowed });
      return zod.NEVER;
    })
    .prefault(initially)
    .register(about, facts);
}

function size(range: readonly [from: string, to: string], initially: string, help: string, danger: string): Amount {
  const [from, to] = range;
  const allowed = `a size from ${from} to ${to}, such as 10mb, 16kb or a number of bytes`;
  const limits = { from: parseSize(from) ?? 0, to: parseSize(to) ?? 0, allowed };
  return amount(parseSize, limits, initially, { group: "Limits", placeholder: "<size>", help, danger });
}

function duration(initially: string, help: string, danger: string): Amount {
  const allowed = "a duration from 0 to 24 days, such as 30s, 500ms or a number of milliseconds";
  const limits = { from: 0, to: LONGEST_TIMER_MS, allowed };
  return amount(parseDuration, limits, initially, { group: "Limits", placeholder: "<time>", help, danger });
}

const PORT_RANGE = { from: 0, to: 65_535, allowed: "a whole number from 0 to 65535" };

function wholeNumber(value: string | number): number | null {
  if (typeof value === "string") return /^\d{1,9}$/.test(value.trim()) ? Number(value) : null;
  return Number.isInteger(value) ? value : null;
}

const HOST = "a host name or IP address without port or brackets, such as localhost, 0.0.0.0 or ::1";

function isHost(host: string): boolean {
  return isIP(host) !== 0 || (/^[a-z0-9_]([a-z0-9_.-]{0,252})$/i.test(host) && !/^[\d.]+$/.test(host));
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

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
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

function isLogger(value: unknown): value is Logger {
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  return ["info", "warn", "error", "child"].every((name) => typeof members[name] === "function");
}

/** What the schema gives: the mode has not yet decided about `host` and `log`. */
export interface Settings extends Omit<ResolvedOptions, "host" | "log"> {
  readonly host: string | undefined;
  readonly log: ResolvedOptions["log"] | "auto";
}

/** A schema for each setting, which takes what `Input` allows and gives what `Output` promises. */
export type Schemas<Output, Input> = {
  readonly [Name in keyof Output]-?: z.ZodType<Output[Name], Name extends keyof Input ? Input[Name] : never>;
};

/** Every setting of `serve()`. The keys are the names in the file; flags and variables derive from them. */
export const SETTINGS: z.ZodObject<Schemas<Settings, ServeOptions>> = zod.object({
  port: amount(wholeNumber, PORT_RANGE, 3000, {
    group: "Serving",
    placeholder: "<port>",
    letter: "p",
    variables: { PORT: same },
    help: "Port to listen on; 0 picks a free one.",
  }),
  host: zod
    .string({ error: HOST })
    .refine(isHost, { error: HOST })
    .optional()
    .register(about, {
      group: "Serving",
      placeholder: "<host>",
      variables: { HOST: same },
      defaultText: "localhost in development, :: in production",
      help: "Name or address to listen on.",
      danger: "0.0.0.0 and :: are every network this machine is on.",
    }),
  static: mounts,
  engine: choice(["auto", "uws", "node"], "auto", {
    group: "Serving",
    help: "What speaks HTTP: uWebSockets.js, node:http, or the first of them that runs here.",
  }),
  mode: choice(["development", "production"], "development", {
    group: "Serving",
    variables: { NODE_ENV: (text) => (text === "production" || text === "development" ? text : undefined) },
    help: "Which defaults apply; also what a settings function is given.",
    danger: "development is for your own machine.",
  }),
  fastResponse: onOff(
    {
      group: "Serving",
      help: "Install a light Response (and, where needed, Request and fetch) as the globals while serving.",
      danger: "Without it each answer with a body costs several times as much.",
    },
    true,
  ),
  chunked: choice(["accept", "reject"], "accept", {
    group: "Serving",
    help: "Uploads without Content-Length: take them and close the connection after each, or answer 411.",
    danger: "reject turns away clients that stream their uploads.",
  }),
  handleSignals: onOff(
    {
      group: "Serving",
      programmatic: true,
      help: "Stop gracefully on SIGINT and SIGTERM; a second signal stops at once.",
      danger: "Without it you must call close() yourself.",
    },
    true,
  ),
  maxBodyBytes: size(
    ["1b", "1000gb"],
    "10mb",
    "Largest request body; a larger one is answered 413.",
    "A handler that collects bodies needs this much memory for each request.",
  ),
  maxHeaderBytes: size(
    ["1kb", "1mb"],
    "16kb",
    "Largest request head; a larger one is answered 431.",
    "Each connection may make the server hold this much.",
  ),
  maxTargetBytes: size(
    ["64b", "1mb"],
    "8kb",
    "Longest request target (path and query); a longer one is answered 414.",
    "It is part of the head: more than --max-header-bytes has no effect.",
  ),
  bodyIdleMs: duration(
    "30s",
    "How long a request body may make no progress before it is answered 408; 0 = for ever.",
    "Too short cuts uploads over bad networks; 0 lets a silent client keep a connection.",
  ),
  writeStallMs: duration(
    "60s",
    "How long a client may take nothing of a response before it is cut; 0 = for ever.",
    "Too short cuts paused videos; 0 lets slow clients use up every connection.",
  ),
  handlerMs: duration(
    "5m",
    "How long a handler may take to answer before 504 is sent for it; 0 = for ever.",
    "The handler itself goes on running: only its signal tells it.",
  ),
  shutdownMs: duration(
    "30s",
    "How long requests may go on after SIGTERM before they are cut; 0 = cut at once.",
    "Longer than the supervisor waits means it kills the process first.",
  ),
  log: choice(["auto", "short", "json", "off"], "auto", {
    group: "Logs",
    help: "Access log on stdout: lines for people, JSON for machines; auto is short in development, else json.",
    danger: "off leaves no trace of who asked for what.",
  }),
  color: choice(["auto", "always", "never"], "auto", {
    group: "Logs",
    variables: {
      FORCE_COLOR: (text) => (text === "0" || text === "false" ? "never" : "always"),
      NO_COLOR: () => "never",
      TERM: (text) => (text === "dumb" ? "never" : undefined),
    },
    help: "Colors in output for people; auto means on a terminal.",
  }),
  logger: zod
    .custom<Logger>(isLogger, {
      error: "an object with the methods info, warn, error and child, such as a pino logger",
    })
    .nullable()
    .prefault(null)
    .register(about, {
      group: "Logs",
      programmatic: true,
      defaultText: "pino on stderr in production, plain lines on stderr in development",
      help: "Where the server's own messages and the failures of handlers go.",
    }),
});

/** Settings of the command itself; no file holds them. */
export const COMMAND_SETTINGS: z.ZodObject<Schemas<CommandOptions, Partial<CommandOptions>>> = zod.object({
  config: zod
    .string({ error: "the path of a settings file" })
    .min(1, { error: "the path of a settings file" })
    .optional()
    .register(about, {
      group: "Command",
      placeholder: "<file>",
      letter: "c",
      defaultText: "easyserver.config.{ts,mts,js,mjs,json}",
      help: "Settings file to read.",
    }),
  quiet: onOff({ group: "Command", letter: "q", help: "Print no start banner." }, false),
  debug: onOff(
    {
      group: "Command",
      variables: { DEBUG: (text) => (text === "0" || text === "false" ? undefined : "true") },
      help: "Show the stack of every failure.",
    },
    false,
  ),
  help: onOff({ group: "Command", letter: "h", flagOnly: true, help: "Print this text and exit." }, false),
  version: onOff(
    { group: "Command", letter: "v", flagOnly: true, help: "Print the versions of easyserver, Node and the engine." },
    false,
  ),
});
