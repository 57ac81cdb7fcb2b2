// The status line and the fields of a reply, as the one block that the engine writes in a single call.

import { STATUS_CODES } from "node:http";

import type { Reply } from "../engine.ts";

type Block = string | Buffer;

// Handlers that set no fields share one array per content type, so the last block is very often the next one, too.
let lastFields: readonly string[] | null = null;
let lastStatus = 0;
let lastBlock: Block = "";

/**
 * Status, fields and `extra` (`"\r\nname: value"` or empty). The engine writes it as it is, which is why replies are
 * checked where they are made (H30). Text is sent as UTF-8, so anything beyond ASCII goes as latin-1 octets (H11).
 */
export function headBlock(reply: Reply, extra: string): Block {
  const { fields, status, reason } = reply;
  if (reason !== "" || extra !== "") return build(status, reason, fields, extra);
  if (fields !== lastFields || status !== lastStatus) {
    lastBlock = build(status, reason, fields, extra);
    lastFields = fields;
    lastStatus = status;
  }
  return lastBlock;
}

function build(status: number, reason: string, fields: readonly string[], extra: string): Block {
  let block = `${status} ${reason === "" ? (STATUS_CODES[status] ?? "") : reason}`;
  for (let i = 0; i < fields.length; i += 2) block += `\r\n${fields[i]!}: ${fields[i + 1]!}`;
  block += extra;
  return isAscii(block) ? block : Buffer.from(block, "latin1");
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the whole ASCII range is meant
  return /^[\x00-\x7f]*$/.test(text);
}
