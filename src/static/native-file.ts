// How is a Response with a file sent natively? Its fields, the descriptor and the request in, a reply out (H61, H62).

import { realpath } from "node:fs/promises";
import type { FileDescriptor } from "../contract.ts";
import type { Reply, RequestHead } from "../engine/engine.ts";
import { formatHttpDate, parseHttpDate } from "../http/http-date.ts";
import { type Answerable, decide } from "./decide.ts";
import type { VariantFacts } from "./entry.ts";
import { FileSource, type OpenFile, openFile } from "./file.ts";
import { isInside, isMissing } from "./file-response.ts";
import { refusal } from "./refusal.ts";
import { bodilessReply, fileReply, hasContent } from "./reply.ts";
import { type FileVersion, timeValidators } from "./version.ts";

/**
 * The reply that sends the file: `reply` has the status and the fields that the handler wants. The descriptor decides about
 * what is sent, so fields belong to the bytes (A59, H63).
 *
 * Rejects where the disk fails other than by having no such file.
 */
export async function nativeFileReply(
  reply: Reply,
  descriptor: FileDescriptor,
  head: RequestHead,
  nowMs: number,
): Promise<Reply> {
  const opened = await openInside(descriptor);
  if (opened === null) return refusal(404, head);
  try {
    return await answer(reply, descriptor, opened, head, nowMs);
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
}

async function answer(
  reply: Reply,
  descriptor: FileDescriptor,
  opened: OpenFile,
  head: RequestHead,
  nowMs: number,
): Promise<Reply> {
  const isHead = head.method === "HEAD";
  const size = Number(opened.version.size);
  const start = descriptor.start ?? 0;
  const end = descriptor.end ?? size - 1;
  const isPart = descriptor.start !== undefined || descriptor.end !== undefined;
  if (reply.status === 200 && !isPart && (isHead || head.method === "GET")) {
    const facts = factsOf(reply.fields, descriptor, opened.version, nowMs);
    const answerable: Answerable = { conditional: descriptor.conditional, ranges: descriptor.ranges };
    const decision = decide(facts, head, nowMs, answerable);
    if (!isHead && hasContent(decision)) {
      return { ...(await fileReply(decision, opened, size)), close: reply.close };
    }
    await opened.handle.close();
    return { ...bodilessReply(decision, size, head), close: reply.close };
  }
  const length = end - start + 1;
  if (isHead || length <= 0) {
    await opened.handle.close();
    return { ...reply, body: isHead ? null : "", sizeBytes: isHead ? Math.max(0, length) : null };
  }
  return { ...reply, body: new FileSource(opened.handle, [{ start, end }]), sizeBytes: null };
}

/** `null` for what is no regular file any more, or not inside the root. */
async function openInside({ path, root }: FileDescriptor): Promise<OpenFile | null> {
  try {
    const file = await realpath(path);
    if (root !== null && !isInside(file, await realpath(root))) return null;
    return await openFile(file);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Validators that the handler set win; those that were the file's own are the open file's. */
function factsOf(
  given: readonly string[],
  descriptor: FileDescriptor,
  version: FileVersion,
  nowMs: number,
): VariantFacts {
  const current = timeValidators(version, "", nowMs);
  const fields: string[] = [];
  const notModifiedFields: string[] = [];
  let etag: string | null = null;
  let lastModifiedMs: number | null = null;
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i]!;
    let value: string | null = given[i + 1]!;
    if (name === "etag") etag = value = value === descriptor.etag ? current.etag : value;
    if (name === "last-modified") {
      if (value === descriptor.lastModified) {
        value = current.lastModifiedMs === null ? null : formatHttpDate(current.lastModifiedMs);
      }
      lastModifiedMs = value === null ? null : parseHttpDate(value, nowMs);
    }
    if (value === null) continue;
    fields.push(name, value);
    // A 304 says nothing about content that is not in it (A6).
    const isOfContent = name === "last-modified" || (name.startsWith("content-") && !name.startsWith("content-s"));
    if (!isOfContent || name === "content-location") notModifiedFields.push(name, value);
  }
  return { sizeBytes: Number(version.size), etag, lastModifiedMs, fields, notModifiedFields };
}
