// Handlers that upgrade, served for a test, and what their sockets heard.

import type { Context, Handler, ServeOptions, ServerWebSocket, UpgradeOptions } from "../../src/index.ts";
import { offerLines } from "../../src/conformance/frames.ts";
import { type Served, served } from "../host/served.ts";
import type { EngineName } from "../support/engines.ts";
import { get } from "../support/octets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { deferred } from "../support/waiting.ts";

export interface Close {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

export class Heard {
  readonly socket: ServerWebSocket;
  /** Types of events, in order. */
  readonly types: string[] = [];
  readonly data: (string | ArrayBuffer)[] = [];
  /** The first close. */
  readonly closed: Promise<Close>;

  constructor(socket: ServerWebSocket) {
    this.socket = socket;
    const { promise, resolve } = deferred<Close>();
    this.closed = promise;
    for (const type of ["open", "drain", "error"] as const) {
      socket.addEventListener(type, () => this.types.push(type));
    }
    socket.addEventListener("message", ({ data }) => {
      this.types.push("message");
      this.data.push(data);
    });
    socket.addEventListener("close", ({ code, reason, wasClean }) => {
      this.types.push("close");
      resolve({ code, reason, wasClean });
    });
  }
}

export interface Upgraded extends Served {
  readonly url: string;
  /** The sockets of all calls, in order. */
  readonly heard: Heard[];
  /** The next one that is made. */
  next(): Promise<Heard>;
  /** A connection that has been switched. */
  open(lines?: Readonly<Record<string, string | null>>): Promise<RawClient>;
}

/** Serves a handler that upgrades whatever asks for it. `began` is given each socket before the answer. */
export function upgrading(
  engine: EngineName,
  began: (socket: ServerWebSocket, context: Context) => void = () => {},
  options: ServeOptions & { readonly upgrade?: UpgradeOptions } = {},
): Promise<Upgraded> {
  const { upgrade, ...settings } = options;
  return handling(
    engine,
    (heard) => (_request, context) => {
      const { socket, response } = context.upgradeWebSocket!(upgrade);
      heard(socket);
      began(socket, context);
      return response;
    },
    settings,
  );
}

/** Serves a handler that tells `heard` of each socket. */
export async function handling(
  engine: EngineName,
  handler: (heard: (socket: ServerWebSocket) => void) => Handler,
  options: ServeOptions = {},
): Promise<Upgraded> {
  const heard: Heard[] = [];
  const waiting: ((one: Heard) => void)[] = [];
  const hears = (socket: ServerWebSocket): void => {
    const one = new Heard(socket);
    heard.push(one);
    waiting.shift()?.(one);
  };
  const running = await served(engine, handler(hears), options);
  return {
    ...running,
    url: `ws://127.0.0.1:${running.port}`,
    heard,
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
    async open(lines) {
      const client = await running.connect();
      await client.send(get("/", offerLines(lines)));
      const { status } = await client.response();
      if (status !== 101) throw new Error(`answered ${status}`);
      return client;
    },
  };
}
