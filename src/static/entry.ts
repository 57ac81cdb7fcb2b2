// What is known of one servable path before anyone asks: its variants, their validators and ready fields.

import type { Reply } from "../engine/engine.ts";
import type { Validators } from "../http/conditional.ts";
import { attachment } from "../http/content-disposition.ts";
import type { Coding } from "../http/encoding.ts";
import { headBlock } from "../http/head-block.ts";
import { formatHttpDate } from "../http/http-date.ts";
import { isCompressed, mediaType } from "../http/media-type.ts";
import type { Mount } from "./mount.ts";
import { type FileVersion, timeValidators } from "./version.ts";

/** What `decide` needs to know. The field arrays keep their identity as long as the file is unchanged. */
export interface VariantFacts extends Validators {
  readonly sizeBytes: number;
  /** Of a 200; a 206 adds to them. The first two are the content type. */
  readonly fields: readonly string[];
  readonly notModifiedFields: readonly string[];
}

/** Where the bytes of a variant are, and as what they were found. */
export interface Found {
  /** Real path, inside the root. */
  readonly file: string;
  readonly version: FileVersion;
  readonly validators: Validators;
}

/** One representation of an entry: the file itself, or a sidecar. */
export class Variant implements VariantFacts {
  readonly file: string;
  readonly version: FileVersion;
  readonly sizeBytes: number;
  readonly etag: string | null;
  readonly lastModifiedMs: number | null;
  readonly fields: readonly string[];
  readonly notModifiedFields: readonly string[];
  /** The whole content, while the cache holds it. Never written to. */
  bytes: Uint8Array | null = null;
  /** When its content was asked for last: Unix milliseconds, or 0. */
  askedMs = 0;
  readonly #shared: SharedFields;
  #whole: Reply | null = null;
  #notModified: Reply | null = null;

  constructor(found: Found, shared: SharedFields) {
    const { validators } = found;
    this.#shared = shared;
    this.file = found.file;
    this.version = found.version;
    this.sizeBytes = Number(found.version.size);
    this.etag = validators.etag;
    this.lastModifiedMs = validators.lastModifiedMs;
    const { etag, lastModifiedMs } = validators;
    const modified = lastModifiedMs === null ? [] : ["last-modified", formatHttpDate(lastModifiedMs)];
    // `concat` makes arrays of just that size. Spreading leaves room in them that would be half of what an entry takes.
    this.notModifiedFields = etag === null ? shared.always : shared.always.concat("etag", etag);
    this.fields = shared.content.concat(this.notModifiedFields, modified);
  }

  /** The answer to a request without conditions; only while `bytes` are there. */
  get whole(): Reply | null {
    if (this.#whole === null && this.bytes !== null) this.#whole = readyReply(200, this.fields, this.bytes);
    return this.#whole;
  }

  get notModified(): Reply {
    return (this.#notModified ??= readyReply(304, this.notModifiedFields, null));
  }

  /** The same file in another version: what was found out about its content counts no more. */
  inVersion(version: FileVersion, nowMs: number): Variant {
    const { file } = this;
    const validators = timeValidators(version, this.#shared.suffix, nowMs);
    return new Variant({ file, version, validators }, this.#shared);
  }

  keep(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#whole = null;
  }

  /** The cache needs the room. */
  release(): void {
    this.bytes = null;
    this.#whole = null;
  }
}

/** A sidecar as a variant. */
export interface CodedVariant {
  readonly coding: Coding;
  readonly sizeBytes: number;
  readonly variant: Variant;
}

/** One servable path. It describes the files as they were at `checkedMs`. */
export interface Entry {
  /** Where it was found: below the root, links not resolved. */
  readonly path: string;
  /** The name that was asked for: a link's own, not its target's, decides the type. */
  readonly name: string;
  readonly identity: Variant;
  /** Sidecars, in the order of `compareCodings`. */
  readonly coded: readonly CodedVariant[];
  /** Unix milliseconds at which the versions were read. */
  readonly checkedMs: number;
}

/** A reply that is made once and sent often: its head is written already. */
export function readyReply(status: number, fields: readonly string[], body: Uint8Array | null): Reply {
  const block = Buffer.from(headBlock(status, "", fields), "latin1");
  return Object.freeze({ status, reason: "", fields, body, sizeBytes: null, close: false, block });
}

/** What all variants of an entry say, apart from their validators. */
export interface SharedFields {
  /** Describe the content, so a 304 leaves them out (A6). The content type comes first. */
  readonly content: readonly string[];
  readonly always: readonly string[];
  /** Keeps the tags of the codings of one file apart (A25). */
  readonly suffix: string;
}

const IMMUTABLE = "public, max-age=31536000, immutable";

/** Whether sidecars of a file are looked for: not where its own format is compressed already. */
export function isCodable(name: string, { settings }: Mount): boolean {
  return isCodableType(mediaType(name), settings);
}

function isCodableType(type: string, { precompressed }: Mount["settings"]): boolean {
  return precompressed.length > 0 && !isCompressed(type);
}

/** Most files of a mount say the same, and have it in one place. */
const known = new WeakMap<Mount, Map<string, SharedFields>>();

/** The fields of a file: `name` decides its type, `path` below the mount (without the first slash) how long it is kept. */
export function sharedFields(name: string, path: string, mount: Mount, coding: Coding | null): SharedFields {
  const type = mediaType(name);
  const caching = cacheControl(type, path, mount);
  const disposition = mount.isUploads && isActive(type) ? attachment(name) : null;
  // An attachment's field names the file: it has nothing to share.
  if (disposition !== null) return newFields(type, caching, disposition, mount, coding);
  let ofMount = known.get(mount);
  if (ofMount === undefined) known.set(mount, (ofMount = new Map<string, SharedFields>()));
  const key = `${coding}\n${type}\n${caching}`;
  let shared = ofMount.get(key);
  if (shared === undefined) ofMount.set(key, (shared = newFields(type, caching, null, mount, coding)));
  return shared;
}

function newFields(
  type: string,
  caching: string,
  disposition: string | null,
  { settings, isUploads }: Mount,
  coding: Coding | null,
): SharedFields {
  const content = new Map([["content-type", type]]);
  if (coding !== null) content.set("content-encoding", coding);
  const always = new Map([
    ["cache-control", caching],
    ["accept-ranges", "bytes"],
    ["x-content-type-options", "nosniff"],
  ]);
  // Also where there is no sidecar yet: a cache must not give one client's coding to the next (A24).
  if (isCodableType(type, settings)) always.set("vary", "accept-encoding");
  if (isUploads) always.set("content-security-policy", "sandbox; default-src 'none'");
  if (disposition !== null) content.set("content-disposition", disposition);
  for (const [field, value] of Object.entries(settings.headers)) {
    const vary = field === "vary" ? always.get("vary") : undefined;
    const to = field.startsWith("content-") && field !== "content-security-policy" ? content : always;
    to.set(field, vary === undefined ? value : `${value}, ${vary}`);
  }
  return { content: [...content].flat(), always: [...always].flat(), suffix: tagSuffix(coding) };
}

/** What a coding adds to the tag of a file. */
export function tagSuffix(coding: Coding | null): string {
  return coding === null ? "" : `-${coding}`;
}

function cacheControl(type: string, path: string, { settings }: Mount): string {
  // A copy of the RegExp is not needed: one with the flags g or y would remember where it stopped.
  if (settings.immutable !== false && path.search(settings.immutable) >= 0) return IMMUTABLE;
  if (settings.maxAgeMs === 0 || type.startsWith("text/html")) return "no-cache";
  return `public, max-age=${Math.floor(settings.maxAgeMs / 1000)}`;
}

/** Types that can run scripts, or load what does, when a browser opens them as a document (A56). */
function isActive(type: string): boolean {
  return /^text\/(?:html|xml|xsl)\b|^application\/(?:xml|xhtml)|\+xml\b|^multipart\/|^message\/|shockwave/.test(type);
}
