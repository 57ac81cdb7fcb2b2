// Every HTTP/2 connection of a listener: what arrives on it, and how it ends.

import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import { type HeadFacts, type HeadFault, MISDIRECTED, NOT_COVERED } from "../../http/head-rules.ts";
import type { EngineLimits } from "../engine.ts";
import { endpoint, type Security } from "./connection.ts";
import { type Arrival, type ListenerState, NodeExchange } from "./exchange.ts";
import { Http2Carrier, type Http2Connection, Http2Outgoing } from "./http2-stream.ts";

/** As nginx and Node's documentation have it: enough for a page, too few for a flood. */
const MAX_STREAMS = 100;
/** Octets that the header list counts beyond names and values, for a usual number of lines (RFC 9113 section 6.5.2). */
const LIST_SLACK_BYTES = 4 * 1024;
/** A session without a stream is ended after this long, like a kept connection of HTTP/1. */
const IDLE_MS = 65_000;

export class Http2Sessions {
  private readonly server: Http2Server;
  private readonly state: ListenerState;
  private readonly facts: HeadFacts;
  private readonly onExchange: (exchange: NodeExchange) => void;
  private readonly sessions = new Map<ServerHttp2Session, SessionFacts>();
  /** Of the connection that is being taken over: Node tells of the session before that call returns. */
  private arriving: SessionFacts | null = null;

  constructor(state: ListenerState, facts: HeadFacts, onExchange: (exchange: NodeExchange) => void) {
    this.state = state;
    this.facts = facts;
    this.onExchange = onExchange;
    this.server = createServer({
      maxHeaderListPairs: 2_000,
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: listBytes(state.limits), enablePush: false },
    });
    this.server.on("session", (session) => this.opened(session));
    this.server.on("sessionError", ignore);
  }

  /** Takes over a connection whose client chose `h2`. */
  take(socket: TLSSocket, security: Security): void {
    const peer = endpoint(socket.remoteAddress, socket.remotePort);
    const local = endpoint(socket.localAddress, socket.localPort);
    this.arriving = { peer, local, security, carriers: new Set() };
    this.server.emit("connection", socket);
    this.arriving = null;
  }

  get sessionCount(): number {
    return this.sessions.size;
  }

  sweep(nowMs: number): void {
    for (const { carriers } of this.sessions.values()) for (const carrier of carriers) carrier.sweep(nowMs);
  }

  /** Tells the clients to send nothing new (GOAWAY); streams go on, and a session ends with its last. */
  stop(): void {
    for (const session of this.sessions.keys()) session.close();
  }

  destroy(reason: unknown): void {
    for (const [session, { carriers }] of this.sessions) {
      for (const carrier of carriers) carrier.abort(reason);
      session.destroy();
    }
  }

  private opened(session: ServerHttp2Session): void {
    session.on("error", ignore);
    const { arriving } = this;
    if (arriving === null || this.state.isStopping) {
      session.close();
      return;
    }
    this.sessions.set(session, arriving);
    session.on("close", () => {
      this.sessions.delete(session);
      for (const carrier of arriving.carriers) carrier.clientLeft();
    });
    session.setTimeout(IDLE_MS, () => {
      if (arriving.carriers.size === 0) session.close();
    });
    session.on("stream", ((stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) =>
      this.arrived(stream, headers, raw, arriving)) as Parameters<ServerHttp2Session["on"]>[1]);
  }

  private arrived(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    facts: SessionFacts,
  ): void {
    stream.on("error", ignore);
    if (stream.destroyed) return;
    const { carriers } = facts;
    const carrier = new Http2Carrier(stream, facts);
    carriers.add(carrier);
    stream.on("aborted", () => carrier.clientLeft());
    stream.on("close", () => {
      carriers.delete(carrier);
      carrier.clientLeft();
    });
    const arrival = this.arrival(stream, headers, raw, facts.security);
    const exchange = new NodeExchange(this.state, carrier, stream, new Http2Outgoing(stream), arrival);
    if (exchange.fault === null && exchange.target === "*") {
      exchange.send({ status: 204, reason: "", fields: [], body: null, sizeBytes: null, close: false });
    } else this.onExchange(exchange);
  }

  private arrival(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    { site }: Security,
  ): Arrival {
    const method = headers[":method"] ?? "";
    const target = headers[":path"] ?? "";
    const fields = fieldsOf(raw, headers[":authority"]);
    const { facts } = this;
    let fault: HeadFault | null = facts.read(method, target, fields, "2");
    if (fault === null && headers[":scheme"] !== "https") fault = MISDIRECTED;
    if (fault === null && site?.covers(facts.host) === false) fault = NOT_COVERED;
    const query = target.indexOf("?");
    const hasBody = !stream.endAfterHeaders;
    return {
      method,
      target,
      path: query < 0 ? target : target.slice(0, query),
      scheme: "https",
      authority: facts.host,
      httpVersion: "2",
      fields,
      hasRawNames: false,
      fault,
      isConditional: facts.isConditional,
      declaredBytes: hasBody ? facts.declaredBytes : null,
      // Every length is open until the end of the stream: what chunks are in HTTP/1.
      isChunked: hasBody && facts.declaredBytes === null,
      hasClose: false,
      owesContinue: hasBody && facts.expectsContinue,
    };
  }
}

/** What a session knows of its connection, and what is under way on it. */
interface SessionFacts extends Http2Connection {
  readonly carriers: Set<Http2Carrier>;
}

function listBytes({ maxHeaderBytes, maxTargetBytes }: EngineLimits): number {
  return maxHeaderBytes + maxTargetBytes + LIST_SLACK_BYTES;
}

/** The field lines as HTTP/1 would have them: `:authority` is the Host field, and counts more than one (RFC 9113 section 8.3.1). */
function fieldsOf(raw: readonly string[], authority: string | undefined): string[] {
  const fields = authority === undefined ? [] : ["host", authority];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    if (name.startsWith(":") || (name === "host" && authority !== undefined)) continue;
    fields.push(name, raw[i + 1]!);
  }
  return fields;
}

function ignore(): void {
  // The stream tells its exchange; Node only wants to see a listener.
}
