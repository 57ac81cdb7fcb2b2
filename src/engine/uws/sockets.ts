// The WebSockets of one listener: how the engine is to treat them, and how they are all told to go.

import type { HeadFacts } from "../../http/head-rules.ts";
import { judgeUpgrade } from "../../http/upgrade.ts";
import type { EngineLimits, HeadFault } from "../engine.ts";
import type { EngineSocket, SocketEvents, UpgradeOffer } from "../socket.ts";
import type { UwsExchange } from "./exchange.ts";
import type {
  NativeApp,
  NativeRequest,
  NativeResponse,
  NativeSocket,
  NativeSocketBehavior,
  NativeUpgradeContext,
} from "./native.ts";
import { replyHead } from "./reply-head.ts";
import { roomAgain, UwsSocket } from "./socket.ts";

/** The engine's clock for idle clients ticks so often, and this is the longest it takes: silence, and the wait for an answer. */
const TICK_SECONDS = 4;
const MAX_IDLE_SECONDS = 960;

/**
 * Senders stop long before. What can fill it is the engine's own answers to a client that sends pings and does not
 * read; beyond it they are dropped.
 */
const MAX_WAITING_BYTES = 1024 * 1024;

/** No compression: the engine's would be one that the library knows nothing of (docs/decisions/055-virtual-socket.md). */
const UNCOMPRESSED = 0;

const CLOSES: HeadFault = Object.freeze({
  status: 400,
  detail: "an upgrade on a connection that is to close",
  close: true,
});

export type AcceptUpgrade = (response: NativeResponse, request: NativeRequest, context: NativeUpgradeContext) => void;

export class Sockets {
  private readonly open = new Set<UwsSocket>();
  private readonly limits: EngineLimits;
  private isLeaving = false;

  constructor(limits: EngineLimits) {
    this.limits = limits;
  }

  /** Offers to `app` come to `accept`. `ended` is called for each connection that ends as a WebSocket. */
  route(app: NativeApp, accept: AcceptUpgrade, ended: () => void): void {
    const behavior: NativeSocketBehavior = {
      compression: UNCOMPRESSED,
      maxPayloadLength: this.limits.maxMessageBytes,
      maxBackpressure: MAX_WAITING_BYTES,
      idleTimeout: idleSeconds(this.limits.socketIdleMs),
      sendPingsAutomatically: true,
      upgrade: accept,
      open: (native) => {
        native.bound.opened(native);
        this.open.add(native.bound);
        // Whoever is let in while the server stops is told at once.
        if (this.isLeaving) setImmediate(() => native.bound.events.goingAway());
      },
      message: ({ bound }, bytes, isBinary) => bound.message(bytes, !isBinary),
      ping: ({ bound }, bytes) => bound.heard("ping", bytes),
      pong: ({ bound }, bytes) => bound.heard("pong", bytes),
      drain: drained,
      close: ({ bound }, code, reason) => {
        this.open.delete(bound);
        ended();
        bound.ended(code, reason);
      },
    };
    app.ws("/*", behavior);
  }

  /** What an exchange offers, or `null` for an ordinary request. `context` is `null` where the engine saw no offer. */
  offerOf(
    exchange: UwsExchange,
    facts: HeadFacts,
    request: NativeRequest,
    context: NativeUpgradeContext | null,
  ): UpgradeOffer | null {
    const hasContent = facts.isChunked || (facts.declaredBytes ?? 0) > 0;
    const verdict = judgeUpgrade(exchange.method, exchange.httpVersion, exchange.fields, hasContent);
    if (verdict === "none") return null;
    if (verdict !== "offer") return { fault: verdict };
    // On such a connection the engine would close the socket in the middle of the change, and go on with what it freed.
    if (context === null || request.getHeader("connection").length === 5) return { fault: CLOSES };
    return new UwsOffer(exchange, context, request.getHeader("sec-websocket-key"), this.open);
  }

  goingAway(): void {
    this.isLeaving = true;
    for (const socket of this.open) socket.events.goingAway();
  }
}

/** What the engine calls its idle timeout: with it, a client is asked after `silentMs`, and cut when the rest of it goes by. */
function idleSeconds(silentMs: number): number {
  const silence = Math.ceil(silentMs / 1_000 / TICK_SECONDS) * TICK_SECONDS;
  // The engine sets the wait apart by itself: the largest of these that leaves as much.
  const answer = [16, 8, 4].find((seconds) => seconds <= silence) ?? 0;
  return silence === 0 ? MAX_IDLE_SECONDS : Math.min(silence + answer, MAX_IDLE_SECONDS);
}

/**
 * Not within the call: what is sent there and not taken whole stays in the engine for ever when it has 16 KiB or more, because the engine
 * stops listening for room when the call returns.
 */
function drained({ bound }: NativeSocket): void {
  if (bound.bufferedBytes === 0) setImmediate(roomAgain, bound);
}

class UwsOffer implements UpgradeOffer {
  readonly fault: null = null;
  private readonly exchange: UwsExchange;
  private readonly context: NativeUpgradeContext;
  private readonly key: string;
  private readonly others: ReadonlySet<UwsSocket>;

  constructor(exchange: UwsExchange, context: NativeUpgradeContext, key: string, others: ReadonlySet<UwsSocket>) {
    this.exchange = exchange;
    this.context = context;
    this.key = key;
    this.others = others;
  }

  accept(fields: readonly string[], events: SocketEvents): EngineSocket | null {
    const { exchange, context, key } = this;
    const response = exchange.switchProtocols();
    if (response === null) return null;
    // oxlint-disable-next-line typescript/unbound-method -- they are for another object
    const { pause, resume } = response;
    const socket = new UwsSocket(events, exchange.tls !== null, { pause, resume }, (code, sentBytes) =>
      exchange.switchedEnd(code, sentBytes),
    );
    const reply = { status: 101, reason: "", fields, body: null, sizeBytes: null, close: false };
    response.cork(() => response.writeStatus(replyHead(reply, exchange.replyFields, "")));
    this.outsideCork(() => response.upgrade({ bound: socket }, key, "", "", context));
    return socket;
  }

  /**
   * Not in a cork of the response itself, once the engine's own callback is over: builds before 20.70 take the connection that was upgraded inside one for the response it was,
   * and may close it (uNetworking/uWebSockets#1929). Without any cork the engine prints a warning, so another socket is corked where there is one.
   */
  private outsideCork(upgrade: () => void): void {
    const { value: other } = this.others.values().next();
    if (other === undefined) upgrade();
    else other.together(upgrade);
  }
}
