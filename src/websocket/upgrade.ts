// `context.upgradeWebSocket()`: a socket, and the Response that stands for the change of protocols (H58, H59).

import type { UpgradeOptions, UpgradeResult } from "../contract.ts";
import type { Exchange, HeadFault, Reply } from "../engine/engine.ts";
import { NOT_FORWARDED, plainReply } from "../engine/response.ts";
import { SocketLine, type SocketShare } from "./socket-line.ts";

/** What a client that cannot be understood needs to know (RFC 6455 section 4.4, RFC 9110 section 15.5.22). */
const UPGRADE_FIELDS = ["upgrade", "websocket", "sec-websocket-version", "13"] as const;

/** One call of `upgradeWebSocket()`. */
interface Call {
  readonly line: SocketLine;
  readonly response: Response;
  readonly fields: readonly string[];
}

/** The answer to an offer that is none by RFC 6455 (H57). The standard's name is what a browser shows; the detail is for the log alone. */
export function upgradeRefusal({ status }: HeadFault): Reply {
  return plainReply(status, undefined, status === 426 ? UPGRADE_FIELDS : [], true);
}

/** The calls of one exchange. At most one of them comes true; all sockets of the others close unopened. */
export class Upgrading {
  private readonly exchange: Exchange;
  private readonly share: SocketShare;
  private calls: Call[] = [];

  constructor(exchange: Exchange, share: SocketShare) {
    this.exchange = exchange;
    this.share = share;
  }

  /**
   * @throws DOMException `InvalidStateError` when the exchange has a reply already; TypeError for a subprotocol that was not offered (A9),
   * for fields that cannot be part of a 101, and for a Request, which other platforms want here
   */
  call(options: UpgradeOptions = {}): UpgradeResult {
    if (options instanceof Request) {
      throw new TypeError("upgradeWebSocket() takes options and nothing else: it knows the request by its context.");
    }
    const { exchange } = this;
    const isGone = exchange.abortReason !== undefined;
    if (!isGone && (exchange.committed || exchange.ended)) {
      throw new DOMException("upgradeWebSocket() was called after the response.", "InvalidStateError");
    }
    const protocol = this.chosen(options.protocol);
    const fields = extraFields(options.headers);
    if (protocol !== "") fields.unshift("sec-websocket-protocol", protocol);
    const line = new SocketLine(protocol, this.share);
    const headers = { [UPGRADE_FIELDS[0]]: UPGRADE_FIELDS[1], [UPGRADE_FIELDS[2]]: UPGRADE_FIELDS[3] };
    const response = new Response(null, { status: 426, headers });
    if (isGone) line.abandon();
    else this.calls.push({ line, response, fields });
    return { socket: line.socket, response };
  }

  /**
   * `response` is the final result. True when that was the answer: the connection has switched, or the offer is refused for what is wrong with
   * it. Otherwise the result is to be sent like any other.
   */
  settle(response: unknown): boolean {
    const { upgrade } = this.exchange;
    const chosen = this.calls.find((one) => one.response === response);
    if (chosen !== undefined) this.calls.splice(this.calls.indexOf(chosen), 1);
    this.abandon();
    if (chosen === undefined) return false;
    const { line, fields } = chosen;
    if (upgrade?.fault !== null || this.exchange.abortReason !== undefined) {
      line.abandon();
      if (upgrade?.fault == null) return false;
      this.exchange.send(upgradeRefusal(upgrade.fault));
      return true;
    }
    // From here on it is the socket that tells how it ends.
    this.exchange.onAbort = null;
    const engine = upgrade.accept?.(fields, line) ?? null;
    if (engine === null) line.abandon();
    else line.opened(engine);
    return true;
  }

  /** Nothing comes of what was asked for. */
  abandon(): void {
    for (const { line } of this.calls.splice(0)) line.abandon();
  }

  private chosen(protocol: string | undefined): string {
    if (protocol === undefined || protocol === "") return "";
    // Without an offer nothing is chosen, and the answer is 426.
    if (this.exchange.upgrade?.fault !== null) return "";
    const offered = (this.exchange.field("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
    if (offered.includes(protocol)) return protocol;
    const found = offered.join(", ") === "" ? "none" : offered.join(", ");
    throw new TypeError(`The client did not offer the subprotocol "${protocol}", but ${found}.`);
  }
}

/** @throws TypeError for what is no list of fields, and for fields of the handshake */
function extraFields(init: UpgradeOptions["headers"]): string[] {
  const fields: string[] = [];
  if (init === undefined) return fields;
  for (const [name, value] of new Headers(init)) {
    // The host's own (H32), which are dropped as in a Response.
    if (NOT_FORWARDED.has(name)) continue;
    if (name.startsWith("sec-websocket-")) {
      throw new TypeError(`The field ${name} belongs to the handshake: choose a subprotocol with "protocol".`);
    }
    fields.push(name, value);
  }
  return fields;
}
