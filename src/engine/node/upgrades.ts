// Connections of node:http that somebody else takes over, socket and all.

import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { judgeUpgrade } from "../../http/upgrade.ts";
import type { EngineSocket, NodeUpgrade, SocketEvents, UpgradeOffer } from "../socket.ts";
import type { NodeExchange } from "./exchange.ts";
import type * as Codec from "./web-socket.ts";

/** A close frame with 1001 (RFC 6455 section 7.4.1): the server goes away. */
const GOING_AWAY = Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]);

/** More than this a client has no reason to send before it knows the answer: nothing more is read until there is one. */
const EARLY_BYTES = 64 * 1024;

const STATUS = /^HTTP\/1\.[01] (\d{3})/;

interface HandedSocket extends NodeUpgrade {
  readonly socket: Socket;
}

/** What comes before somebody has decided about the offer. It is read, since only a reader notices that the client leaves (H25). */
class Waiting {
  private readonly socket: Socket;
  private readonly exchange: NodeExchange;
  private chunks: Buffer[];
  private bytes = 0;
  private isReading = false;

  constructor({ socket, head }: HandedSocket, exchange: NodeExchange) {
    this.socket = socket;
    this.exchange = exchange;
    this.chunks = [head];
  }

  begin(): void {
    if (this.isReading || this.exchange.committed || this.exchange.ended) return;
    this.isReading = true;
    this.socket.on("data", this.keep);
    this.socket.resume();
  }

  /** All of it; the socket is as Node gave it, and whoever listens next gets what follows. */
  take(): Buffer {
    this.socket.off("data", this.keep);
    this.socket.pause();
    (this.socket as { readableFlowing: boolean | null }).readableFlowing = null;
    return Buffer.concat(this.chunks);
  }

  private readonly keep = (chunk: Buffer): void => {
    // An ordinary answer: what the client still sends is for nobody.
    if (this.exchange.committed) return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > EARLY_BYTES) this.socket.pause();
  };
}

/**
 * Node makes of every request that names any protocol to upgrade to an event without a response, as soon as somebody listens
 * for that event. Here only a good offer becomes one, while there is somebody who would take it up; every other request stays
 * a request (H57).
 */
export function isOffer(request: IncomingMessage): boolean {
  const { method = "", httpVersion, rawHeaders } = request;
  const fields = rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
  return judgeUpgrade(method, httpVersion, fields, hasContent(fields)) === "offer";
}

function hasContent(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === "transfer-encoding" || (fields[i] === "content-length" && fields[i + 1] !== "0")) return true;
  }
  return false;
}

/** A response to a request that Node has let go of. */
export function responseOn(socket: Socket, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.on("error", ignore);
  socket.on("error", ignore);
  // What Node does for sockets that it still has.
  socket.on("drain", () => response.emit("drain"));
  return response;
}

export class Upgrades {
  private readonly handed = new Set<HandedSocket>();
  private readonly spoken = new Set<SocketEvents>();
  /** Most servers never see an offer, and start sooner without it. */
  private codec: typeof Codec | null = null;
  private isLeaving = false;

  /** For a request that stayed one: what is wrong with its offer, if it was meant as one. */
  refusedOffer({ method, httpVersion, fields }: NodeExchange): UpgradeOffer | null {
    const verdict = judgeUpgrade(method, httpVersion, fields, hasContent(fields));
    return typeof verdict === "string" ? null : { fault: verdict };
  }

  /**
   * Makes of `exchange` one that offers `parts`, and hands it out: at once, or when what takes up an offer has been loaded. It may be undecided
   * for long after that.
   */
  arrived(exchange: NodeExchange, response: ServerResponse, parts: HandedSocket, handOut: () => void): void {
    const waiting = new Waiting(parts, exchange);
    if (exchange.fault === null) exchange.upgrade = this.offer(exchange, response, parts, waiting);
    if (this.codec !== null) {
      handOut();
      waiting.begin();
      return;
    }
    waiting.begin();
    import("./web-socket.ts")
      .then((codec) => {
        this.codec = codec;
        if (!exchange.ended) handOut();
      })
      .catch((error: unknown) => exchange.abort(error));
  }

  /** Frames are written whole, so that between two turns of the loop a close frame has its place. */
  goingAway(): void {
    this.isLeaving = true;
    for (const { socket } of this.handed) if (socket.writable) socket.end(GOING_AWAY);
    for (const events of this.spoken) events.goingAway();
  }

  private offer(exchange: NodeExchange, response: ServerResponse, parts: HandedSocket, waiting: Waiting): UpgradeOffer {
    const { socket } = parts;
    return {
      fault: null,
      handOver: () => {
        if (!exchange.leaveSocket()) return null;
        response.detachSocket(socket);
        const handed = { ...parts, head: waiting.take() };
        this.keep(exchange, handed);
        return handed;
      },
      accept: (fields, events) => {
        const { codec } = this;
        if (codec === null || !socket.writable || !exchange.leaveSocket()) return null;
        response.detachSocket(socket);
        return this.speak(codec, exchange, socket, waiting.take(), fields, events);
      },
    };
  }

  private speak(
    { NodeWebSocket, switchingHead }: typeof Codec,
    exchange: NodeExchange,
    socket: Socket,
    early: Buffer,
    fields: readonly string[],
    events: SocketEvents,
  ): EngineSocket {
    const engine = new NodeWebSocket(socket, events, exchange.limits, (code, sentBytes) => {
      this.spoken.delete(events);
      exchange.switchedEnd(code, sentBytes);
    });
    this.spoken.add(events);
    const key = exchange.field("sec-websocket-key") ?? "";
    engine.start(switchingHead(key, fields, exchange.replyFields), early);
    if (this.isLeaving) setImmediate(() => events.goingAway());
    return engine;
  }

  private keep(exchange: NodeExchange, parts: HandedSocket): void {
    const { socket } = parts;
    const status = watchStatus(socket);
    this.handed.add(parts);
    socket.on("close", () => {
      this.handed.delete(parts);
      exchange.socketClosed(status());
    });
  }
}

/** The status in the first thing that is written, for the log. */
function watchStatus(socket: Socket): () => number {
  let status = 0;
  // oxlint-disable-next-line typescript/unbound-method -- applied to this very socket
  const { write, end } = socket;
  const see = (chunk: unknown): void => {
    const text = typeof chunk === "string" || Buffer.isBuffer(chunk) ? chunk.toString("latin1").slice(0, 16) : "";
    status = Number(STATUS.exec(text)?.[1] ?? 0);
    socket.write = write;
    socket.end = end;
  };
  socket.write = (...args: unknown[]): boolean => {
    see(args[0]);
    return Reflect.apply(write, socket, args) as boolean;
  };
  socket.end = (...args: unknown[]): Socket => {
    see(args[0]);
    return Reflect.apply(end, socket, args) as Socket;
  };
  return () => status;
}

function ignore(): void {}
