// One request and its reply on uWebSockets.js. Everything read from the engine's request is a copy made at arrival.

import { ServerError } from "../../errors.ts";
import type { Endpoint, TlsInfo } from "../../contract.ts";
import type { HeadFacts, HeadFault } from "../../http/head-rules.ts";
import type { Exchange, Outcome, Reply, ReplySource } from "../engine.ts";
import type { UpgradeOffer } from "../socket.ts";
import { clientGone } from "../client-gone.ts";
import { cancelReply, givenSource } from "../source.ts";
import { canFillRead, UwsBody } from "./body.ts";
import { Closing, closeSocket } from "./closing.ts";
import { isGone, isomorphic, isomorphicFields, normallyHasBody, type ReceivedHead } from "./head.ts";
import type { ListenerState } from "./listener-state.ts";
import type { NativeRequest, NativeResponse } from "./native.ts";
import type { Pending } from "./pending.ts";
import { openingOf, replyHead } from "./reply-head.ts";
import { type Sender, transmit } from "./transmit.ts";
import { afterTurns, type InCallback } from "./turns.ts";
import { ReplyWriter } from "./writer.ts";

/** Unread request bytes that are worth discarding to keep a connection (H21). */
const DISCARD_BYTES = 1024 * 1024;

export class UwsExchange implements Exchange, InCallback, Pending, Sender {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly fault: HeadFault | null;
  readonly isConditional: boolean;
  readonly tls: TlsInfo | null;
  body: UwsBody | null = null;
  committed = false;
  ended = false;
  abortReason: unknown = undefined;
  attachment: unknown = null;
  startedMs = 0;
  upgrade: UpgradeOffer | null = null;
  onAbort: ((reason: unknown, exchange: Exchange) => void) | null = null;
  onEnd: ((outcome: Outcome, exchange: Exchange) => void) | null = null;
  previous: Pending | null = null;
  next: Pending | null = null;

  private readonly query: string | undefined;
  private readonly rawFields: string[];
  private readonly state: ListenerState;
  private response: NativeResponse | null;
  private fieldsChecked: boolean;
  private peerKnown: Endpoint | null | undefined = undefined;
  closes: boolean;
  private readonly clientClose: boolean;
  /** The app hears of it, and of each piece of its body, outside of the engine's callbacks. */
  readonly staysOutside: boolean;
  private watched = false;
  /** True while the engine's own callback is on the stack: the socket is corked, and nothing can have gone wrong yet. */
  private arriving = true;
  private sinceMs = 0;
  private status = 0;
  private reply: Reply | null = null;
  writer: ReplyWriter | null = null;
  private closingOf: Closing | null = null;

  /** `facts` is what was found in the head; it is read here and not kept. */
  constructor(
    state: ListenerState,
    tls: TlsInfo | null,
    response: NativeResponse,
    request: NativeRequest,
    facts: HeadFacts,
    head: ReceivedHead,
  ) {
    this.state = state;
    this.tls = tls;
    this.response = response;
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.rawFields = head.fields;
    this.authority = facts.host;
    this.fault = facts.fault;
    this.isConditional = facts.isConditional;
    this.fieldsChecked = head.octets === "octets";
    // The engine's own criterion for closing after the reply: five octets, whatever they are.
    this.clientClose = facts.hasConnectionOptions && request.getHeader("connection").length === 5;
    this.closes = facts.hasClose || this.clientClose || facts.isChunked || facts.fault !== null;
    this.staysOutside = tls !== null && canFillRead(facts);
    // Before anything else: an answer that the engine could not finish would end the process for want of a listener.
    response.onAborted(() => this.left());
    if (facts.isChunked || (facts.declaredBytes !== null && facts.declaredBytes > 0)) this.takeBody(response, facts);
    else if (facts.declaredBytes === null && normallyHasBody(head.method)) this.closes = true;
  }

  get target(): string {
    return this.query === undefined ? this.path : `${this.path}?${this.query}`;
  }

  get scheme(): "http" | "https" {
    return this.tls === null ? "http" : "https";
  }

  get httpVersion(): "1.1" {
    return "1.1";
  }

  get local(): Endpoint | null {
    return this.state.local;
  }

  get native(): unknown {
    return this.response ?? undefined;
  }

  get fields(): readonly string[] {
    if (!this.fieldsChecked) {
      this.fieldsChecked = true;
      isomorphicFields(this.rawFields);
    }
    return this.rawFields;
  }

  /** Read when first asked for: it can be a system call. Unknown when first asked for after the end. */
  get peer(): Endpoint | null {
    if (this.peerKnown === undefined) {
      if (this.response === null) return null;
      this.peerKnown = this.state.peers.of(this.response);
    }
    return this.peerKnown;
  }

  field(name: string): string | null {
    const fields = this.rawFields;
    let combined: string | null = null;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== name) continue;
      const value = this.fieldsChecked ? fields[i + 1]! : isomorphic(fields[i + 1]!);
      combined = combined === null ? value : combined + (name === "cookie" ? "; " : ", ") + value;
    }
    return combined;
  }

  send(reply: Reply): void {
    if (this.abortReason !== undefined) {
      cancelReply(reply, this.abortReason);
      return;
    }
    if (this.committed) throw new ServerError("ERR_ALREADY_SENT", "This exchange already has a reply.");
    this.committed = true;
    this.reply = reply;
    if (reply.close || this.state.stopping || this.leavesTooMuch()) this.closes = true;
    // Closing inside the parser would let it go on in freed memory, or run what the client sent behind this request.
    if (this.closes) setImmediate(transmitLater, this);
    else if (this.arriving) this.transmit();
    else this.transmitLater();
  }

  abort(reason: unknown): void {
    if (this.ended) return;
    this.watch();
    const { response } = this;
    this.conclude("failed", 0, reason);
    if (response !== null) setImmediate(() => closeSocket(response));
  }

  /** Gives the response for the change to another protocol, or `null` when it is too late. `switchedEnd` is the end then. */
  switchProtocols(): NativeResponse | null {
    const { response } = this;
    if (response === null || this.committed) return null;
    // The engine can be asked only while the exchange lasts.
    void this.peer;
    this.committed = true;
    this.status = 101;
    this.response = null;
    if (this.watched) this.state.pending.remove(this);
    return response;
  }

  switchedEnd(code: number, sentBytes: number): void {
    this.conclude(code === 1006 ? "aborted" : "completed", sentBytes, code === 1006 ? clientGone() : undefined);
  }

  /** The engine's callback is about to return, as soon as no promise is left to settle. */
  settle(): void {
    if (this.ended || this.committed || this.closes || this.staysOutside) this.settled();
    else afterTurns(this);
  }

  /** From here on the client can leave, and time passes. */
  settled(): void {
    this.arriving = false;
    if (!this.ended && this.status !== 101) this.watch();
  }

  sweep(nowMs: number): void {
    const { limits } = this.state;
    if (this.sinceMs === 0) this.sinceMs = nowMs;
    if (this.writer !== null) {
      this.writer.sweep(nowMs);
      const stalledMs = this.writer.blocked ? nowMs - this.writer.blockedSinceMs : 0;
      if (limits.writeStallMs > 0 && stalledMs > limits.writeStallMs)
        this.giveUp("The client took nothing for too long.");
      else this.body?.idleMs(nowMs);
      return;
    }
    // A reply without a writer is at its end, and lingers only for a client that is still sending.
    if (this.committed) return;
    if (this.body !== null && limits.bodyIdleMs > 0 && this.body.idleMs(nowMs) > limits.bodyIdleMs) {
      this.expire(408, "The request body made no progress for too long.");
    } else if (limits.handlerMs > 0 && nowMs - this.handlerSinceMs > limits.handlerMs) {
      this.expire(504, "The handler did not answer in time.");
    }
  }

  /** A handler that waits for a client's upload is not slow. */
  private get handlerSinceMs(): number {
    return Math.max(this.sinceMs, this.body?.lastDataMs ?? 0);
  }

  get replyFields(): readonly string[] {
    return this.state.replyFields;
  }

  get mayBeInParser(): boolean {
    return this.arriving || this.body !== null;
  }

  get isDuplex(): boolean {
    return this.staysOutside && this.body?.complete === false;
  }

  get closing(): Closing {
    const { response } = this;
    this.closingOf ??= new Closing(this.closes, this.clientClose, () => {
      if (response !== null) closeSocket(response);
    });
    return this.closingOf;
  }

  get opening(): Uint8Array | null {
    return openingOf(this.reply);
  }

  writeHead(response: NativeResponse): void {
    if (this.reply !== null) response.writeStatus(replyHead(this.reply, this.replyFields, this.closing.field(false)));
  }

  stream(response: NativeResponse, source: ReplySource): void {
    this.watch();
    this.writer = new ReplyWriter(response, source, this);
    this.writer.start();
    this.body?.replyBegins();
  }

  sendRest(response: NativeResponse, bytes: Uint8Array): void {
    this.watch();
    this.writer = new ReplyWriter(response, givenSource(bytes.byteLength), this);
    this.writer.startStalled(bytes);
  }

  ending(): void {
    this.body?.release();
  }

  blocked(): void {
    this.body?.replyBlocked();
  }

  done(bytes: number): void {
    this.conclude("completed", bytes, undefined);
  }

  writerFailed(error: unknown, started: boolean): void {
    this.reply = null;
    this.state.onError(error);
    if (started) {
      this.abort(error);
      return;
    }
    this.writer = null;
    this.answerInstead(500, error);
  }

  private takeBody(response: NativeResponse, facts: HeadFacts): void {
    this.watch();
    const body = new UwsBody(response, {
      declaredBytes: facts.declaredBytes,
      maxBytes: this.state.limits.maxBodyBytes,
      settleLater: this.closes,
      mayFillRead: this.staysOutside,
      nowMs: this.state.pending.nowMs,
      owner: this,
    });
    this.body = body;
    response.onData((bytes, isLast) => {
      // Who waited for all of it may answer in this callback, as in the first one.
      if (isLast) this.arriving = !this.staysOutside;
      body.push(bytes, isLast, this.state.pending.nowMs);
      if (isLast) this.settle();
    });
  }

  /** From here on, this exchange hears of the client's leaving and of the passing of time. */
  private watch(): void {
    if (this.watched) return;
    this.watched = true;
    this.state.pending.add(this);
  }

  private left(): void {
    this.response = null;
    this.conclude("aborted", 0, clientGone());
  }

  private leavesTooMuch(): boolean {
    const { body } = this;
    if (body === null || body.complete || body.isBeingRead) return false;
    return body.declaredBytes === null || body.declaredBytes - body.receivedBytes > DISCARD_BYTES;
  }

  /** Outside the engine's callback, where nothing gathers what is written unless it is asked for. */
  transmitLater(): void {
    if (this.response === null) this.dropReply();
    // A close that fails to send its reply leaves the socket open, and what the client had sent behind the request is run.
    else if (this.closes && isGone(this.response)) closeSocket(this.response);
    else this.response.cork(() => this.transmit());
  }

  private dropReply(): void {
    if (this.reply !== null) cancelReply(this.reply, this.abortReason);
    this.reply = null;
  }

  private transmit(): void {
    const { reply, response } = this;
    if (reply === null || response === null) return;
    this.status = reply.status;
    transmit(this, response, reply);
  }

  private expire(status: number, reason: string): void {
    const error = new DOMException(reason, "TimeoutError");
    if (this.committed) {
      this.giveUp(reason);
      return;
    }
    this.committed = true;
    this.abortReason = error;
    this.notifyAbort(error);
    this.body?.fail(error);
    this.answerInstead(status, error);
  }

  private giveUp(reason: string): void {
    this.abort(new DOMException(reason, "TimeoutError"));
  }

  /** A plain answer in place of the one that did not come. */
  private answerInstead(status: number, reason: unknown): void {
    this.abortReason ??= reason;
    this.closes = true;
    this.closingOf = null;
    this.reply = this.state.plainReply(status);
    setImmediate(transmitLater, this);
  }

  private conclude(kind: Outcome["kind"], bytes: number, reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    if (this.watched) this.state.pending.remove(this);
    const { reply } = this;
    this.response = null;
    if (kind !== "completed") {
      this.abortReason = reason;
      this.body?.fail(reason);
      this.writer?.stop(reason);
      if (this.writer === null) this.dropReply();
      this.notifyAbort(reason);
    }
    this.body?.detach();
    this.onAbort = null;
    const { onEnd } = this;
    if (onEnd === null) return;
    this.onEnd = null;
    let sent = bytes;
    if (kind !== "completed") sent = this.writer?.sentBytes ?? 0;
    else if (bytes < 0) sent = Buffer.byteLength((reply?.body as string | null) ?? "");
    onEnd({ kind, status: this.status, bytes: sent, reason }, this);
  }

  private notifyAbort(reason: unknown): void {
    const { onAbort } = this;
    this.onAbort = null;
    onAbort?.(reason, this);
  }
}

function transmitLater(exchange: UwsExchange): void {
  exchange.transmitLater();
}
