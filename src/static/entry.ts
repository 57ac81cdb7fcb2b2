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
  /** It was asked for before: a second time makes a larger file worth its memory. */
  wasAsked = false;
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
    this.notModifiedFields = [...shared.always, ...(validators.etag === null ? [] : ["etag", validators.etag])];
    this.fields = [...shared.content, ...this.notModifiedFields];
    if (validators.lastModifiedMs !== null) {
      this.fields = [...this.fields, "last-modified", formatHttpDate(validators.lastModifiedMs)];
    }
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
export function isCodable(name: string, mount: Mount): boolean {
  return mount.settings.precompressed.length > 0 && !isCompressed(mediaType(name));
}

/** The fields of a file: `name` decides its type, `path` below the mount (without the first slash) how long it is kept. */
export function sharedFields(name: string, path: string, mount: Mount, coding: Coding | null): SharedFields {
  const type = mediaType(name);
  const { settings, isUploads } = mount;
  const content = new Map([["content-type", type]]);
  if (coding !== null) content.set("content-encoding", coding);
  const always = new Map([
    ["cache-control", cacheControl(type, path, mount)],
    ["accept-ranges", "bytes"],
    ["x-content-type-options", "nosniff"],
  ]);
  // Also where there is no sidecar yet: a cache must not give one client's coding to the next (A24).
  if (isCodable(name, mount)) always.set("vary", "accept-encoding");
  if (isUploads) {
    always.set("content-security-policy", "sandbox; default-src 'none'");
    if (isActive(type)) content.set("content-disposition", attachment(name));
  }
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
