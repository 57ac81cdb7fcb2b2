// Does a file answer this request? The static phase: mounts and a head in, a reply or nothing out.

import type { Reply, RequestHead } from "../engine/engine.ts";
import { acceptsType } from "../http/accept.ts";
import { resolveDotSegments } from "../http/request-path.ts";
import { parseAcceptEncoding, preferredCoding } from "../http/encoding.ts";
import { Catalog, type CatalogOptions, type Known } from "./catalog.ts";
import { decide } from "./decide.ts";
import type { Entry, Variant } from "./entry.ts";
import { listingReply } from "./listing.ts";
import { type Mount, type MountTable, openMounts } from "./mount.ts";
import { ALLOW, refusal } from "./refusal.ts";
import { bodilessReply, fileReply, hasContent, memoryReply } from "./reply.ts";
import { type Refused, refusedBy } from "./search.ts";
import { openDescribed } from "./unmoved.ts";

/**
 * Answers a head, or gives `null` when the next phase is to answer it.
 *
 * What needs no look at the disk, such as a path outside every mount or a small file seen within the revalidation interval,
 * is answered without a promise. Rejects only where the disk itself fails.
 */
export type StaticPhase = (head: RequestHead) => Reply | null | Promise<Reply | null>;

export interface StaticPhaseOptions extends Partial<CatalogOptions> {
  /** Directories of users' uploads: nothing in them may run (A56). */
  readonly uploads?: MountTable;
  /**
   * True when an app stands behind: what is not found and methods other than GET and HEAD are left to it, unless a mount
   * says otherwise. Found files, invalid paths (400), files the server may not read (403) and exhausted descriptors (503)
   * are answered here.
   */
  readonly fallthrough: boolean;
}

const DEFAULTS: CatalogOptions = { revalidateMs: 1_000, cacheBytes: 64 * 1024 * 1024, warn: () => {} };

/**
 * Serves directories. `mounts` maps a URL prefix (`"/"`, `"/assets"`) to a directory; the longest prefix wins.
 *
 * @throws ServerError `ERR_STATIC_ROOT` for a directory that is missing or cannot be read, `ERR_OPTIONS_INVALID` for a
 * prefix that matches no path.
 */
export function createStatic(mounts: MountTable, options: StaticPhaseOptions): StaticPhase {
  const opened = openMounts(mounts, options.uploads ?? {}, options.fallthrough);
  const site = new Site(new Catalog(opened, { ...DEFAULTS, ...options }), options.fallthrough);
  return (head) => site.answer(head);
}

class Site {
  readonly #catalog: Catalog;
  readonly #fallthrough: boolean;

  constructor(catalog: Catalog, fallthrough: boolean) {
    this.#catalog = catalog;
    this.#fallthrough = fallthrough;
  }

  answer(head: RequestHead): Reply | null | Promise<Reply | null> {
    if (head.method !== "GET" && head.method !== "HEAD") return this.#answerOther(head);
    const nowMs = Date.now();
    const known = this.#catalog.recall(head.path, nowMs) ?? this.#catalog.find(head.path, nowMs);
    if (known === null) return this.#fallthrough ? null : refusal(404, head);
    return known instanceof Promise
      ? known.then((found) => this.#reply(found, head, nowMs))
      : this.#reply(known, head, nowMs);
  }

  #answerOther(head: RequestHead): Reply | null {
    const mount = this.#catalog.mountOf(head.path);
    if (mount === null) return this.#fallthrough ? null : refusal(404, head);
    if (mount.fallsThrough) return null;
    if (head.method !== "OPTIONS") return refusal(405, head);
    const fields = [...ALLOW, "x-content-type-options", "nosniff"];
    return { status: 204, reason: "", fields, body: null, sizeBytes: null, close: false };
  }

  #reply(known: Known, head: RequestHead, nowMs: number): Reply | null | Promise<Reply | null> {
    const { finding, mount } = known;
    switch (finding.kind) {
      case "entry":
        return this.#entryReply(mount, finding.entry, head, nowMs);
      case "redirect":
        return redirectReply(finding.location, head);
      case "listing":
        return listingReply(finding, mount, head).catch((error: unknown) =>
          refusedReply(refusedBy(error), mount, head),
        );
      case "refused":
        return finding.status === 404 ? this.#missingReply(mount, head, nowMs) : refusal(finding.status, head);
    }
  }

  #entryReply(mount: Mount, entry: Entry, head: RequestHead, nowMs: number): Reply | Promise<Reply | null> {
    const variant = entry.coded.length === 0 ? entry.identity : negotiate(entry, head);
    if (!head.isConditional && head.method === "GET") {
      const { whole } = variant;
      if (whole === null) return this.#read(mount, variant, head, nowMs);
      variant.askedMs = nowMs;
      return whole;
    }
    const decision = decide(variant, head, nowMs);
    if (decision.status === 304) return variant.notModified;
    if (head.method === "HEAD" || !hasContent(decision)) return bodilessReply(decision, variant.sizeBytes, head);
    if (variant.bytes === null) return this.#read(mount, variant, head, nowMs);
    variant.askedMs = nowMs;
    return memoryReply(decision, variant.bytes);
  }

  /** What is not in memory, or not yet. */
  async #read(mount: Mount, variant: Variant, head: RequestHead, nowMs: number): Promise<Reply | null> {
    const content = await this.#catalog.content(variant, nowMs);
    if (content === null) return diskReply(mount, variant, head, nowMs);
    if (!(content instanceof Uint8Array)) return refusedReply(content, mount, head);
    const decision = decide(variant, head, nowMs);
    if (!hasContent(decision)) return bodilessReply(decision, variant.sizeBytes, head);
    return (decision.status === 200 ? variant.whole : null) ?? memoryReply(decision, content);
  }

  /** No such file: the page of an application, the next phase, a page that says so. */
  #missingReply(mount: Mount, head: RequestHead, nowMs: number): Reply | null | Promise<Reply | null> {
    const { spa, notFound } = mount.settings;
    if (spa !== false && isNavigation(head, spa.except)) return this.#spaReply(mount, spa.file, head, nowMs);
    if (mount.fallsThrough) return null;
    return notFound === false ? refusal(404, head) : this.#notFoundReply(mount, notFound, head, nowMs);
  }

  async #spaReply(mount: Mount, file: string, head: RequestHead, nowMs: number): Promise<Reply | null> {
    const entry = await this.#entryOf(mount, file, nowMs);
    if (entry === null) return refusedReply(MISSING, mount, head);
    const reply = await this.#entryReply(mount, entry, head, nowMs);
    return reply === null ? null : varyingByAccept(reply);
  }

  /** Whole, without validators: it is no representation of what was asked for (A37). */
  async #notFoundReply(mount: Mount, file: string, head: RequestHead, nowMs: number): Promise<Reply> {
    const entry = await this.#entryOf(mount, file, nowMs);
    if (entry === null) return refusal(404, head);
    const { identity } = entry;
    const bytes = identity.bytes ?? (await this.#catalog.page(identity));
    identity.askedMs = nowMs;
    if (!(bytes instanceof Uint8Array)) return refusal(404, head);
    const fields = [
      "content-type",
      identity.fields[1]!,
      "cache-control",
      "no-store",
      "x-content-type-options",
      "nosniff",
    ];
    const isHead = head.method === "HEAD";
    const sizeBytes = isHead ? bytes.length : null;
    return { status: 404, reason: "", fields, body: isHead ? null : bytes, sizeBytes, close: false };
  }

  async #entryOf(mount: Mount, file: string, nowMs: number): Promise<Entry | null> {
    const { finding } = await this.#catalog.locate(mount, { names: file.split("/"), isDirectory: false }, nowMs);
    return finding.kind === "entry" ? finding.entry : null;
  }
}

const MISSING: Refused = { kind: "refused", status: 404 };

function negotiate(entry: Entry, head: RequestHead): Variant {
  const acceptance = parseAcceptEncoding(head.field("accept-encoding"));
  return preferredCoding(acceptance, entry.coded)?.variant ?? entry.identity;
}

/** The descriptor decides, not the catalog: fields have to belong to the bytes that follow them (A59). */
async function diskReply(mount: Mount, variant: Variant, head: RequestHead, nowMs: number): Promise<Reply | null> {
  try {
    const opened = await openDescribed(variant, nowMs);
    if (opened === null) return refusedReply(MISSING, mount, head);
    const { file, current } = opened;
    const decision = decide(current, head, nowMs);
    if (hasContent(decision)) return await fileReply(decision, file, current.sizeBytes);
    await file.handle.close();
    return bodilessReply(decision, current.sizeBytes, head);
  } catch (error) {
    return refusedReply(refusedBy(error), mount, head);
  }
}

function refusedReply({ status }: Pick<Refused, "status">, mount: Mount, head: RequestHead): Reply | null {
  return status === 404 && mount.fallsThrough ? null : refusal(status, head);
}

/** Is a browser asking for a page, where an application answers for its paths (A36)? */
function isNavigation(head: RequestHead, except: readonly string[]): boolean {
  const path = resolveDotSegments(head.path);
  if (path.slice(path.lastIndexOf("/") + 1).includes(".")) return false;
  const isExcepted = ["/.well-known", ...except].some((prefix) => {
    const bare = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
    return path === bare || path.startsWith(`${bare}/`);
  });
  return !isExcepted && acceptsType(head.field("accept"), "text/html");
}

/** Another `Accept` gets another answer for the same path, which caches have to know (RFC 9110 section 12.5.5). */
function varyingByAccept(reply: Reply): Reply {
  const fields = [...reply.fields];
  const place = fields.findIndex((text, i) => i % 2 === 0 && text === "vary");
  const names = place < 0 ? [] : fields[place + 1]!.split(", ");
  if (names.includes("accept")) return reply;
  if (place < 0) fields.push("vary", "accept");
  else fields[place + 1] = [...names, "accept"].join(", ");
  // Without its block of octets, which says the old fields.
  const { status, reason, body, sizeBytes, close } = reply;
  return { status, reason, fields, body, sizeBytes, close };
}

/** The location is a path with single slashes, so it cannot name another host (A32, A33). The query stays. */
function redirectReply(location: string, head: RequestHead): Reply {
  const query = head.target.slice(head.path.length);
  const fields = ["location", location + query, "cache-control", "no-cache", "x-content-type-options", "nosniff"];
  return { status: 308, reason: "", fields, body: null, sizeBytes: 0, close: false };
}
