// The status line and the fields of a reply as one block of text, ready for the wire.

import { STATUS_CODES } from "node:http";

/**
 * `200 OK` and the field lines, joined by CRLF, without a CRLF at the end. One character is one octet.
 *
 * Nothing is escaped or checked: whoever hands in names, values and a reason has done that (H30).
 */
export function headBlock(status: number, reason: string, fields: readonly string[]): string {
  let block = `${status} ${reason === "" ? (STATUS_CODES[status] ?? "") : reason}`;
  for (let i = 0; i < fields.length; i += 2) block += `\r\n${fields[i]!}: ${fields[i + 1]!}`;
  return block;
}

/** Whether `text` can be written as it is where text is sent as UTF-8. Also makes it flat. */
export function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the whole ASCII range is meant
  return /^[\x00-\x7f]*$/.test(text);
}
