// The head of a response: `writeHead` and what freezes with it.

import { STATUS_CODES } from "node:http";
import { CARRIER, type Outgoing, REASON, STATUS } from "./bridge-state.ts";
import { callNative, headersSent, judge, nodeError } from "./node-errors.ts";

type Fields = Record<string, number | string | readonly string[]> | readonly unknown[];

/** What `_header` is from `writeHead` on: tools only look whether it is there. */
const heads = new Map<number, string>();

function headOf(status: number, reason: string): string {
  if (reason !== STATUS_CODES[status]) return `HTTP/1.1 ${status} ${reason}\r\n\r\n`;
  let head = heads.get(status);
  if (head === undefined) {
    head = `HTTP/1.1 ${status} ${reason}\r\n\r\n`;
    heads.set(status, head);
  }
  return head;
}

/** Status, reason and fields are fixed from here on. @throws what Node's own throws, for the same arguments. */
export function writeHead(this: Outgoing, status: number, reason?: string | Fields, fields?: Fields): Outgoing {
  if (this[CARRIER] === undefined) {
    return callNative("writeHead", this, [status, reason, fields]) as Outgoing;
  }
  if (this._header !== null) throw headersSent("write");
  const code = status | 0;
  if (code < 100 || code > 999) {
    throw nodeError("ERR_HTTP_INVALID_STATUS_CODE", `Invalid status code: ${String(status)}`, RangeError);
  }
  if (typeof reason === "string") this.statusMessage = reason;
  else if (!this.statusMessage) this.statusMessage = STATUS_CODES[code] ?? "unknown";
  this.statusCode = code;
  const given = typeof reason === "string" ? fields : (fields ?? reason);
  if (given != null) addFields(this, given);
  const { statusMessage } = this;
  const isStandard = statusMessage === STATUS_CODES[code];
  if (!isStandard) checkReason(statusMessage);
  this[STATUS] = code;
  this[REASON] = isStandard ? "" : statusMessage;
  if (code === 204 || code === 304 || code < 200) this._hasBody = false;
  this._header = headOf(code, statusMessage);
  return this;
}

const UNCLEAN = /[^\t\x20-\x7e\x80-\xff]/;

function checkReason(reason: string): void {
  if (UNCLEAN.test(reason)) throw nodeError("ERR_INVALID_CHAR", "Invalid character in statusMessage", TypeError);
}

function addFields(response: Outgoing, fields: Fields): void {
  if (!Array.isArray(fields)) {
    for (const name of Object.keys(fields)) {
      if (name) response.setHeader(name, (fields as Record<string, string>)[name]!);
    }
  } else if (Array.isArray(fields[0])) {
    for (const [name, value] of fields as [string, string][]) response.appendHeader(name, value);
  } else addLines(response, fields as string[]);
}

/** name, value, name, value …: replaces what was set before, and keeps what is repeated in itself. */
function addLines(response: Outgoing, lines: readonly string[]): void {
  if (lines.length % 2 !== 0) {
    // Node's own words for a list that does not come in pairs.
    callNative("writeHead", Object.create(judge()) as object, [200, lines]);
  }
  for (let i = 0; i < lines.length; i += 2) response.removeHeader(lines[i]!);
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i]) response.appendHeader(lines[i]!, lines[i + 1]!);
  }
}
