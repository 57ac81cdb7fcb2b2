// Files that a framework has listed, sent with the fields that it would give them. What a request asks beyond that is left to
// the framework: better its own answer than one that nearly is.

import { statSync } from "node:fs";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Reply, RequestHead } from "../engine/engine.ts";
import { formatHttpDate } from "../http/http-date.ts";
import { Contents, type Keepable } from "./contents.ts";
import { decide } from "./decide.ts";
import { readyReply, type VariantFacts } from "./entry.ts";
import { openVersion, readVersion } from "./file.ts";
import { gzipChoice } from "./gzip-choice.ts";
import { bodilessReply, type ContentDecision, fileReply, hasContent, memoryReply } from "./reply.ts";
import { type FileVersion, fileVersion, isSameVersion, isSettled } from "./version.ts";

/** One file, and what the framework says of it. */
export interface ListedFile {
  /** Real path. */
  readonly file: string;
  /** `null` for a file without a type. */
  readonly contentType: string | null;
  readonly cacheControl: string;
  /** A weak tag of size and time in the manner of `send`, or none. */
  readonly isTagged: boolean;
  /** From how many bytes on it is compressed for those who take gzip; `null` for never, and then it varies by nothing. */
  readonly gzipFromBytes: number | null;
}

/** By the path of the URL, in the spelling in which it is asked for. */
export type ListedTable = ReadonlyMap<string, ListedFile>;

const CACHE_BYTES = 64 * 1024 * 1024;
/** So long a change may go unnoticed: the look at the disk is made on the loop (docs/decisions/021). */
const REVALIDATE_MS = 1_000;

const compressed = promisify(gzip);

export class ListedFiles {
  readonly #table: ListedTable;
  readonly #known = new Map<string, Known>();
  readonly #contents: Contents<Content>;

  /** `cacheBytes` is for their contents. */
  constructor(table: ListedTable, cacheBytes: number = CACHE_BYTES) {
    this.#table = table;
    this.#contents = new Contents(cacheBytes);
  }

  /** `null` for what the framework has to answer. Rejects only where the disk itself fails. */
  answer(head: RequestHead): Reply | null | Promise<Reply | null> {
    if (head.method !== "GET" && head.method !== "HEAD") return null;
    const nowMs = Date.now();
    const known = this.#knownAt(head.path, nowMs);
    if (known === null) return null;
    if (head.isConditional) return this.#conditional(known, head, nowMs);
    if (head.method === "HEAD") {
      return bodilessReply(wholeOf(known.facts), known.facts.sizeBytes, head);
    }
    const content = contentFor(known, head);
    return content === null ? null : this.#wholeReply(known, content, wholeOf(known.facts), nowMs);
  }

  #knownAt(path: string, nowMs: number): Known | null {
    const known = this.#known.get(path);
    // The clock may be set back.
    if (known !== undefined && nowMs >= known.checkedMs && nowMs - known.checkedMs < REVALIDATE_MS) return known;
    const listed = this.#table.get(path);
    if (listed === undefined) return null;
    const version = versionOf(listed.file);
    if (version === null) {
      this.#forget(path);
      return null;
    }
    if (known !== undefined && isSameVersion(known.version, version) && isSettled(version, known.checkedMs)) {
      known.checkedMs = nowMs;
      this.#contents.touch(known.plain);
      this.#contents.touch(known.gzip);
      return known;
    }
    this.#forget(path);
    const found = new Known(listed, version, nowMs);
    this.#known.set(path, found);
    return found;
  }

  #forget(path: string): void {
    const known = this.#known.get(path);
    if (known === undefined) return;
    this.#known.delete(path);
    this.#contents.delete(known.plain);
    this.#contents.delete(known.gzip);
  }

  /** Whether it has changed, and one range of it; every other question is the framework's. */
  #conditional(known: Known, head: RequestHead, nowMs: number): Reply | null | Promise<Reply | null> {
    if (["if-match", "if-unmodified-since", "if-range"].some((name) => head.field(name) !== null)) return null;
    // Who reloads wants it anew: send looks at this field, too.
    if (head.field("cache-control")?.includes("no-cache") === true) return null;
    if (head.field("range") !== null && head.method === "HEAD") return null;
    const decision = decide(known.facts, head, nowMs);
    if (decision.status === 304) return known.notModified;
    if (!hasContent(decision)) return null;
    if (decision.status === 206) {
      return decision.ranges.length === 1 ? this.#read(known, known.plain, decision, nowMs) : null;
    }
    // An unreadable range, or validators of another version.
    if (head.field("range") !== null) return null;
    if (head.method === "HEAD") return bodilessReply(decision, known.facts.sizeBytes, head);
    const content = contentFor(known, head);
    return content === null ? null : this.#wholeReply(known, content, decision, nowMs);
  }

  #wholeReply(known: Known, content: Content, decision: ContentDecision, nowMs: number): Reply | Promise<Reply | null> {
    if (content.whole === null) return this.#read(known, content, decision, nowMs);
    content.askedMs = nowMs;
    return content.whole;
  }

  /** What is not in memory is kept by the rules for all files, and else sent as it is read. A large file is compressed by the framework. */
  async #read(known: Known, content: Content, decision: ContentDecision, nowMs: number): Promise<Reply | null> {
    const { sizeBytes } = known.facts;
    const isPlain = content === known.plain;
    let { bytes } = content;
    if (bytes === null) {
      const isKept = this.#contents.admits(content, sizeBytes, nowMs, !isPlain);
      if (isPlain && !isKept) return stream(known, decision);
      if (sizeBytes > this.#contents.largestBytes(true)) return null;
      bytes = await content.read();
      if (bytes === null) return null;
      if (isKept && content.bytes === null) this.#contents.keep(content, bytes);
    }
    content.askedMs = nowMs;
    return decision.status === 200 ? content.reply(bytes) : memoryReply(decision, bytes);
  }
}

/** What a file was when it was last looked at. */
class Known {
  readonly version: FileVersion;
  readonly facts: VariantFacts;
  readonly listed: ListedFile;
  readonly plain: Content;
  readonly gzip: Content;
  checkedMs: number;
  #notModified: Reply | null = null;

  constructor(listed: ListedFile, version: FileVersion, checkedMs: number) {
    this.listed = listed;
    this.version = version;
    this.checkedMs = checkedMs;
    this.facts = factsOf(listed, version);
    const { fields } = this.facts;
    const read = (): Promise<Uint8Array | null> => readVersion(listed.file, version);
    this.plain = new Content(fields, read);
    this.gzip = new Content([...fields, "content-encoding", "gzip"], async () => {
      const bytes = await read();
      return bytes === null ? null : compressed(bytes);
    });
  }

  get notModified(): Reply {
    return (this.#notModified ??= readyReply(304, this.facts.notModifiedFields, null));
  }
}

/** One form of the bytes. */
class Content implements Keepable {
  bytes: Uint8Array | null = null;
  askedMs = 0;
  whole: Reply | null = null;
  readonly #fields: readonly string[];
  readonly #make: () => Promise<Uint8Array | null>;
  #making: Promise<Uint8Array | null> | null = null;

  constructor(fields: readonly string[], make: () => Promise<Uint8Array | null>) {
    this.#fields = fields;
    this.#make = make;
  }

  /** `null` when the file is not the one that was looked at any more. Readers of one moment share the work. */
  read(): Promise<Uint8Array | null> {
    this.#making ??= this.#make().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  reply(bytes: Uint8Array): Reply {
    return this.whole ?? readyReply(200, this.#fields, bytes);
  }

  keep(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.whole = readyReply(200, this.#fields, bytes);
  }

  release(): void {
    this.bytes = null;
    this.whole = null;
  }
}

function wholeOf(facts: VariantFacts): ContentDecision {
  return { status: 200, fields: facts.fields, ranges: [] };
}

/** The bytes in the coding that the framework would choose, or `null` where that takes more than a look. */
function contentFor({ listed, plain, gzip: zipped, facts }: Known, head: RequestHead): Content | null {
  if (listed.gzipFromBytes === null || facts.sizeBytes < listed.gzipFromBytes) return plain;
  const choice = gzipChoice(head.field("accept-encoding"));
  if (choice === "identity") return plain;
  return choice === "gzip" ? zipped : null;
}

function factsOf(listed: ListedFile, { size, modifiedNs }: FileVersion): VariantFacts {
  // As Node makes a Date of it: rounded to the millisecond, not cut.
  const modifiedMs = Math.round(Number(modifiedNs / 1_000n) / 1_000);
  const etag = listed.isTagged ? `W/"${size.toString(16)}-${modifiedMs.toString(16)}"` : null;
  const lastModifiedMs = Math.floor(modifiedMs / 1_000) * 1_000;
  const always = ["cache-control", listed.cacheControl, "accept-ranges", "bytes"];
  always.push("last-modified", formatHttpDate(lastModifiedMs), ...(etag === null ? [] : ["etag", etag]));
  const content = [
    ...(listed.contentType === null ? [] : ["content-type", listed.contentType]),
    ...always,
    ...(listed.gzipFromBytes === null ? [] : ["vary", "Accept-Encoding"]),
  ];
  return { sizeBytes: Number(size), etag, lastModifiedMs, fields: content, notModifiedFields: always };
}

/** `null` for what is no file that can be looked at: the framework says what that means. */
function versionOf(file: string): FileVersion | null {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() === true ? fileVersion(stats) : null;
  } catch {
    return null;
  }
}

async function stream(known: Known, decision: ContentDecision): Promise<Reply | null> {
  const opened = await openVersion(known.listed.file, known.version);
  return opened === null ? null : fileReply(decision, opened, known.facts.sizeBytes);
}
