// A WebSocket client whose events can be awaited, one after the other.

import { WebSocket, type ClientOptions } from "ws";

import { within } from "../support/waiting.ts";

export interface Received {
  readonly text: string;
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

export class Client implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly received: Received[] = [];
  /** Status of the answer that was not 101. */
  status = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly opened: Promise<void>;

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, options);
    this.socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      this.received.push({ bytes, text: bytes.toString(), isBinary });
      for (const wake of this.waiting.splice(0)) wake();
    });
    this.socket.on("unexpected-response", (_request, response) => {
      this.status = response.statusCode ?? 0;
      this.socket.terminate();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.on("open", resolve);
      this.socket.on("error", reject);
    });
    this.opened.catch(() => {});
  }

  static async open(url: string, protocols?: string[], options?: ClientOptions): Promise<Client> {
    const client = new Client(url, protocols, options);
    await within(5_000, "the WebSocket opens", client.opened);
    return client;
  }

  /** The next message that was not taken yet. */
  async message(): Promise<Received> {
    while (this.received.length === 0) {
      await within(
        10_000,
        "a message",
        new Promise<void>((resolve) => {
          this.waiting.push(resolve);
        }),
      );
    }
    return this.received.shift() as Received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
