// The same bridge on any host that speaks Request and Response: another FSGI server, Bun, Deno.

import { ServerError, type Context, type Endpoint } from "../../src/index.ts";
import type { Exchange, Reply, ReplySource } from "../../src/internal.ts";
import { type Carrier, ENDED } from "./bridge-state.ts";

/** Bytes kept for a client that is slow, before the app is told to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/** What hosts of other makes give in second place: Deno's `info`, Bun's `server`. */
interface ForeignHost {
  readonly remoteAddr?: { readonly hostname?: string; readonly port?: number };
  requestIP?(request: Request): { readonly address: string; readonly port: number } | null;
}

export class FetchCarrier implements Carrier {
  readonly method: string;
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly httpVersion: Exchange["httpVersion"];
  readonly fields: readonly string[];
  readonly body: Exchange["body"];
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly tls: Exchange["tls"];
  ended = false;
  abortReason: unknown = undefined;
  attachment: unknown = null;
  onAbort: Exchange["onAbort"] = null;
  /** Settles with the head of the reply. */
  readonly response: Promise<Response>;
  private readonly context: Context | null;
  private resolve!: (response: Response) => void;
  private reject!: (reason: unknown) => void;
  private committed = false;
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  private source: ReplySource | null = null;

  constructor(request: Request, host: unknown) {
    const context = isContext(host) ? host : null;
    const url = new URL(request.url);
    this.context = context;
    this.method = request.method;
    this.target = context?.target ?? url.pathname + url.search;
    this.scheme = url.protocol === "https:" ? "https" : "http";
    this.httpVersion = context?.httpVersion ?? "1.1";
    this.fields = fieldsOf(request, url);
    this.body = bodyOf(request);
    this.peer = context === null ? foreignPeer(request, host) : context.remote;
    this.local = context?.local ?? null;
    this.tls = context?.tls ?? null;
    this.response = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const signal = context?.signal ?? request.signal;
    signal?.addEventListener("abort", () => this.lose("aborted", signal.reason));
  }

  send(reply: Reply): void {
    if (this.ended || this.committed) return;
    this.committed = true;
    try {
      this.resolve(this.responseOf(reply));
    } catch (error) {
      this.reject(error);
      this.lose("failed", error);
    }
  }

  abort(reason: unknown): void {
    if (this.ended) return;
    if (!this.committed) {
      this.committed = true;
      this.reject(reason);
    } else this.controller?.error(reason);
    this.lose("failed", reason);
  }

  /** The host knows how to answer for a handler that failed, and has its own log. */
  fail(error: unknown): void {
    this.abort(error);
  }

  private responseOf(reply: Reply): Response {
    const { status, reason, body, fields, sizeBytes } = reply;
    if (status < 200 || status > 599) {
      throw new ServerError("ERR_RESPONSE_INVALID", `A Response cannot carry the status ${status}.`);
    }
    const headers = new Headers();
    for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!);
    const isSource = body !== null && typeof body === "object" && !(body instanceof Uint8Array);
    const announced = isSource ? body.sizeBytes : sizeBytes;
    if (announced !== null && status !== 204) headers.set("content-length", String(announced));
    const init = { status, statusText: reason, headers };
    const hasNone = status === 204 || status === 205 || status === 304 || this.method === "HEAD";
    if (isSource && !hasNone) return new Response(this.streamOf(body), init);
    if (isSource) body.cancel(undefined);
    this.watchEnd();
    if (hasNone || body === null || isSource) return new Response(null, init);
    // A string would bring a content-type of its own along.
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
    return new Response(bytes, init);
  }

  private streamOf(source: ReplySource): ReadableStream<Uint8Array> {
    this.source = source;
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES });
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: (controller) => this.pull(controller, source),
        cancel: (reason) => this.lose("aborted", reason),
      },
      strategy,
    );
  }

  private async pull(controller: ReadableStreamDefaultController<Uint8Array>, source: ReplySource): Promise<void> {
    const chunk = await source.next();
    if (this.ended) return;
    // The app may use its memory again once it is told that the chunk was taken.
    if (chunk !== null) controller.enqueue(new Uint8Array(chunk));
    else {
      controller.close();
      this.watchEnd();
    }
  }

  /** All bytes are the host's; where it tells how that ended, we wait for it. */
  private watchEnd(): void {
    const completed = this.context?.completed;
    if (completed === undefined) queueMicrotask(() => this.conclude("completed", undefined));
    else {
      completed.then(
        () => this.conclude("completed", undefined),
        (reason: unknown) => this.lose("aborted", reason),
      );
    }
  }

  private lose(kind: "aborted" | "failed", reason: unknown): void {
    if (this.ended) return;
    this.abortReason = reason ?? new DOMException("The client left.", "AbortError");
    this.source?.cancel(this.abortReason);
    if (!this.committed) {
      this.committed = true;
      this.reject(this.abortReason);
    }
    this.onAbort?.(this.abortReason, this as never);
    this.conclude(kind, this.abortReason);
  }

  private conclude(kind: "completed" | "aborted" | "failed", reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    const listener = this.attachment as { [ENDED](outcome: object): void } | null;
    listener?.[ENDED]({ kind, status: 0, bytes: 0, reason });
  }
}

function isContext(value: unknown): value is Context {
  return typeof value === "object" && value !== null && "contract" in value && value.contract === 1;
}

function fieldsOf(request: Request, url: URL): string[] {
  const fields: string[] = [];
  request.headers.forEach((value, name) => fields.push(name, value));
  // A Request made by hand has none, and Express reads its host from there.
  if (!request.headers.has("host")) fields.push("host", url.host);
  // A Request has no field for it, and body parsers look for one of the two.
  const isUnsized = request.body !== null && !request.headers.has("content-length");
  if (isUnsized && !request.headers.has("transfer-encoding")) fields.push("transfer-encoding", "chunked");
  return fields;
}

function bodyOf(request: Request): Exchange["body"] {
  const { body } = request;
  if (body === null) return null;
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const declared = request.headers.get("content-length");
  return {
    declaredBytes: declared === null ? null : Number(declared),
    collect: () => Promise.reject(new Error("The bridge reads bodies piece by piece.")),
    read: async () => {
      reader ??= body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
      const { done, value } = await reader.read();
      return done ? null : (value as Uint8Array<ArrayBuffer>);
    },
    cancel: () => {
      const cancelled = reader === null ? body.cancel() : reader.cancel();
      cancelled.catch(() => {});
    },
  };
}

function foreignPeer(request: Request, host: unknown): Endpoint | null {
  const foreign = (typeof host === "object" ? host : null) as ForeignHost | null;
  const { hostname, port } = foreign?.remoteAddr ?? {};
  if (hostname !== undefined) return endpoint(hostname, port ?? 0);
  const found = foreign?.requestIP?.(request) ?? null;
  return found === null ? null : endpoint(found.address, found.port);
}

function endpoint(address: string, port: number): Endpoint {
  return { address, port, family: address.includes(":") ? "IPv6" : "IPv4" };
}
