// How does a decision become a reply: from memory, from an open file, whole, in one range or in several?

import { randomBytes } from "node:crypto";
import type { Reply, ReplyBody, RequestHead } from "../engine/engine.ts";
import { headBlock, isAscii } from "../http/head-block.ts";
import { byteRangesBody } from "../http/multipart.ts";
import { type ByteRange, formatContentRange } from "../http/range.ts";
import type { Decision } from "./decide.ts";
import { FileSource, type OpenFile, type Piece } from "./file.ts";
import { refusal } from "./refusal.ts";

/** A decision that has bytes of the file. */
export type ContentDecision = Decision & { status: 200 | 206 };

export function hasContent(decision: Decision): decision is ContentDecision {
  return decision.status === 200 || decision.status === 206;
}

/** The answer without content: to HEAD, and for what is not 200 or 206. */
export function bodilessReply(
  decision: Decision,
  sizeBytes: number,
  head: Pick<RequestHead, "method" | "field">,
): Reply {
  const { status, fields } = decision;
  if (status === 412 || status === 416) return refusal(status, head, fields);
  // A 304 announces no length (A6).
  return { status, reason: "", fields, body: null, sizeBytes: status === 304 ? null : sizeBytes, close: false };
}

/** The answer with content that is in memory. */
export function memoryReply(decision: ContentDecision, bytes: Uint8Array): Reply {
  const [range, second] = decision.ranges;
  if (range === undefined) return contentReply(decision.status, decision.fields, bytes);
  if (second === undefined) return partReply(decision.fields, range, bytes);
  const { fields, pieces } = multipart(decision, bytes.length);
  const parts = pieces.map((piece) => (piece instanceof Uint8Array ? piece : bytesOf(piece, bytes)));
  return contentReply(206, fields, Buffer.concat(parts));
}

/** The answer with content of an open file of `sizeBytes`, which is closed when that is sent. */
export async function fileReply(decision: ContentDecision, { handle }: OpenFile, sizeBytes: number): Promise<Reply> {
  if (sizeBytes === 0) {
    await handle.close();
    return contentReply(decision.status, decision.fields, new Uint8Array(0));
  }
  const { ranges } = decision;
  if (ranges.length > 1) {
    const { fields, pieces } = multipart(decision, sizeBytes);
    return contentReply(206, fields, new FileSource(handle, pieces));
  }
  const [range] = ranges;
  const source = new FileSource(handle, [range ?? { start: 0, end: sizeBytes - 1 }]);
  await source.readAhead();
  const { fields } = decision;
  return contentReply(
    decision.status,
    range === undefined ? fields : [...fields, "content-range", formatContentRange(range, sizeBytes)],
    source,
  );
}

function contentReply(status: number, fields: readonly string[], body: ReplyBody): Reply {
  return { status, reason: "", fields, body, sizeBytes: null, close: false };
}

/** The heads of 206 replies up to what says which part it is; `null` where that is not ASCII. By fields, which last as long as the file. */
const partHeads = new WeakMap<readonly string[], string | null>();

function partReply(fields: readonly string[], range: ByteRange, bytes: Uint8Array): Reply {
  const contentRange = formatContentRange(range, bytes.length);
  const reply = contentReply(206, [...fields, "content-range", contentRange], bytesOf(range, bytes));
  let head = partHeads.get(fields);
  if (head === undefined) {
    head = headBlock(206, "", fields);
    partHeads.set(fields, (head = isAscii(head) ? head : null));
  }
  return head === null ? reply : { ...reply, block: `${head}\r\ncontent-range: ${contentRange}` };
}

/** A plain view: the `subarray` of a Buffer makes another Buffer, which takes five times as long. */
function bytesOf({ start, end }: ByteRange, { buffer, byteOffset }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset + start, end + 1 - start);
}

/** The type of the file goes into each part; the reply gets that of the whole. */
function multipart(decision: ContentDecision, sizeBytes: number): { fields: readonly string[]; pieces: Piece[] } {
  const at = decision.fields.findIndex((field, i) => i % 2 === 0 && field === "content-type");
  const type = at < 0 ? "application/octet-stream" : decision.fields[at + 1]!;
  const boundary = randomBytes(15).toString("hex");
  const { contentType, pieces } = byteRangesBody(decision.ranges, sizeBytes, type, boundary);
  const others = at < 0 ? decision.fields : decision.fields.toSpliced(at, 2);
  return {
    fields: ["content-type", contentType, ...others],
    pieces: pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)),
  };
}
