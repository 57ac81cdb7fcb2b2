// One request and its reply on node:http. The head is a copy; Node's own objects stay in here, except as `native`.

import { IncomingMessage, ServerResponse } from "node:http";
import { ServerError } from "../../errors.ts";
import type { Endpoint, TlsInfo } from "../../contract.ts";
import type { EngineLimits, Exchange, HeadFault, NodePair, Outcome, Reply, RequestHead } from "../engine.ts";
import type { UpgradeOffer } from "../socket.ts";
import { type BodyOwner, type Incoming, NodeBody } from "./body.ts";
import type { Carrier, ConnectionExchange } from "./connection.ts";
import { plainReply } from "../response.ts";
import { clientGone } from "../client-gone.ts";
import { cancelSource } from "../source.ts";
import { disown } from "./birth.ts";
import { answerFailure, limitBody, Watch } from "./handed-over.ts";
import { type Outgoing, Sender, type SenderOwner } from "./sender.ts";

/** What the exchanges of one listener share. */
export interface ListenerState {
  readonly limits: EngineLimits;
  readonly replyFields: readonly string[];
  readonly onError: (error: unknown) => void;
  isStopping: boolean;
}

/** The copied head, and what the head rules learnt from it. */
export interface Arrival extends Omit<RequestHead, "field"> {
  /** The names in `fields` are as the client wrote them, not lower-case yet. */
  readonly hasRawNames: boolean;
  readonly fault: HeadFault | null;
  readonly declaredBytes: number | null;
  readonly isChunked: boolean;
  readonly hasClose: boolean;
  readonly owesContinue: boolean;
}

export class NodeExchange implements Exchange, ConnectionExchange, BodyOwner, SenderOwner {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly httpVersion: "1.0" | "1.1" | "2" | "3";
  readonly fault: HeadFault | null;
  readonly isConditional: boolean;
  readonly body: NodeBody | null;
  readonly tls: TlsInfo | null;
  committed = false;
  ended = false;
  abortReason: unknown = undefined;
  attachment: unknown = undefined;
  startedMs = 0;
  upgrade: UpgradeOffer | null = null;
  onAbort: ((reason: unknown, exchange: Exchange) => void) | null = null;
  onEnd: ((outcome: Outcome, exchange: Exchange) => void) | null = null;
  passOn: ((error?: unknown) => void) | null = null;

  private lines: readonly string[];
  private hasRawNames: boolean;
  private readonly state: ListenerState;
  private readonly connection: Carrier;
  private readonly request: Incoming;
  private readonly response: Outgoing;
  /** Also there where the contract shows none: content of a GET has to be read past (H14). */
  private readonly incoming: NodeBody | null;
  private readonly hasClose: boolean;
  private owesContinue: boolean;
  /** When it was first looked at: most exchanges are over before that, and a clock costs more than a comparison. */
  private sinceMs = Infinity;
  private sender: Sender | null = null;
  private handed: NodePair | null = null;
  private watch: Watch | null = null;
  private bytesBefore = 0;
  private bytesSwitched = 0;
  private status = 0;
  private failure: { readonly reason: unknown } | null = null;

  constructor(state: ListenerState, connection: Carrier, request: Incoming, response: Outgoing, arrival: Arrival) {
    this.state = state;
    this.connection = connection;
    this.request = request;
    this.response = response;
    this.method = arrival.method;
    this.target = arrival.target;
    this.path = arrival.path;
    this.scheme = arrival.scheme;
    this.authority = arrival.authority;
    this.httpVersion = arrival.httpVersion;
    this.lines = arrival.fields;
    this.hasRawNames = arrival.hasRawNames;
    this.fault = arrival.fault;
    this.isConditional = arrival.isConditional;
    this.tls = connection.tls;
    this.hasClose = arrival.hasClose;
    this.owesContinue = arrival.owesContinue;
    const hasContent = arrival.isChunked || (arrival.declaredBytes !== null && arrival.declaredBytes > 0);
    const declaredBytes = arrival.isChunked ? null : arrival.declaredBytes;
    this.incoming = hasContent ? new NodeBody(request, declaredBytes, state.limits.maxBodyBytes, this) : null;
    this.body = arrival.fault !== null || this.method === "GET" || this.method === "HEAD" ? null : this.incoming;
    if (arrival.fault !== null) connection.isClosing = true;
    connection.add(this);
  }

  /** Where Node's own objects answer, nobody asks. */
  get fields(): readonly string[] {
    if (this.hasRawNames) {
      this.lines = lowerCased(this.lines);
      this.hasRawNames = false;
    }
    return this.lines;
  }

  get peer(): Endpoint | null {
    return this.connection.peer;
  }

  get local(): Endpoint | null {
    return this.connection.local;
  }

  get native(): unknown {
    return { request: this.request, response: this.response };
  }

  field(name: string): string | null {
    const { fields } = this;
    let combined: string | null = null;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== name) continue;
      const value = fields[i + 1] as string;
      combined = combined === null ? value : combined + (name === "cookie" ? "; " : ", ") + value;
    }
    return combined;
  }

  send(reply: Reply): void {
    if (this.abortReason !== undefined) {
      if (isSource(reply.body)) cancelSource(reply.body, this.abortReason);
      return;
    }
    if (this.committed) throw new ServerError("ERR_ALREADY_SENT", "This exchange already has a reply.");
    this.committed = true;
    this.transmit(reply, this.mustClose(reply));
  }

  abort(reason: unknown): void {
    if (this.ended) return;
    this.announceAbort(reason);
    this.conclude("failed", reason);
    // Without a length or chunks, a client takes a proper end of the connection for the end of the message (H47).
    this.connection.cut(this.httpVersion === "1.0");
  }

  /** Makes `next` the one who may answer instead. It finds request and response as they came, unless the body was read. */
  offer(next: (error?: unknown) => void): void {
    this.passOn = (error) => {
      if (this.committed || this.ended) return;
      this.committed = true;
      this.ended = true;
      this.connection.remove(this);
      this.finish({ kind: "completed", status: 0, bytes: 0, reason: undefined });
      if (error === undefined) next();
      else next(error);
    };
  }

  clientLeft(): void {
    if (this.ended) return;
    const reason = clientGone();
    this.announceAbort(reason);
    this.conclude("aborted", reason);
  }

  handOver(): NodePair | null {
    const { request, response } = this;
    // A stream of HTTP/2 has no such objects.
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return null;
    this.committed = true;
    const pair: NodePair = { request, response, fail: (error) => this.handedFailed(error, pair) };
    this.handed = pair;
    // What the reply takes on the wire, head included, is for the log alone: nobody here sees its body apart.
    if (this.startedMs !== 0) this.bytesBefore = request.socket.bytesWritten;
    response.on("finish", () => this.handedDone(pair));
    if (this.incoming !== null) limitBody(request, this.state.limits.maxBodyBytes, (error) => pair.fail(error));
    if (this.owesContinue) response.writeContinue();
    const { replyFields } = this.state;
    // The listener may still say otherwise.
    for (let i = 0; i < replyFields.length; i += 2) response.setHeader(replyFields[i]!, replyFields[i + 1]!);
    if (this.state.isStopping || this.connection.isClosing) response.shouldKeepAlive = false;
    return pair;
  }

  /** The socket is somebody else's from here on; `false` when it is too late for that. `socketClosed` is the end then. */
  leaveSocket(): boolean {
    if (this.committed || this.ended) return false;
    this.committed = true;
    this.connection.remove(this);
    return true;
  }

  get limits(): EngineLimits {
    return this.state.limits;
  }

  get replyFields(): readonly string[] {
    return this.state.replyFields;
  }

  /** The end of a WebSocket that the engine spoke. */
  switchedEnd(code: number, sentBytes: number): void {
    this.status = 101;
    this.bytesSwitched = sentBytes;
    if (code === 1006) this.conclude("aborted", clientGone());
    else this.conclude("completed", undefined);
  }

  /** `status` is that of the answer which somebody else wrote, 0 for none. */
  socketClosed(status: number): void {
    this.status = status;
    if (!this.ended) this.conclude("completed", undefined);
  }

  bodyBroken(detail: string): void {
    if (this.incoming === null || this.incoming.isComplete) return;
    this.incoming.fail(
      new ServerError("ERR_BODY_ABORTED", `The request body is malformed: ${detail}.`, { status: 400 }),
    );
  }

  bodyWanted(): void {
    if (!this.owesContinue || this.response.headersSent || this.ended) return;
    this.owesContinue = false;
    this.response.writeContinue();
  }

  bodyOverrun(): void {
    this.connection.isClosing = true;
    if (this.ended) this.connection.closeSoftly();
    else this.request.pause();
  }

  sweep(nowMs: number): void {
    if (this.ended) return;
    const { limits } = this.state;
    if (this.handed !== null) {
      this.watch ??= new Watch(this.handed, nowMs);
      this.watch.sweep(nowMs, limits, (message) => this.giveUp(message));
      return;
    }
    if (this.sinceMs === Infinity) this.sinceMs = nowMs;
    const bodyIdleMs = this.incoming?.isAwaited === true ? nowMs - this.incoming.progressMs : 0;
    if (limits.bodyIdleMs > 0 && bodyIdleMs > limits.bodyIdleMs) {
      this.expire(408, "The request body made no progress for too long.");
    } else if (this.sender !== null) {
      const stalledMs = this.sender.isBlocked ? nowMs - this.sender.progressMs : 0;
      if (limits.writeStallMs > 0 && stalledMs > limits.writeStallMs)
        this.giveUp("The client took nothing for too long.");
    } else if (limits.handlerMs > 0 && nowMs - this.handlerSinceMs > limits.handlerMs) {
      this.expire(504, "The handler did not answer in time.");
    }
  }

  senderDone(): void {
    if (this.ended) return;
    if (this.failure === null) this.conclude("completed", undefined);
    else this.conclude("failed", this.failure.reason);
  }

  senderFailed(error: unknown, started: boolean): void {
    if (this.ended) return;
    this.state.onError(error);
    if (started || this.failure !== null) {
      this.abort(error);
      return;
    }
    this.failure = { reason: error };
    this.transmit(plainReply(500), true);
  }

  senderCloses(): void {
    this.connection.isClosing = true;
  }

  senderOverrun(error: unknown): void {
    this.senderCloses();
    this.state.onError(error);
  }

  /** A handler that waits for a client's upload is not slow. */
  private get handlerSinceMs(): number {
    return Math.max(this.sinceMs, this.body?.progressMs ?? 0);
  }

  private mustClose(reply: Reply): boolean {
    if (reply.close || this.hasClose || this.fault !== null) return true;
    if ((this.state.isStopping || this.connection.isClosing) && this.connection.isNewest(this)) return true;
    const { incoming } = this;
    if (incoming === null || incoming.isComplete) return false;
    // A client still waiting for `100 Continue` may or may not send what it announced: nobody can tell what comes next.
    return this.owesContinue || incoming.hasFailed || (incoming.leavesTooMuch && !incoming.isAwaited);
  }

  private transmit(reply: Reply, closes: boolean): void {
    if (closes) this.connection.isClosing = true;
    this.incoming?.claim();
    this.status = reply.status;
    if (this.response instanceof ServerResponse) disown(this.response);
    const hasBody = this.method !== "HEAD" && reply.status !== 204 && reply.status !== 205 && reply.status !== 304;
    this.sender = new Sender(this.response, reply, this.state.replyFields, closes, this);
    this.sender.start(hasBody);
  }

  private expire(status: number, message: string): void {
    if (this.committed) {
      this.giveUp(message);
      return;
    }
    const reason = new DOMException(message, "TimeoutError");
    this.committed = true;
    this.failure = { reason };
    this.announceAbort(reason);
    this.transmit(plainReply(status), true);
  }

  private giveUp(message: string): void {
    this.abort(new DOMException(message, "TimeoutError"));
  }

  private announceAbort(reason: unknown): void {
    if (this.abortReason !== undefined) return;
    this.abortReason = reason;
    this.incoming?.fail(reason);
    const { onAbort } = this;
    this.onAbort = null;
    onAbort?.(reason, this);
  }

  private conclude(kind: Outcome["kind"], reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    const { connection, sender } = this;
    connection.remove(this);
    if (kind !== "completed") sender?.stop(reason);
    if (this.handed === null && this.incoming !== null && !this.incoming.isComplete) this.incoming.discard();
    if (connection.isClosing && connection.isIdle) connection.closeSoftly();
    this.finish({ kind, status: this.status, bytes: sender?.bytes ?? this.handedBytes(), reason });
  }

  private handedBytes(): number {
    if (this.handed === null || this.startedMs === 0) return this.bytesSwitched;
    return (this.handed.request.socket?.bytesWritten ?? this.bytesBefore) - this.bytesBefore;
  }

  private handedDone({ response }: NodePair): void {
    this.status = response.statusCode;
    this.conclude("completed", undefined);
  }

  private handedFailed(error: unknown, { response }: NodePair): void {
    this.state.onError(error);
    if (this.ended) return;
    if (response.headersSent) this.abort(error);
    else answerFailure(response, error);
  }

  private finish(outcome: Outcome): void {
    const { onEnd } = this;
    this.onAbort = null;
    this.onEnd = null;
    onEnd?.(outcome, this);
  }
}

function lowerCased(rawHeaders: readonly string[]): string[] {
  const fields = rawHeaders.slice();
  for (let i = 0; i < fields.length; i += 2) fields[i] = (fields[i] as string).toLowerCase();
  return fields;
}

function isSource(body: Reply["body"]): body is Exclude<Reply["body"], null | string | Uint8Array> {
  return body !== null && typeof body !== "string" && !(body instanceof Uint8Array);
}
