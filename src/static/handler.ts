// Does a file answer this request? The static phase: mounts and a head in, a reply or nothing out.

import { realpath } from "node:fs/promises";
import type { Reply, ReplyBody, RequestHead } from "../engine/engine.ts";
import { resolveDotSegments } from "../http/request-path.ts";
import type { Finding, Refused } from "./catalog.ts";
import { Catalog, refusedBy } from "./catalog.ts";
import type { Decision } from "./decide.ts";
import { decide } from "./decide.ts";
import type { Entry } from "./entry.ts";
import { createEntry, isSameVersion } from "./entry.ts";
import type { OpenFile } from "./file.ts";
import { FileSource, openFile } from "./file.ts";
import { mountFor, openMounts } from "./mount.ts";
import { ALLOW, refusal } from "./refusal.ts";

/**
 * Answers a head, or gives `null` when the next phase is to answer it.
 *
 * What needs no look at the disk, such as a path outside every mount or a small file seen within the last second, is
 * answered without a promise. Rejects only where the disk itself fails.
 */
export type StaticPhase = (head: RequestHead) => Reply | null | Promise<Reply | null>;

export interface StaticOptions {
  /**
   * True when an app stands behind: what is not found and methods other than GET and HEAD are left to it. Found files,
   * invalid paths (400), files the server may not read (403) and exhausted descriptors (503) are answered here.
   */
  readonly fallthrough: boolean;
}

/**
 * Serves directories. `mounts` maps a URL prefix (`"/"`, `"/assets"`) to a directory; the longest prefix wins.
 *
 * @throws ServerError `ERR_STATIC_ROOT` for a directory that is missing or cannot be read, `ERR_OPTIONS_INVALID` for a
 * prefix that matches no path.
 */
export function createStatic(mounts: Readonly<Record<string, string>>, options: StaticOptions): StaticPhase {
  const opened = openMounts(mounts);
  const catalog = new Catalog();
  const { fallthrough } = options;

  return (head) => {
    const path = resolveDotSegments(head.path);
    const mount = mountFor(path, opened);
    if (mount === null) return fallthrough ? null : refusal(404, head.method);
    if (head.method !== "GET" && head.method !== "HEAD") return fallthrough ? null : otherMethodReply(head);
    const ask: Ask = { head, nowMs: Date.now(), fallthrough };
    const finding = catalog.find(mount, path, ask.nowMs);
    return finding instanceof Promise ? finding.then((found) => replyTo(found, ask)) : replyTo(finding, ask);
  };
}

interface Ask {
  readonly head: RequestHead;
  readonly nowMs: number;
  readonly fallthrough: boolean;
}

function replyTo(finding: Finding, ask: Ask): Reply | null | Promise<Reply | null> {
  if (finding.kind === "entry") return fileReply(finding.entry, ask);
  return finding.kind === "redirect" ? redirectReply(finding.location, ask.head) : refusedReply(finding, ask);
}

function refusedReply({ status }: Pick<Refused, "status">, { head, fallthrough }: Ask): Reply | null {
  return status === 404 && fallthrough ? null : refusal(status, head.method);
}

function fileReply(entry: Entry, ask: Ask): Reply | Promise<Reply | null> {
  const decision = decide(entry, ask.head, ask.nowMs);
  if (ask.head.method === "HEAD" || !hasContent(decision)) return bodilessReply(decision, entry, ask.head);
  if (entry.bytes === null) return diskReply(entry, ask);
  const { range } = decision;
  return contentReply(decision, range === null ? entry.bytes : entry.bytes.subarray(range.start, range.end + 1));
}

/** The descriptor decides, not the catalog: fields have to belong to the bytes that follow them (A59). */
async function diskReply(entry: Entry, ask: Ask): Promise<Reply | null> {
  let opened: OpenFile | null;
  try {
    opened = await openUnmoved(entry);
  } catch (error) {
    return refusedReply(refusedBy(error), ask);
  }
  if (opened === null) return refusedReply({ status: 404 }, ask);

  const { handle, version } = opened;
  const current = isSameVersion(version, entry.version) ? entry : createEntry({ ...entry, version });
  const decision = decide(current, ask.head, ask.nowMs);
  if (hasContent(decision) && current.sizeBytes > 0) {
    const whole = { start: 0, end: current.sizeBytes - 1 };
    return contentReply(decision, new FileSource(handle, decision.range ?? whole));
  }
  await handle.close();
  return hasContent(decision) ? contentReply(decision, new Uint8Array(0)) : bodilessReply(decision, current, ask.head);
}

/** `null` for what is no regular file, or not where it was when it was found inside the root. */
async function openUnmoved(entry: Entry): Promise<OpenFile | null> {
  const opened = await openFile(entry.file);
  if (opened === null || isSameVersion(opened.version, entry.version)) return opened;
  // Another file by now: a directory above it may have become a link that leads out of the root.
  const realFile = await realpath(entry.file).catch(() => null);
  if (realFile === entry.file) return opened;
  await opened.handle.close();
  return null;
}

type ContentDecision = Decision & { status: 200 | 206 };

function hasContent(decision: Decision): decision is ContentDecision {
  return decision.status === 200 || decision.status === 206;
}

function contentReply({ status, fields }: ContentDecision, body: ReplyBody): Reply {
  return { status, reason: "", fields, body, sizeBytes: null, close: false };
}

function bodilessReply({ status, fields }: Decision, entry: Entry, head: RequestHead): Reply {
  if (status === 412 || status === 416) return refusal(status, head.method, fields);
  // A 304 announces no length (A6).
  const sizeBytes = status === 304 ? null : entry.sizeBytes;
  return { status, reason: "", fields, body: null, sizeBytes, close: false };
}

/** The location is a path with single slashes, so it cannot name another host (A32, A33). The query stays. */
function redirectReply(location: string, head: RequestHead): Reply {
  const query = head.target.slice(head.path.length);
  const fields = ["location", location + query, "cache-control", "no-cache", "x-content-type-options", "nosniff"];
  return { status: 308, reason: "", fields, body: null, sizeBytes: 0, close: false };
}

function otherMethodReply({ method }: RequestHead): Reply {
  if (method !== "OPTIONS") return refusal(405, method);
  const fields = [...ALLOW, "x-content-type-options", "nosniff"];
  return { status: 204, reason: "", fields, body: null, sizeBytes: null, close: false };
}
