// One request of HTTP/2: a stream in the shape that exchange and sender know from HTTP/1.

import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Endpoint } from "../../contract.ts";
import type { Carrier, ConnectionExchange, Security } from "./connection.ts";
import type { Outgoing } from "./sender.ts";

/** The connection of a stream, as far as the stream has to know it. */
export interface Http2Connection {
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly security: Security;
}

/** What carries the one exchange of a stream. Its end is the end of the stream, never of the connection. */
export class Http2Carrier implements Carrier {
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly tls: Security["info"];
  isClosing = false;
  private readonly stream: ServerHttp2Stream;
  private exchange: ConnectionExchange | null = null;
  private isLeftSoftly = false;

  constructor(stream: ServerHttp2Stream, connection: Http2Connection) {
    this.stream = stream;
    this.peer = connection.peer;
    this.local = connection.local;
    this.tls = connection.security.info;
  }

  get isIdle(): boolean {
    return this.exchange === null;
  }

  isNewest(): boolean {
    return true;
  }

  add(exchange: ConnectionExchange): void {
    this.exchange = exchange;
  }

  remove(): void {
    this.exchange = null;
  }

  /** What the client still uploads is not wanted (RFC 9113 section 8.1). */
  closeSoftly(): void {
    if (this.stream.readableEnded) return;
    this.isLeftSoftly = true;
    this.stream.close(constants.NGHTTP2_NO_ERROR);
  }

  cut(): void {
    this.stream.destroy(new Error("The reply could not be completed."));
  }

  clientLeft(): void {
    this.exchange?.clientLeft();
  }

  sweep(nowMs: number): void {
    // Of a stream that the client resets with the code for "no error", Node 20 to 24 neither send the rest nor tell the end.
    if (this.stream.closed && !this.isLeftSoftly) this.stream.destroy();
    this.exchange?.sweep(nowMs);
  }

  abort(reason: unknown): void {
    this.exchange?.abort(reason);
  }
}

/** Fields of HTTP/1 connections, which HTTP/2 forbids (RFC 9113 section 8.2.2). */
const FORBIDDEN: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade"]);

const CUT = new Error("The stream ended before the chunk was sent.");

/** A stream to answer on. The head waits for the first byte or the end, so that an answer without body is one frame. */
export class Http2Outgoing implements Outgoing {
  private readonly stream: ServerHttp2Stream;
  private head: OutgoingHttpHeaders | null = null;
  private onFinish: (() => void) | null = null;

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream;
  }

  get headersSent(): boolean {
    return this.stream.headersSent || this.head !== null;
  }

  get socket(): object | null {
    return this.stream;
  }

  private get isGone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }

  writeContinue(): void {
    if (!this.isGone) this.stream.additionalHeaders({ ":status": 100 });
  }

  writeHead(status: number, _reason: string, lines: string[]): void {
    const head: OutgoingHttpHeaders = { ":status": status };
    for (let i = 0; i < lines.length; i += 2) {
      const name = lines[i]!;
      const value = lines[i + 1]!;
      const before = head[name];
      if (FORBIDDEN.has(name)) continue;
      if (before === undefined) head[name] = value;
      else head[name] = Array.isArray(before) ? [...before, value] : [String(before), value];
    }
    this.head = head;
  }

  flushHeaders(): void {
    this.respond(false);
  }

  write(chunk: Uint8Array, taken: (error?: Error | null) => void): boolean {
    this.respond(false);
    // A stream that was reset calls back without an error, and the session may still be writing a part of the chunk.
    return this.isGone || this.stream.write(chunk, (error) => taken(this.stream.destroyed ? CUT : error));
  }

  end(body?: string | Uint8Array): void {
    const isEmpty = body === undefined || body.length === 0;
    this.respond(isEmpty);
    if (isEmpty && this.stream.writableEnded) return;
    if (isEmpty) this.stream.end();
    else this.stream.end(body);
  }

  once(event: "finish" | "drain", listener: () => void): void {
    if (event === "finish") this.onFinish = listener;
    this.stream.once(event, event === "finish" ? () => this.finish() : listener);
  }

  private finish(): void {
    const { onFinish } = this;
    this.onFinish = null;
    onFinish?.();
  }

  private respond(endStream: boolean): void {
    const { head } = this;
    this.head = null;
    if (head === null || this.isGone) return;
    this.stream.respond(head, { endStream });
    // Of an answer that is one frame, Node tells the end only after the end of the stream.
    if (endStream) this.finish();
  }
}
