// The answer that a library writes to an upgrade, octet by octet: 101, or a refusal with a body.

import type { Reply } from "../engine/engine.ts";

/** More than any library writes. */
const HEAD_BYTES = 64 * 1024;
/** A refusal is a sentence, or a page. */
const BODY_BYTES = 1024 * 1024;

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[\t ]*(?:;[^\r\n]*)?$/;

/** Those that the engine writes, or that are about a connection which is not the library's. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "sec-websocket-accept",
]);

/** How the end of a refusal's body is told (RFC 9112 section 6.3). */
type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** For a Reply: name, value … in lower case. */
  readonly fields: readonly string[];
  /** An extension that the library believes to have agreed, or `null`. */
  readonly extensions: string | null;
  readonly framing: Framing;
}

/**
 * Takes what is written to a socket that was offered for an upgrade. @throws RangeError for what is no answer of HTTP/1.
 */
export class RawAnswer {
  head: AnswerHead | null = null;
  private bytes: Buffer = Buffer.alloc(0);

  /** Gives what follows a 101, which are frames already; nothing otherwise. */
  push(chunk: Uint8Array): Uint8Array | null {
    this.bytes = this.bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.bytes, chunk]);
    if (this.head === null) {
      const end = this.bytes.indexOf("\r\n\r\n");
      if (end < 0 && this.bytes.length > HEAD_BYTES) throw new RangeError("its head has no end");
      if (end < 0) return null;
      this.head = parseHead(this.bytes.toString("latin1", 0, end));
      this.bytes = this.bytes.subarray(end + 4);
      if (this.head.status === 101) return this.bytes;
    }
    if (this.bytes.length > BODY_BYTES) throw new RangeError("its body is longer than a mebibyte");
    return null;
  }

  /**
   * The refusal, once it is complete; `null` before. `isEnd`: nothing more comes, and what there is of a body is the body.
   */
  reply(isEnd: boolean): Reply | null {
    const { head } = this;
    if (head === null) return null;
    const body = this.body(head.framing, isEnd);
    if (body === null) return null;
    const { status, reason, fields } = head;
    const isBodyless = status === 204 || status === 304;
    return { status, reason, fields, body: isBodyless ? null : body, sizeBytes: null, close: true };
  }

  private body(framing: Framing, isEnd: boolean): Buffer | null {
    if (framing.kind === "chunked") return unchunked(this.bytes) ?? (isEnd ? this.bytes : null);
    if (framing.kind === "close") return isEnd ? this.bytes : null;
    const { bytes } = framing;
    return this.bytes.length >= bytes || isEnd ? this.bytes.subarray(0, bytes) : null;
  }
}

function parseHead(text: string): AnswerHead {
  const [first, ...lines] = text.split("\r\n");
  const match = STATUS_LINE.exec(first ?? "");
  const status = Number(match?.[1]);
  if (match === null || (status < 200 && status !== 101)) throw new RangeError("its first line is no status line");
  const fields: string[] = [];
  let framing: Framing = status === 204 || status === 304 ? { kind: "length", bytes: 0 } : { kind: "close" };
  let extensions: string | null = null;
  for (const line of lines) {
    const [, written = "", value = ""] = FIELD_LINE.exec(line) ?? [];
    if (written === "") throw new RangeError("a line of its head is no field");
    const name = written.toLowerCase();
    if (name === "transfer-encoding" && /chunked$/iu.test(value)) framing = { kind: "chunked" };
    else if (name === "content-length" && framing.kind !== "chunked") framing = lengthOf(value);
    if (name === "sec-websocket-extensions") {
      if (value !== "") extensions = value;
    } else if (!CONNECTION_FIELDS.has(name)) fields.push(name, value);
  }
  return { status, reason: match[2] ?? "", fields, extensions, framing };
}

function lengthOf(value: string): Framing {
  if (!/^\d{1,15}$/u.test(value)) throw new RangeError("its Content-Length is no number");
  return { kind: "length", bytes: Number(value) };
}

/** The content of chunks, once the last one is there; `null` for anything else (RFC 9112 section 7.1). */
function unchunked(bytes: Buffer): Buffer | null {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(CHUNK_LINE.exec(bytes.toString("latin1", at, lineEnd))?.[1] ?? "", 16);
    if (Number.isNaN(size)) return null;
    const start = lineEnd + 2;
    if (size === 0)
      return bytes.includes("\r\n\r\n", lineEnd - 1) || bytes.indexOf("\r\n", start) === start
        ? Buffer.concat(pieces)
        : null;
    if (bytes.length < start + size + 2) return null;
    pieces.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
