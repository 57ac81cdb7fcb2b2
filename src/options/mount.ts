// How may a served directory be described, and what is wrong with a description? The options of one mount.

import { ServerError } from "../errors.ts";
import type { MountSettings } from "../static/mount-settings.ts";
import { parseDuration } from "./quantity.ts";
import { nearest } from "./suggestion.ts";

/** How one directory is served. Only `dir` is needed. */
export interface MountOptions {
  /** The directory, relative to the working directory. Danger: everything in it is public. */
  readonly dir: string;
  /** Files that answer for a directory, in order of preference; `false` for none. Default `"index.html"` (uploads: none). */
  readonly index?: string | readonly string[] | false;
  /**
   * Answer page loads whose path names no file with this file: for applications that route in the browser. `true` is
   * `index.html`. `except` lists URL prefixes that stay 404. Only GET and HEAD that accept HTML, for a last segment without
   * a dot, outside `/.well-known/`. Default `false`. Danger: in front of an app, its own pages need to be in `except`.
   */
  readonly spa?: boolean | string | { readonly file?: string; readonly except?: readonly string[] };
  /**
   * Files whose name changes with their content: browsers keep them for a year without asking. `true` recognises the hashes
   * of bundlers (`app.3f2a91bc.js`, `index-DiwrgTda.css`), a RegExp is matched against the path below the mount. Default
   * `false`. Danger: a file that matches and changes under the same name is never fetched again.
   */
  readonly immutable?: boolean | RegExp;
  /**
   * How long browsers may use other files (HTML excepted) without asking: milliseconds or text such as `"1h"`. Default `0`:
   * they ask each time and get a 304. Danger: a changed file is not seen before the time is over.
   */
  readonly maxAgeMs?: number | string;
  /** Names that begin with a dot are 404 unless `"allow"`; `/.well-known/` is always served. Default `"deny"`. */
  readonly dotfiles?: "deny" | "allow";
  /**
   * `"inside"` serves a link whose target is in the directory, a list names further directories it may be in, `"follow"`
   * serves every link, `"deny"` none. Default `"inside"` (uploads: `"deny"`). Danger: `"follow"` serves whatever a link
   * points at.
   */
  readonly symlinks?: "inside" | "follow" | "deny" | readonly string[];
  /** Extensions to try for a path that names no file: `["html"]` lets `/blog` be `blog.html`. Default none. */
  readonly extensions?: readonly string[];
  /**
   * Send `app.js.br`, `app.js.zst` or `app.js.gz` for `app.js` to who takes them; a list allows some only. Default `true`
   * (uploads: `false`).
   */
  readonly precompressed?: boolean | readonly ("br" | "gzip" | "zstd")[];
  /** Show what is in a directory that has no index. Default `false`. */
  readonly listing?: boolean;
  /**
   * The page that is sent with status 404, a file of the directory; `false` for the built-in one. Default `"404.html"`, where
   * there is one. Only where nobody else is asked (`fallthrough`).
   */
  readonly notFound?: string | false;
  /** Leave what is no file to the app; `"auto"` does so where there is one. Default `"auto"`. */
  readonly fallthrough?: boolean | "auto";
  /**
   * `"stat"` tags a file by time and size, `"hash"` by content, which costs reading it once: for machines whose copies
   * differ in time. `false` leaves the tag out. Default `"stat"`.
   */
  readonly etag?: "stat" | "hash" | false;
  /** Header fields for every file of the directory; they win over the server's own, such as `cache-control`. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Reader<Value> {
  readonly allowed: string;
  /** `undefined` for what is not allowed. */
  read(given: unknown): Value | undefined;
}

const DURATION = "a duration such as 1h, 30d or a number of milliseconds";
const FILE = 'a file below the directory, such as "404.html"';
const CODINGS = ["br", "gzip", "zstd"] as const;
const YEAR_MS = 365 * 86_400_000;

/**
 * The hashes that bundlers put into names: a last part of eight characters or more, after a dot or dash, that holds a digit
 * or both cases. Words do not ("jquery-migrate.js", "bootstrap-datepicker.css").
 */
const HASHED = /[.-](?=[\w-]*\d|[\w-]*[a-z][\w-]*[A-Z]|[\w-]*[A-Z][\w-]*[a-z])[\w-]{8,}\.[a-z\d]+(?:\.map)?$/;

const READERS: { readonly [Name in keyof MountSettings]: Reader<MountSettings[Name]> } = {
  dir: { allowed: "the path of a directory", read: (given) => (isText(given) ? given : undefined) },
  index: {
    allowed: 'a file name, a list of them, or false, such as "index.html"',
    read: (given) => (given === false ? [] : listOf(typeof given === "string" ? [given] : given, isFileName)),
  },
  spa: {
    allowed: 'true, false, a file below the directory, or { file: "index.html", except: ["/api"] }',
    read: readSpa,
  },
  immutable: {
    allowed: "true, false or a RegExp",
    read: (given) => (given === true ? HASHED : given === false || given instanceof RegExp ? given : undefined),
  },
  maxAgeMs: {
    allowed: DURATION,
    read: (given) => {
      const ms = typeof given === "string" || typeof given === "number" ? parseDuration(given) : null;
      return ms !== null && ms >= 0 && ms <= 10 * YEAR_MS ? ms : undefined;
    },
  },
  dotfiles: { allowed: '"deny" or "allow"', read: oneOf(["deny", "allow"]) },
  symlinks: {
    allowed: '"inside", "follow", "deny" or a list of further directories that links may lead to',
    read: (given) => (Array.isArray(given) ? listOf(given, isText) : oneOf(["inside", "follow", "deny"])(given)),
  },
  extensions: {
    allowed: 'a list of extensions without dots, such as ["html"]',
    read: (given) => listOf(given, (name) => isText(name) && /^[^./\\\0]+(?:\.[^./\\\0]+)*$/.test(name)),
  },
  precompressed: {
    allowed: 'true, false or a list of "br", "gzip" and "zstd"',
    read: (given) => {
      if (typeof given === "boolean") return given ? CODINGS : [];
      const names = listOf(given, (name) => (CODINGS as readonly unknown[]).includes(name));
      return names as MountSettings["precompressed"] | undefined;
    },
  },
  listing: { allowed: "true or false", read: readBoolean },
  notFound: { allowed: `${FILE}, or false`, read: (given) => (given === false || isPath(given) ? given : undefined) },
  fallthrough: { allowed: 'true, false or "auto"', read: (given) => (given === "auto" ? "auto" : readBoolean(given)) },
  etag: {
    allowed: '"stat", "hash" or false',
    read: (given) => (given === false ? false : oneOf(["stat", "hash"])(given)),
  },
  headers: {
    allowed: "an object of header names and texts, without those that say how a file is sent",
    read: readHeaders,
  },
};

const INITIAL: Omit<MountSettings, "dir"> = {
  index: ["index.html"],
  spa: false,
  immutable: false,
  maxAgeMs: 0,
  dotfiles: "deny",
  symlinks: "inside",
  extensions: [],
  precompressed: CODINGS,
  listing: false,
  notFound: "404.html",
  fallthrough: "auto",
  etag: "stat",
  headers: {},
};

/** Strangers put files there: none of them may be run, lead elsewhere, or speak for another one. */
const INITIAL_UPLOADS: Partial<MountSettings> = { index: [], symlinks: "deny", precompressed: [], notFound: false };

/** Where the mount was found to be wrong: `sentence` names the option, the value and what is allowed. */
export interface MountProblem {
  readonly sentence: string;
}

/** The settings for a directory, or what is wrong. `name` is what messages call it; `isUploads` says whose files they are. */
export function readMount(
  given: unknown,
  name: string,
  isUploads: boolean,
  show: (value: unknown) => string,
): MountSettings | MountProblem {
  const options: unknown = typeof given === "string" ? { dir: given } : given;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    return { sentence: `${name} is ${show(given)}; it must be a directory, or an object with "dir".` };
  }
  const settings: Record<string, unknown> = { ...INITIAL, ...(isUploads ? INITIAL_UPLOADS : {}) };
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(READERS, option)) return { sentence: unknownOption(name, option) };
    const reader = READERS[option as keyof MountSettings];
    const setting = reader.read(value);
    if (setting === undefined) {
      return { sentence: `"${option}" of ${name} is ${show(value)}; it must be ${reader.allowed}.` };
    }
    settings[option] = setting;
  }
  if (settings["dir"] === undefined) return { sentence: `${name} has no "dir"; it must be the path of a directory.` };
  return settings as unknown as MountSettings;
}

/** The settings for one directory. @throws ServerError `ERR_OPTIONS_INVALID` naming what is wrong. */
export function resolveMount(options: string | MountOptions, name: string, isUploads = false): MountSettings {
  const settings = readMount(options, name, isUploads, (value) => JSON.stringify(value) ?? String(value));
  if ("sentence" in settings) throw new ServerError("ERR_OPTIONS_INVALID", settings.sentence);
  return settings;
}

function unknownOption(name: string, written: string): string {
  const meant = nearest(written, Object.keys(READERS));
  return `"${written}" of ${name} is not an option.${meant === null ? "" : ` Did you mean "${meant}"?`}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}

function isFileName(value: unknown): boolean {
  return isText(value) && !/[/\\]/.test(value) && value !== "." && value !== "..";
}

/** A relative path that stays below where it starts. */
function isPath(value: unknown): value is string {
  return isText(value) && !value.startsWith("/") && value.split("/").every(isFileName);
}

function listOf(value: unknown, isMember: (member: unknown) => boolean): readonly string[] | undefined {
  return Array.isArray(value) && value.every(isMember) ? (value as string[]) : undefined;
}

function oneOf<const Word extends string>(words: readonly Word[]): (given: unknown) => Word | undefined {
  return (given) => words.find((word) => word === given);
}

function readBoolean(given: unknown): boolean | undefined {
  return typeof given === "boolean" ? given : undefined;
}

function readSpa(given: unknown): MountSettings["spa"] | undefined {
  if (given === false) return false;
  if (given === true) return { file: "index.html", except: [] };
  if (isPath(given)) return { file: given, except: [] };
  if (typeof given !== "object" || given === null) return undefined;
  const { file = "index.html", except = [], ...rest } = given as { file?: unknown; except?: unknown };
  const prefixes = listOf(except, (prefix) => isText(prefix) && prefix.startsWith("/"));
  if (Object.keys(rest).length > 0 || !isPath(file) || prefixes === undefined) return undefined;
  return { file, except: prefixes };
}

// What the server itself says of a message, of its framing and of the bytes in it.
const NOT_FOR_USERS: ReadonlySet<string> = new Set([
  "accept-ranges",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "date",
  "etag",
  "keep-alive",
  "last-modified",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function readHeaders(given: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const headers: Record<string, string> = {};
  for (const [written, value] of Object.entries(given)) {
    const name = written.toLowerCase();
    const isName =
      /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name) && !NOT_FOR_USERS.has(name) && !Object.hasOwn(headers, name);
    // oxlint-disable-next-line no-control-regex -- the bytes that end a field line, and what is no byte
    if (!isName || typeof value !== "string" || /[\0\r\n\u0100-\uffff]/.test(value)) return undefined;
    headers[name] = value;
  }
  return headers;
}
