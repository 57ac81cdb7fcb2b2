// What do the two halves of a bridged exchange know of each other? The types and the keys they keep their state under.
//
// The keys are symbols, so that nothing here can collide with what Express or a middleware puts on the same objects. An
// object without `CARRIER` is a genuine one of node:http that happens to share a prototype, and is left to Node.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange, Outcome } from "../../src/internal.ts";
import type { BridgeSocket } from "./socket.ts";
import type { OutgoingBody } from "./outgoing-body.ts";
import type { FieldList } from "./outgoing-fields.ts";

/** An exchange as far as the bridge uses it: an engine's own, or one that is made of a Request and a Response. */
export type Carrier = Pick<
  Exchange,
  | "method"
  | "target"
  | "scheme"
  | "httpVersion"
  | "fields"
  | "body"
  | "peer"
  | "local"
  | "tls"
  | "ended"
  | "abortReason"
  | "attachment"
  | "onAbort"
  | "send"
  | "abort"
> & {
  /** Answers for a listener that failed before it answered, where somebody outside knows how. */
  fail?(error: unknown): void;
};

/** What the bridge asks of whoever runs it. */
export interface Surroundings {
  /** Takes what the app threw where nobody else could take it. Never throws. */
  report(error: unknown): void;
  /** What `socket.server` is. */
  readonly server?: unknown;
}

/** Adds `server` to what a host gives: one object for all requests of an app, which has one host. */
export function withServer(server: unknown): (around: Surroundings) => Surroundings {
  let known: Surroundings | null = null;
  return (around) => (known ??= { report: (error) => around.report(error), server });
}

/** Runs what an engine tells us in the async context of the request, so that AsyncLocalStorage finds its store there. */
export interface Scope {
  runInAsyncScope<This, Args extends unknown[]>(
    work: (this: This, ...args: Args) => unknown,
    thisArg?: This,
    ...args: Args
  ): unknown;
}

/** Where the host finds whom to tell that an exchange has ended. */
export const ENDED: unique symbol = Symbol.for("easyserver.ended") as never;

export const CARRIER: unique symbol = Symbol("carrier");
export const HEADERS: unique symbol = Symbol("headers");
export const READABLE: unique symbol = Symbol("readable state");
export const SOCKET: unique symbol = Symbol("socket");
export const RESPONSE: unique symbol = Symbol("response");
export const FIELDS: unique symbol = Symbol("fields");
export const AROUND: unique symbol = Symbol("surroundings");
export const SCOPE: unique symbol = Symbol("scope");
export const BODY: unique symbol = Symbol("body");
export const SENT: unique symbol = Symbol("sent");
export const OUTCOME: unique symbol = Symbol("outcome");
export const LENGTH: unique symbol = Symbol("length");
export const STATUS: unique symbol = Symbol("status");
export const REASON: unique symbol = Symbol("reason");
export const ERRORED: unique symbol = Symbol("errored");
export const DETACHED: unique symbol = Symbol("detached");

type Listeners = Record<PropertyKey, unknown> | undefined;

/** Our side of a request. What is `undefined` at first is what Express puts there later. */
export interface IncomingState {
  _events: Listeners;
  _eventsCount: number;
  url: string;
  method: string;
  complete: boolean;
  aborted: boolean;
  _consuming: boolean;
  _dumped: boolean;
  [CARRIER]: Carrier | undefined;
  [HEADERS]: NodeJS.Dict<string | string[]> | null;
  [READABLE]: object | null;
  [SOCKET]: BridgeSocket | null;
  [RESPONSE]: Outgoing;
  res?: unknown;
  next?: unknown;
  baseUrl?: unknown;
  originalUrl?: unknown;
  _parsedUrl?: unknown;
  params?: unknown;
  route?: unknown;
  body?: unknown;
}

/** Our side of a response. */
export interface OutgoingState {
  _events: Listeners;
  _eventsCount: number;
  statusCode: number;
  statusMessage: string;
  finished: boolean;
  destroyed: boolean;
  shouldKeepAlive: boolean;
  _header: string | null;
  _hasBody: boolean;
  _closed: boolean;
  locals?: unknown;
  [CARRIER]: Carrier | undefined;
  [FIELDS]: FieldList | null | undefined;
  [SOCKET]: BridgeSocket | null;
  [AROUND]: Surroundings;
  [SCOPE]: Scope;
  [BODY]: OutgoingBody | null;
  /** The reply is with the carrier. */
  [SENT]: boolean;
  /** How the carrier says that it ended. */
  [OUTCOME]: Outcome["kind"] | null;
  /** The app's own Content-Length, or -1. */
  [LENGTH]: number;
  /** The status line, frozen by `writeHead`; the reason is empty for the standard one. */
  [STATUS]: number;
  [REASON]: string;
  [ERRORED]: unknown;
  /** `res.socket` is null from here on, as after Node's own `detachSocket`. */
  [DETACHED]: boolean;
  [ENDED](outcome: Outcome): void;
  _implicitHeader(): void;
}

export type Incoming = Omit<IncomingMessage, keyof IncomingState | "socket"> & IncomingState & { socket: BridgeSocket };
export type Outgoing = Omit<ServerResponse, keyof OutgoingState | "req" | "socket"> &
  OutgoingState & { req: Incoming; socket: BridgeSocket | null };

interface Emitter {
  emit(event: string, ...args: unknown[]): boolean;
}

/** Emits; what a listener throws is reported, because there is nobody in the engine to catch it. */
export function emitContained(around: Surroundings, emitter: object, event: string, ...args: unknown[]): void {
  try {
    (emitter as Emitter).emit(event, ...args);
  } catch (error) {
    around.report(error);
  }
}
