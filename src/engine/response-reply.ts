// What goes on the wire for what a handler returned (Response -> Reply), and for what the host itself says?
// Whoever made the Response, everything in it is checked again here (H29, H30).

import { STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import { ServerError } from "../errors.ts";
import { fieldName, hasOption, isFieldValue, isReason, parseLength } from "../http/header-list.ts";
import type { Reply, ReplyBody } from "./engine.ts";
import { blobSource, discard, streamSource } from "./response-body.ts";
import type { ByteStream, LengthMismatch } from "./response-body.ts";
import { isForBytes, SoonEnding } from "./response-soon.ts";
import { access, FORM_FIELDS, GenuineResponse, JSON_FIELDS, NO_FIELDS, TEXT_FIELDS } from "./response-light.ts";
import type { KnownBody } from "./response-light.ts";

/** H32, and the two fields that say something about this message only. */
export const NOT_FORWARDED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const PLAIN_FIELDS: readonly string[] = Object.freeze([
  "content-type",
  "text/plain; charset=utf-8",
  "cache-control",
  "no-store",
]);

// Where undici 6 (Node 20 and 22) keeps a Response's state; absent where it uses private fields.
const STATE: symbol | undefined = Object.getOwnPropertySymbols(new GenuineResponse("probe")).find(
  (symbol) => innerBody(new GenuineResponse("probe"), symbol)?.source === "probe",
);

/** What was read of a Response, nothing of it judged yet but the body. */
interface Parts {
  readonly status: unknown;
  readonly reason: unknown;
  /** Checked field lines with names in lower case, or something to iterate. */
  readonly fields: readonly string[] | null;
  readonly headers: unknown;
  readonly body: KnownBody | ByteStream | null;
}

/**
 * The reply for what a handler returned.
 *
 * Takes anything that has the shape of a Response (T6): ours, the platform's, of another realm or package. The body counts
 * as used afterwards, so one Response with a body can be sent once (A1). `lengthMismatch` hears of a `content-length` that
 * is not the number of bytes: at once for a body of known size, whose real size is sent (H36), later for a stream that is
 * longer (H38). It must not throw.
 *
 * @throws ServerError `ERR_RESPONSE_INVALID` for anything that cannot be sent; a body stream in it is cancelled then.
 */
export function replyFrom(response: unknown, method: string, lengthMismatch?: LengthMismatch): Reply {
  if (typeof response !== "object" || response === null) throw invalid(`The handler returned ${naming(response)}.`);
  if (!access.isLight(response)) return checked(readParts(response), method, lengthMismatch);
  const fields = access.fields(response);
  const status = access.status(response);
  const reason = access.reason(response);
  const body = access.take(response);
  if (body === undefined) throw invalid(USED);
  if (fields !== null && areForwarded(fields) && (body === null || isInline(body))) {
    return { status, reason, fields, body, sizeBytes: null, close: false };
  }
  const headers = fields === null ? access.headers(response) : null;
  return checked({ status, reason, fields, headers, body }, method, lengthMismatch);
}

/**
 * An answer of the host's own: text/plain, not to be stored by caches.
 *
 * `text` defaults to the standard reason phrase of the status. `extraFields` are name, value, name, value … and are not
 * checked. A status that has no body (204, 205, 304) gets none.
 */
export function plainReply(
  status: number,
  text: string = STATUS_CODES[status] ?? "",
  extraFields: readonly string[] = NO_FIELDS,
  close: boolean = false,
): Reply {
  const fields = extraFields.length === 0 ? PLAIN_FIELDS : [...PLAIN_FIELDS, ...extraFields];
  return { status, reason: "", fields, body: isBodiless(status) ? null : text, sizeBytes: null, close };
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function isInline(body: KnownBody | ByteStream): body is string | Uint8Array {
  return typeof body === "string" || body instanceof Uint8Array;
}

function areForwarded(fields: readonly string[]): boolean {
  if (fields === TEXT_FIELDS || fields === JSON_FIELDS || fields === NO_FIELDS || fields === FORM_FIELDS) return true;
  for (let i = 0; i < fields.length; i += 2) {
    if (NOT_FORWARDED.has(fields[i] as string)) return false;
  }
  return true;
}

/** Reads each property of a Response that is not ours once, so that what was checked is what is sent. */
function readParts(response: object): Parts {
  const { status, statusText, headers, body, bodyUsed } = response as Partial<Record<keyof Response, unknown>>;
  if (body === undefined && status === undefined) throw invalid(`The handler returned ${naming(response)}.`);
  if (body !== null && !isByteStream(body)) {
    throw invalid(`The handler returned a Response whose body is ${naming(body)}, not null or a ReadableStream.`);
  }
  if (body !== null && (body.locked || bodyUsed === true || Readable.isDisturbed(body as never))) throw invalid(USED);
  const kept = body === null ? null : keptSource(response, body);
  return { status, reason: statusText ?? "", fields: null, headers, body: kept ?? body };
}

function isByteStream(value: unknown): value is ByteStream {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof ReadableStream) return true;
  const { getReader, cancel, locked } = value as Partial<Record<keyof ByteStream, unknown>>;
  return typeof getReader === "function" && typeof cancel === "function" && typeof locked === "boolean";
}

/** What the untouched stream of a genuine Response was made from: nothing has to be read and the size is known (H36). */
function keptSource(response: object, stream: ByteStream): KnownBody | null {
  if (STATE === undefined || !(response instanceof GenuineResponse)) return null;
  const inner = innerBody(response, STATE);
  if (inner?.stream !== stream) return null;
  const { source } = inner;
  if (typeof source !== "string" && !(source instanceof Uint8Array) && !(source instanceof Blob)) return null;
  discard(stream, "sent");
  return source;
}

function innerBody(response: object, symbol: symbol): { source?: unknown; stream?: unknown } | null | undefined {
  const state = Reflect.get(response, symbol) as { body?: { source?: unknown; stream?: unknown } | null } | null;
  return state?.body;
}

function checked(parts: Parts, method: string, lengthMismatch: LengthMismatch | undefined): Reply {
  const { status, reason, fields, headers, body } = parts;
  try {
    if (!isStatus(status)) {
      const found = status === 0 ? "Response.error()" : `a Response with status ${String(status)}`;
      throw invalid(`The handler returned ${found}.`);
    }
    if (typeof reason !== "string" || !isReason(reason)) {
      throw invalid("The handler returned a Response whose statusText is not a reason phrase of one line of latin-1.");
    }
    const lines = new Lines(status);
    if (fields !== null) lines.addChecked(fields);
    else lines.addHeaders(headers);
    return assemble(status, reason, lines, body, method, lengthMismatch);
  } catch (error) {
    if (isByteStream(body)) discard(body, error);
    throw error;
  }
}

function isStatus(status: unknown): status is number {
  return typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599;
}

function assemble(
  status: number,
  reason: string,
  { fields, declared, close }: Lines,
  body: KnownBody | ByteStream | null,
  method: string,
  lengthMismatch: LengthMismatch | undefined,
): Reply {
  if (isBodiless(status) && isByteStream(body))
    discard(body, new TypeError(`A response of status ${status} has no body.`));
  if (body === null || isBodiless(status)) {
    const announces = status === 304 || (method === "HEAD" && !isBodiless(status));
    const sizeBytes = announces && declared !== null ? announced(declared) : null;
    if (!announces) compare(declared, 0, lengthMismatch);
    return { status, reason, fields, body: null, sizeBytes, close };
  }
  if (isByteStream(body)) {
    const sizeBytes = declared === null ? null : announced(declared);
    const endsSoon = STATE === undefined && declared === null && isForBytes(body);
    const source = streamSource(body, sizeBytes, lengthMismatch);
    return { status, reason, fields, body: endsSoon ? new SoonEnding(source) : source, sizeBytes: null, close };
  }
  compare(declared, sizeOf(body), lengthMismatch);
  return { status, reason, fields, body: isInline(body) ? body : blobBody(body), sizeBytes: null, close };
}

/** @throws ServerError where the syntax is wrong: a stream cannot be framed by it. */
function announced(declared: string): number {
  const length = parseLength(declared);
  if (length === null) throw invalid("The handler returned a Response whose content-length is not a number of bytes.");
  return length;
}

function compare(declared: string | null, actual: number, lengthMismatch: LengthMismatch | undefined): void {
  if (declared !== null && parseLength(declared) !== actual) lengthMismatch?.(declared, actual);
}

function sizeOf(body: KnownBody): number {
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : body.size;
}

function blobBody(blob: Blob): ReplyBody {
  return blob.size === 0 ? "" : blobSource(blob);
}

/** A header list made fit for a reply: what is not forwarded is taken out, and what it meant is remembered. */
class Lines {
  readonly fields: string[] = [];
  /** What the handler said of the length. */
  declared: string | null = null;
  close = false;
  readonly #status: number;

  constructor(status: number) {
    this.#status = status;
  }

  addChecked(fields: readonly string[]): void {
    for (let i = 0; i < fields.length; i += 2) this.#add(fields[i] as string, fields[i + 1] as string);
  }

  /** Cookies are asked for apart: not every implementation gives them one by one when iterated (H31). */
  addHeaders(headers: unknown): void {
    if (!isHeaders(headers)) {
      throw invalid(`The handler returned a Response whose headers are ${naming(headers)}, not a Headers object.`);
    }
    for (const line of headers) {
      const [name, value] = [line[0], line[1]];
      if (name !== "set-cookie") this.#check(name, value);
    }
    for (const cookie of headers.getSetCookie()) this.#check("set-cookie", cookie);
  }

  #check(given: unknown, value: unknown): void {
    const name = typeof given === "string" ? fieldName(given) : null;
    if (name === null) {
      throw invalid(
        `The handler returned a Response with the header name ${JSON.stringify(given)}, which is no token.`,
      );
    }
    if (typeof value !== "string" || !isFieldValue(value)) {
      throw invalid(`The handler returned a Response whose header ${name} has a value with CR, LF, NUL or no latin-1.`);
    }
    this.#add(name, value);
  }

  #add(name: string, value: string): void {
    if (!NOT_FORWARDED.has(name) || (name === "upgrade" && this.#status === 426)) this.fields.push(name, value);
    else if (name === "content-length") this.declared = this.declared === null ? value : `${this.declared}, ${value}`;
    else if (name === "connection" && hasOption(value, "close")) this.close = true;
  }
}

type HeadersLike = Iterable<readonly unknown[]> & { getSetCookie(): Iterable<unknown> };

function isHeaders(value: unknown): value is HeadersLike {
  if (typeof value !== "object" || value === null) return false;
  const { getSetCookie, [Symbol.iterator]: iterator } = value as Partial<Record<PropertyKey, unknown>>;
  return typeof getSetCookie === "function" && typeof iterator === "function";
}

const USED = "The handler returned a Response whose body was already used or is locked.";

function invalid(found: string): ServerError {
  return new ServerError(
    "ERR_RESPONSE_INVALID",
    `${found} Return a new Response, with a status from 200 to 599 and a body nobody has read.`,
  );
}

function naming(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object without a class";
}
