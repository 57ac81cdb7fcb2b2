// What does the client of a request that never became an exchange get?

import { STATUS_CODES } from "node:http";
import { isToken } from "../../http/header-list.ts";

/** A whole response, as latin-1 text, for a socket that Node's parser has given up. */
export function refusalBytes(status: number): string {
  const body = `${status} ${STATUS_CODES[status] ?? ""}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

/** What Node attaches to the errors of its parser. */
export interface ParserError extends Error {
  readonly code?: string;
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

/** The status for a parser error; 0 when the connection is simply gone and nobody is left to answer. */
export function refusalStatus(error: ParserError): number {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return 431;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return 413;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return 408;
    case "HPE_INVALID_METHOD":
      return isToken(refusedWord(error)) ? 501 : 400;
    case "HPE_INVALID_VERSION":
    case "HPE_PAUSED_H2_UPGRADE":
      return 505;
    default:
      return error.code?.startsWith("HPE_") === true ? 400 : 0;
  }
}

/** The first word of the line where the parser stopped: Node knows only the methods of its own list. */
function refusedWord(error: ParserError): string {
  const text = error.rawPacket?.toString("latin1") ?? "";
  const lineStart = text.lastIndexOf("\n", error.bytesParsed ?? 0) + 1;
  const [word = ""] = text.slice(lineStart).split(" ", 1);
  return word;
}
