// How are a server-made Request and the platform's own held against each other? One test body, run on each kind.

import { after, before, describe, it } from "node:test";

import type { BodyReader, BodySource, Exchange } from "../../src/engine/engine.ts";
import { createGenuineRequest, createRequest, installFastRequest } from "../../src/engine/request.ts";

export interface RequestSpec {
  readonly method?: string;
  readonly scheme?: "http" | "https";
  readonly authority?: string;
  readonly target?: string;
  /** name, value, name, value …, as an engine gives them. */
  readonly fields?: readonly string[];
  readonly chunks?: readonly (string | Uint8Array)[];
  readonly source?: BodySource;
}

export type MakeRequest = (spec?: RequestSpec) => Request;

type Writable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

/** A body that is all there, and tells what was asked of it. */
export class ChunkSource implements BodySource {
  readonly declaredBytes: number | null;
  readonly asked: string[] = [];
  readonly #chunks: Uint8Array<ArrayBuffer>[];

  constructor(chunks: readonly (string | Uint8Array)[]) {
    this.#chunks = chunks.map((chunk) => new Uint8Array(Buffer.from(chunk as string)));
    this.declaredBytes = this.#chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
  }

  async collect<Result>(reader: BodyReader<Result>): Promise<Result> {
    this.asked.push("collect");
    return reader(new Uint8Array(Buffer.concat(this.#chunks.splice(0))), true);
  }

  read(): Promise<Uint8Array<ArrayBuffer> | null> {
    this.asked.push("read");
    return Promise.resolve(this.#chunks.shift() ?? null);
  }

  cancel(): void {
    this.asked.push("cancel");
  }
}

/** A body whose every use rejects with `reason`, after `before` chunks when read as a stream. */
export class FailingSource implements BodySource {
  readonly declaredBytes = 10;
  readonly #before: Uint8Array<ArrayBuffer>[];
  readonly #reason: unknown;

  constructor(reason: unknown, before: readonly string[] = []) {
    this.#reason = reason;
    this.#before = before.map((chunk) => new Uint8Array(Buffer.from(chunk)));
  }

  collect<Result>(_reader: BodyReader<Result>): Promise<Result> {
    const rejection = Promise.reject(this.#reason);
    rejection.catch(() => {});
    return rejection;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    const chunk = this.#before.shift();
    if (chunk === undefined) throw this.#reason;
    return chunk;
  }

  cancel(): void {}
}

export function exchangeOf(spec: RequestSpec = {}): Writable<Exchange> {
  const { method = "GET", scheme = "http", authority = "site.example", target = "/", fields = [] } = spec;
  return {
    method,
    scheme,
    authority,
    target,
    path: target.split("?")[0]!,
    httpVersion: "1.1",
    fields,
    field: (name) => fields[fields.indexOf(name) + 1] ?? null,
    isConditional: false,
    fault: null,
    peer: null,
    local: null,
    tls: null,
    body: spec.source ?? (spec.chunks === undefined ? null : new ChunkSource(spec.chunks)),
    committed: false,
    ended: false,
    abortReason: undefined,
    native: null,
    attachment: undefined,
    startedMs: 0,
    onAbort: null,
    onEnd: null,
    send: () => {},
    abort: () => {},
  };
}

export function pairsOf(fields: readonly string[]): [string, string][] {
  return Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i]!, fields[2 * i + 1]!]);
}

/** Runs `test` on the platform's `new Request(url, init)` and on what an exchange with the same content gives. */
export function onEachKind(title: string, test: (make: MakeRequest) => void | Promise<void>): void {
  describe(title, () => {
    it("holds for the platform's own Request", () => test(platformRequest));
    it("holds for createRequest", () => test((spec) => createRequest(exchangeOf(spec))));
    it("holds for createGenuineRequest", () => test((spec) => createGenuineRequest(exchangeOf(spec))));
  });
}

/** For the whole of the calling suite: makes createRequest lazy on every Node. */
export function installWhileRunning(): void {
  let undo: () => void;
  before(() => {
    undo = installFastRequest();
  });
  after(() => undo());
}

function platformRequest(spec: RequestSpec = {}): Request {
  const { method = "GET", scheme = "http", authority = "site.example", target = "/", fields = [] } = spec;
  const init: RequestInit = { method, headers: pairsOf(fields) };
  if (spec.chunks !== undefined && method !== "GET" && method !== "HEAD") {
    const source = new ChunkSource(spec.chunks);
    init.body = new ReadableStream({
      async pull(controller): Promise<void> {
        const chunk = await source.read();
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
    });
    init.duplex = "half";
  }
  return new Request(`${scheme}://${authority}${target}`, init);
}
