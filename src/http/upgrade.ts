// Does a request ask to go on as a WebSocket, and does it ask as it should? (RFC 6455 section 4.2.1, clause H57.) Pure.

import type { HeadFault } from "./head-rules.ts";
import { hasOption } from "./header-list.ts";

const VERSION = "13";
const KEY = /^[+/0-9A-Za-z]{22}==$/;

const VERSION_REFUSED: HeadFault = Object.freeze({
  status: 426,
  detail: "a version of the WebSocket protocol other than 13",
  close: true,
});
const KEY_INVALID: HeadFault = Object.freeze({
  status: 400,
  detail: "Sec-WebSocket-Key is not 16 octets in base64",
  close: true,
});
const REPEATED: HeadFault = Object.freeze({
  status: 400,
  detail: "a WebSocket field or Origin is repeated",
  close: true,
});
const HAS_CONTENT: HeadFault = Object.freeze({ status: 400, detail: "content in an upgrade offer", close: true });

/**
 * `"none"` for an ordinary request, which every other method, version of HTTP and protocol to upgrade to is, and one whose
 * `Connection` does not say that `Upgrade` is meant for us (RFC 9110 section 7.8). `"offer"` for a good one; what is wrong with it otherwise.
 *
 * `fields` is name, value, name, value …, names lower-case. `hasContent`: the framing announces a body.
 */
export function judgeUpgrade(
  method: string,
  httpVersion: string,
  fields: readonly string[],
  hasContent: boolean,
): "none" | "offer" | HeadFault {
  if (method !== "GET" || httpVersion !== "1.1") return "none";
  if (!lists(fields, "upgrade", "websocket") || !lists(fields, "connection", "upgrade")) return "none";
  if (hasContent) return HAS_CONTENT;
  const version = only(fields, "sec-websocket-version");
  const key = only(fields, "sec-websocket-key");
  if (version === false || key === false || only(fields, "origin") === false) return REPEATED;
  if (version !== VERSION) return VERSION_REFUSED;
  return key !== null && KEY.test(key) ? "offer" : KEY_INVALID;
}

function lists(fields: readonly string[], name: string, option: string): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name && hasOption(fields[i + 1]!, option)) return true;
  }
  return false;
}

/** The value of the only line of that name, `null` for none, `false` for several. */
function only(fields: readonly string[], name: string): string | null | false {
  let value: string | null = null;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== name) continue;
    if (value !== null) return false;
    value = fields[i + 1]!;
  }
  return value;
}
