// A TLS listener of one engine, without a host above it: what it was asked comes back as JSON.

import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { chooseEngine } from "../../src/engine/choose.ts";
import type { Exchange, Listener, TlsPair } from "../../src/engine/engine.ts";
import type { EngineName } from "./engines.ts";
import { parseResponse, type RawResponse } from "./raw-response.ts";
import { deferred, within } from "./waiting.ts";

const LIMITS = {
  maxBodyBytes: 1024 * 1024,
  maxHeaderBytes: 16_384,
  maxMessageBytes: 1024 * 1024,
  socketIdleMs: 30_000,
  maxTargetBytes: 8192,
  rejectChunked: false,
  bodyIdleMs: 30_000,
  writeStallMs: 60_000,
  handlerMs: 60_000,
};

const DEADLINE_MS = 20_000;

export interface TlsServer extends AsyncDisposable {
  readonly listener: Listener;
  readonly port: number;
  readonly errors: unknown[];
}

function answer(exchange: Exchange): void {
  const { fault, scheme, authority, httpVersion, tls } = exchange;
  exchange.send({
    status: fault?.status ?? 200,
    reason: "",
    fields: ["content-type", "application/json"],
    body: JSON.stringify({ scheme, authority, httpVersion, tls }),
    sizeBytes: null,
    close: fault !== null,
  });
}

export async function listenTls(name: EngineName, pairs: readonly TlsPair[]): Promise<TlsServer> {
  const { engine } = await chooseEngine(name, 24_576);
  const errors: unknown[] = [];
  const listener = await engine.listen({
    host: "127.0.0.1",
    port: 0,
    tls: pairs,
    replyFields: [],
    limits: LIMITS,
    onExchange: answer,
    onRefused: () => {},
    onError: (error) => errors.push(error),
  });
  return { listener, port: listener.port, errors, [Symbol.asyncDispose]: () => listener.destroy() };
}

/** A TLS connection that sends what it is told to and reads whole responses. */
export class TlsClient implements AsyncDisposable {
  readonly socket: TLSSocket;
  private received = Buffer.alloc(0);
  private arrival = deferred();
  private hasEnded = false;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    const wake = (): void => {
      const { arrival } = this;
      this.arrival = deferred();
      arrival.resolve();
    };
    socket.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      wake();
    });
    const end = (): void => {
      this.hasEnded = true;
      wake();
    };
    socket.on("close", end);
    socket.on("end", end);
    socket.on("error", end);
  }

  static async connect(port: number, options: ConnectionOptions = {}): Promise<TlsClient> {
    const secure = deferred();
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options }, () => secure.resolve());
    socket.on("error", secure.reject);
    await within(DEADLINE_MS, "a TLS handshake", secure.promise);
    return new TlsClient(socket);
  }

  /** The common name of the certificate that the server showed. */
  get commonName(): string {
    const { CN } = this.socket.getPeerCertificate().subject;
    return String(CN);
  }

  async ask(host: string, target = "/"): Promise<RawResponse> {
    this.socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return within(DEADLINE_MS, "a response", this.response());
  }

  /** Sends a body as fast as the system takes it. */
  async post(target: string, body: Uint8Array): Promise<RawResponse> {
    this.socket.write(`POST ${target} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.byteLength}\r\n\r\n`);
    this.socket.write(body);
    return within(DEADLINE_MS, "a response", this.response());
  }

  /** What the server makes of a request for `host`. */
  async facts(host: string): Promise<Record<string, unknown>> {
    return JSON.parse((await this.ask(host)).text) as Record<string, unknown>;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }

  private async response(): Promise<RawResponse> {
    for (;;) {
      const { arrival } = this;
      const parsed = parseResponse(this.received, false, this.hasEnded);
      if (parsed !== null) {
        this.received = this.received.subarray(parsed.length);
        return parsed.response;
      }
      if (this.hasEnded) throw new Error("the connection ended before the response was complete");
      await arrival.promise;
    }
  }
}
