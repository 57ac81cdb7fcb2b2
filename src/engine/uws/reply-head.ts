// The status line and the fields of a reply, as the one block that the engine writes in a single call.

import { headBlock } from "../../http/head-block.ts";
import type { Reply } from "../engine.ts";

type Block = string | Uint8Array;

// Handlers that set no fields share one array per content type, so the last block is very often the next one, too.
let lastFields: readonly string[] | null = null;
let lastStatus = 0;
let lastBlock: Block = "";

/**
 * Status, fields and `extra` (`"\r\nname: value"` or empty). The engine writes it as it is, which is why replies are
 * checked where they are made (H30). Text is sent as UTF-8, so anything beyond ASCII goes as latin-1 octets (H11).
 */
export function replyHead(reply: Reply, extra: string): Block {
  const { fields, status, reason, block } = reply;
  if (reason !== "" || extra !== "") return encoded(headBlock(status, reason, fields) + extra);
  if (block !== undefined) return block;
  if (fields !== lastFields || status !== lastStatus) {
    lastBlock = encoded(headBlock(status, reason, fields));
    lastFields = fields;
    lastStatus = status;
  }
  return lastBlock;
}

function encoded(block: string): Block {
  return isAscii(block) ? block : Buffer.from(block, "latin1");
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the whole ASCII range is meant
  return /^[\x00-\x7f]*$/.test(text);
}
