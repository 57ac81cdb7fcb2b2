// The status line and the fields of a reply, as the one block that the engine writes in a single call.

import { headBlock, isAscii } from "../../http/head-block.ts";
import type { Reply } from "../engine.ts";
import { missingFields } from "../reply-fields.ts";
import { HeadMemory } from "./head-memory.ts";

const EVENT_STREAM_COMMENT = Buffer.from(":\n\n");

type Block = string | Uint8Array;

// Handlers that set no fields share one array per content type, so the last block is very often the next one, too.
let lastFields: readonly string[] | null = null;
let lastAlways: readonly string[] | null = null;
let lastStatus = 0;
let lastBlock: Block = "";

const memory = new HeadMemory();

/**
 * Status, fields, those of `always` that the reply does not have, and `extra` (`"\r\nname: value"` or empty). The engine
 * writes it as it is, which is why replies are checked where they are made (H30). Text is sent as UTF-8, so anything beyond ASCII goes as latin-1 octets (H11).
 */
export function replyHead(reply: Reply, always: readonly string[], extra: string): Block {
  const { fields, status, reason, block } = reply;
  if (reason !== "" || extra !== "") return encoded(headBlock(status, reason, withMissing(fields, always)) + extra);
  if (block !== undefined && always.length === 0) return block;
  if (fields !== lastFields || status !== lastStatus || always !== lastAlways) {
    const all = withMissing(fields, always);
    lastBlock = memory.block(status, all) ?? encoded(headBlock(status, reason, all));
    lastFields = fields;
    lastAlways = always;
    lastStatus = status;
  }
  return lastBlock;
}

/** What opens the stream of a reply that has nothing to say yet: a comment of the event stream format, which clients ignore. */
export function openingOf(reply: Reply | null): Uint8Array | null {
  const fields = reply?.fields ?? [];
  const at = fields.indexOf("content-type");
  return at >= 0 && fields[at + 1]?.startsWith("text/event-stream") === true ? EVENT_STREAM_COMMENT : null;
}

function withMissing(fields: readonly string[], always: readonly string[]): readonly string[] {
  return always.length === 0 ? fields : [...fields, ...missingFields(fields, always)];
}

function encoded(block: string): Block {
  return isAscii(block) ? block : Buffer.from(block, "latin1");
}
