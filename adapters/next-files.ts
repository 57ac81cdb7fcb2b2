// Which files of a built Next app can be sent without asking Next, and with which fields would it send them?

import { readdirSync, realpathSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type Exchange,
  type ListedFile,
  type ListedFiles,
  type NativeEntry,
  openListedFiles,
  type Reply,
} from "../src/internal.ts";
import { hasLateRewrites, type NextManifests, type RoutesManifest, untouchedPaths } from "./next-manifests.ts";

/** Of Next's settings as it has loaded them itself. */
export interface NextConfig {
  readonly distDir?: unknown;
  readonly basePath?: unknown;
  readonly compress?: unknown;
  readonly generateEtags?: unknown;
  readonly i18n?: { readonly locales?: readonly string[] } | null;
  readonly cacheHandler?: unknown;
  readonly cacheHandlers?: Readonly<Record<string, unknown>> | null;
  readonly experimental?: Readonly<Record<string, unknown>>;
}

/** Loads a part of the Next that the project has. */
export type NextRequire = (name: string) => unknown;

const IMMUTABLE = "public, max-age=31536000, immutable";
const REVALIDATED = "public, max-age=0";
/** From here on Next's compression takes the trouble. */
const GZIP_FROM_BYTES = 1024;

/**
 * The files below `.next/static` and `public` that no rule of the app can touch, ready to be sent, or `null` for none. The
 * list is made now, as Next makes its own: what is added later is Next's to answer.
 */
export async function openNextFiles(
  { dir, distDir, basePath, isUntouched }: NextBuild,
  config: NextConfig,
  load: NextRequire,
): Promise<ListedFiles | null> {
  const describe = describer(config, load);
  const table = new Map<string, ListedFile>();
  const add = (prefix: string, root: string, cacheControl: (path: string) => string | null): void => {
    for (const path of filesBelow(root)) {
      const kept = cacheControl(path);
      const file = kept === null ? null : realFile(join(root, path));
      if (kept === null || file === null) continue;
      for (const spelling of spellingsOf(path)) {
        const key = `${basePath}${prefix}/${spelling}`;
        if (isUntouched(key) && !table.has(key)) table.set(key, describe(file, path, kept));
      }
    }
  };
  // Service workers get further fields: they are Next's.
  add("/_next/static", join(distDir, "static"), (path) => (path.startsWith("service-worker/") ? null : IMMUTABLE));
  // A public file of that name would be one of the two, by an order that is not worth knowing.
  add("", join(dir, "public"), (path) => (/^(?:_next|static)(?:\/|$)/.test(path) ? null : REVALIDATED));
  return table.size === 0 ? null : openListedFiles(table);
}

/** What `next build` has made, as far as it proves anything. */
export interface NextBuild {
  /** The project's folder. */
  readonly dir: string;
  readonly distDir: string;
  readonly basePath: string;
  /** See `untouchedPaths`. */
  readonly isUntouched: (path: string) => boolean;
  /** See `hasLateRewrites()`. */
  readonly hasLateRewrites: boolean;
}

/** `null` where nothing is proved. */
export function openBuild(dir: string, config: NextConfig): NextBuild | null {
  const distDir = join(dir, typeof config.distDir === "string" ? config.distDir : ".next");
  const basePath = typeof config.basePath === "string" ? config.basePath : "";
  // It may answer anything in a test.
  if (config.experimental?.["testProxy"] === true) return null;
  const manifests = manifestsIn(distDir, config, basePath);
  const isUntouched = untouchedPaths(manifests);
  if (isUntouched === null) return null;
  return { dir, distDir, basePath, isUntouched, hasLateRewrites: hasLateRewrites(manifests.routes) };
}

function manifestsIn(distDir: string, { i18n }: NextConfig, basePath: string): NextManifests {
  return {
    routes: manifest(distDir, "routes-manifest.json") as RoutesManifest,
    middleware: manifest(distDir, "server/middleware-manifest.json"),
    functions: manifest(distDir, "server/functions-config-manifest.json"),
    locales: i18n?.locales ?? [],
    basePath,
  };
}

/** An object, empty for a file that is not there. @throws SyntaxError for one that is no JSON */
export function manifest(distDir: string, name: string): object {
  let text: string;
  try {
    text = readFileSync(join(distDir, name), "utf8");
  } catch {
    return {};
  }
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}

interface Send {
  readonly mime: { lookup(path: string): string | undefined; readonly charsets: { lookup(type: string): string } };
}

interface Compression {
  filter(request: null, response: { getHeader(name: string): unknown }): boolean;
}

/** Next's own tables decide on types and on what is compressed: those of the version that the project has. */
function describer(config: NextConfig, load: NextRequire): (file: string, path: string, kept: string) => ListedFile {
  // It adds types to the table.
  load("next/dist/server/serve-static");
  const { mime } = load("next/dist/compiled/send") as Send;
  const compression = load("next/dist/compiled/compression") as Compression;
  return (file, path, cacheControl) => {
    const type = mime.lookup(path);
    const charset = type === undefined ? undefined : mime.charsets.lookup(type);
    const contentType = type === undefined ? null : charset === undefined ? type : `${type}; charset=${charset}`;
    const isCompressed =
      config.compress !== false && compression.filter(null, { getHeader: () => contentType ?? undefined });
    return {
      file,
      contentType,
      cacheControl,
      isTagged: config.generateEtags !== false,
      gzipFromBytes: isCompressed ? GZIP_FROM_BYTES : null,
    };
  };
}

/** Paths below `root` with slashes between names, those with a dot in front of a name left out: Next hides most of them. */
function filesBelow(root: string): readonly string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll("\\", "/"),
      )
      .filter((path) => !/(?:^|\/)\./.test(path));
  } catch {
    return [];
  }
}

/** Where it really is; `null` for what is no file. */
function realFile(path: string): string | null {
  try {
    const real = realpathSync(path);
    return statSync(real).isFile() ? real : null;
  } catch {
    return null;
  }
}

/** As Next writes a path into its pages, and as a browser does by itself (`@`, `+` and the like undisturbed). */
function spellingsOf(path: string): readonly string[] {
  const whole = path.split("/").map(encodeURIComponent).join("/");
  return [...new Set([whole, path.includes("%") ? whole : encodeURI(path)])].filter((one) => !/[?#]/.test(one));
}

/** Answers for the files, and leaves everything else to `next`. */
export function filesFirst(files: ListedFiles, next: NativeEntry): NativeEntry {
  return (exchange, around, scope) => {
    const answer = exchange.upgrade == null ? files.answer(exchange) : null;
    if (answer === null) next(exchange, around, scope);
    else if (!(answer instanceof Promise)) exchange.send(answer);
    else void later(answer, exchange, around, scope, next);
  };
}

async function later(
  answer: Promise<Reply | null>,
  exchange: Exchange,
  around: Parameters<NativeEntry>[1],
  scope: Parameters<NativeEntry>[2],
  next: NativeEntry,
): Promise<void> {
  let reply: Reply | null = null;
  try {
    reply = await answer;
  } catch (error) {
    // Next says what a failing disk means to a client.
    around.report(error);
  }
  if (exchange.ended) return;
  if (reply === null) scope.runInAsyncScope(next, undefined, exchange, around, scope);
  else exchange.send(reply);
}
