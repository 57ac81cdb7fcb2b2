// Connections of node:http that somebody else takes over, socket and all.

import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { judgeUpgrade } from "../../http/upgrade.ts";
import type { NodeUpgrade, UpgradeOffer } from "../socket.ts";
import type { NodeExchange } from "./exchange.ts";

/** A close frame with 1001 (RFC 6455 section 7.4.1): the server goes away. */
const GOING_AWAY = Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]);

const STATUS = /^HTTP\/1\.[01] (\d{3})/;

interface HandedSocket extends NodeUpgrade {
  readonly socket: Socket;
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

  /** For a request that stayed one: what is wrong with its offer, if it was meant as one. */
  refusedOffer({ method, httpVersion, fields }: NodeExchange): UpgradeOffer | null {
    const verdict = judgeUpgrade(method, httpVersion, fields, hasContent(fields));
    return typeof verdict === "string" ? null : { fault: verdict };
  }

  offer(exchange: NodeExchange, response: ServerResponse, parts: HandedSocket): UpgradeOffer {
    return {
      fault: null,
      handOver: () => {
        if (!exchange.leaveSocket()) return null;
        response.detachSocket(parts.socket);
        this.keep(exchange, parts);
        return parts;
      },
    };
  }

  /** Frames are written whole, so that between two turns of the loop a close frame has its place. */
  goingAway(): void {
    for (const { socket } of this.handed) if (socket.writable) socket.end(GOING_AWAY);
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
