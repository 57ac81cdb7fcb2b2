// How can a Request cost almost nothing until it is read, and still be one? Nothing is computed before it is asked for.

import { ReadableStream } from "node:stream/web";

import type { BodyReader, Exchange } from "./engine.ts";
import { requestUrl } from "../http/request-url.ts";
import { arrayBufferOf, bodyOf, bodyStream, bodyWithType, bytesOf, jsonOf, quiet, textOf } from "./request-body.ts";
import { abortController, exchangeController, nativeRequest } from "./request-genuine.ts";
import { LazyHeaders } from "./request-headers.ts";
import { NativeRequest, requestSymbols, shapeLike } from "./request-native.ts";

/** A body method that the types of Node 20 lack. */
type BytesBody = Request & { bytes(): Promise<Uint8Array> };

/**
 * A Request over an exchange. Its prototype chain ends in the genuine `Request.prototype`; one genuine Request is made
 * when only a full one will do (`body`, `clone()`, `new Request(it)`, `fetch(it)`), and is the truth about the body then.
 */
export class LazyRequest {
  readonly #exchange: Exchange;
  #url = "";
  #headers: LazyHeaders | Headers | null = null;
  #genuine: Request | null = null;
  #controller: AbortController | null = null;
  #isConsumed = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  static isLazy(value: unknown): value is LazyRequest {
    return typeof value === "object" && value !== null && #exchange in value;
  }

  /** The genuine Request behind a lazy one, made at the first call. */
  static genuine(this: void, request: LazyRequest): Request {
    request.#genuine ??= request.#materialise();
    return request.#genuine;
  }

  /** Aborts `signal`, if anybody asked for it yet; who asks later finds it aborted. An exchange that completed aborts nothing (H26). */
  static abort(request: LazyRequest, reason: unknown, report: (error: unknown) => void): void {
    if (request.#controller === null) return;
    abortController(request.#controller, request.#exchange, reason, report);
  }

  get method(): string {
    return this.#exchange.method;
  }

  get url(): string {
    if (this.#url === "") {
      const { scheme, authority, target } = this.#exchange;
      this.#url = requestUrl(scheme, authority, target);
    }
    return this.#url;
  }

  get headers(): Headers {
    this.#headers ??= this.#genuine?.headers ?? new LazyHeaders(this.#exchange.fields);
    return this.#headers as Headers;
  }

  get signal(): AbortSignal {
    this.#controller ??= exchangeController(this.#exchange);
    return this.#controller.signal;
  }

  get body(): Request["body"] {
    return bodyOf(this.#exchange) === null ? null : LazyRequest.genuine(this).body;
  }

  get bodyUsed(): boolean {
    return this.#genuine === null ? this.#isConsumed : this.#genuine.bodyUsed;
  }

  get cache(): string {
    return "default";
  }

  get credentials(): string {
    return "same-origin";
  }

  get destination(): string {
    return "";
  }

  get duplex(): string {
    return "half";
  }

  get integrity(): string {
    return "";
  }

  get keepalive(): boolean {
    return false;
  }

  get mode(): string {
    return "cors";
  }

  get redirect(): string {
    return "follow";
  }

  get referrer(): string {
    return "about:client";
  }

  get referrerPolicy(): string {
    return "";
  }

  text(): Promise<string> {
    return this.#collect(textOf) ?? quiet(LazyRequest.genuine(this).text());
  }

  json(): Promise<unknown> {
    return this.#collect(jsonOf) ?? quiet(LazyRequest.genuine(this).json());
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#collect(arrayBufferOf) ?? quiet(LazyRequest.genuine(this).arrayBuffer());
  }

  bytes(): Promise<Uint8Array> {
    return this.#collect(bytesOf) ?? quiet((LazyRequest.genuine(this) as BytesBody).bytes());
  }

  blob(): Promise<Blob> {
    const body = this.#collect((bytes) => bodyWithType(bytes, this.headers.get("content-type")));
    return quiet(
      body === null ? LazyRequest.genuine(this).blob() : body.then((whole) => whole.blob()),
    ) as Promise<Blob>;
  }

  formData(): Promise<FormData> {
    const body = this.#collect((bytes) => bodyWithType(bytes, this.headers.get("content-type")));
    return quiet(body === null ? LazyRequest.genuine(this).formData() : body.then((whole) => whole.formData()));
  }

  clone(): Request {
    return LazyRequest.genuine(this).clone();
  }

  /** All bytes, read once and without a stream; `null` when a genuine Request is the one to ask. */
  #collect<Result>(reader: BodyReader<Result>): Promise<Result> | null {
    if (this.#genuine !== null) return null;
    const source = bodyOf(this.#exchange);
    if (source === null) return quiet(emptyBody(reader));
    // The words of the platform's own error: code that tells it apart by them keeps working.
    if (this.#isConsumed) return quiet(Promise.reject(new TypeError("Body is unusable: Body has already been read")));
    this.#isConsumed = true;
    return source.collect(reader);
  }

  #materialise(): Request {
    const lazyHeaders = this.#headers instanceof LazyHeaders ? this.#headers : null;
    const body = this.#takeBody();
    const genuine = nativeRequest(this.#exchange, {
      url: this.url,
      headers: LazyHeaders.init(lazyHeaders ?? new LazyHeaders(this.#exchange.fields)),
      signal: this.signal,
      body,
    });
    if (lazyHeaders !== null) LazyHeaders.adopt(lazyHeaders, genuine.headers);
    // The platform takes no used stream, so it is used up here: disturbed and locked, as text() leaves one.
    if (this.#isConsumed) void quiet(body!.getReader().cancel());
    return genuine;
  }

  #takeBody(): ReadableStream<Uint8Array> | null {
    const source = bodyOf(this.#exchange);
    if (source === null) return null;
    return this.#isConsumed ? new ReadableStream({ type: "bytes" }) : bodyStream(source);
  }
}

async function emptyBody<Result>(reader: BodyReader<Result>): Promise<Result> {
  return reader(new Uint8Array(), false);
}

shapeLike(LazyRequest, NativeRequest, LazyRequest.genuine);
for (const symbol of requestSymbols) {
  Object.defineProperty(LazyRequest.prototype, symbol, {
    configurable: true,
    get(this: LazyRequest): unknown {
      return Reflect.get(LazyRequest.genuine(this), symbol);
    },
  });
}
