// Express's entity tags in one native call in place of four, letter by letter the same (docs/decisions/037-entity-tags.md).

import { hash } from "node:crypto";
import { SHORT_BYTES, shortSha1 } from "./short-sha1.ts";

type Tag = (body: unknown, encoding?: BufferEncoding) => string;

/** A module that was loaded: `require.cache` has them. */
interface Loaded {
  readonly filename?: string;
  readonly exports?: unknown;
}

const UTILS = /[\\/]lib[\\/]utils\.js$/;

/** Node's hash, without an object for it. The tag is that of the package `etag`: length and 27 characters of SHA-1. */
export const weakTag: Tag = (body, encoding) => `W/${strongTag(body, encoding)}`;

export const strongTag: Tag = (body, encoding) => {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body as string, encoding);
  const { length } = bytes;
  const digest = length <= SHORT_BYTES ? shortSha1(bytes) : hash("sha1", bytes, "base64").slice(0, 27);
  return `"${length.toString(16)}-${digest}"`;
};

/** Gives `app` these in the place of Express's own, unless somebody has set others. Its sub-apps keep what they have. */
export function quickenTags(app: object, modules: Iterable<Loaded | undefined>): void {
  const { settings } = app as { settings?: Record<string, unknown> };
  const current = settings?.["etag fn"];
  if (settings === undefined || typeof current !== "function") return;
  for (const module of modules) {
    if (module?.filename === undefined || !UTILS.test(module.filename)) continue;
    if (current === valueOf(module.exports, "wetag")) settings["etag fn"] = weakTag;
    else if (current === valueOf(module.exports, "etag")) settings["etag fn"] = strongTag;
  }
}

/** Reading a property could run code of a lazy export. */
function valueOf(exports: unknown, name: string): unknown {
  if (typeof exports !== "object" || exports === null) return undefined;
  return Object.getOwnPropertyDescriptor(exports, name)?.value ?? null;
}
