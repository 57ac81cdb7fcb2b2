// The nouns of the contract (FSGI version 1): what a host gives a handler and what it takes back. Imports nothing.

/** A transport address. `port` is 0 for a Unix socket, whose `address` is its path (or empty). */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly family: "IPv4" | "IPv6" | "unix";
}

/** What is known of the TLS layer of a connection. */
export interface TlsInfo {
  /** `"TLSv1.3"`, or `null` where the engine does not tell. */
  readonly version: string | null;
  readonly cipher: string | null;
  readonly serverName: string | null;
  readonly alpn: string | null;
}

/** Names of the optional features a host may offer (clause T4). */
export type Capability =
  | "stream"
  | "file"
  | "websocket"
  | "informational"
  | "trailers"
  | "node-upgrade"
  | "pass-through";

/**
 * Everything about one exchange that a `Request` cannot say.
 *
 * Optional members are absent (`undefined`) when the host does not support them; reading one never throws (T4).
 */
export interface Context {
  readonly contract: 1;
  readonly supports: ReadonlySet<Capability>;
  /** The same object as the handler's first argument. */
  readonly request: Request;
  /**
   * The client, after trusted forwarding. Equal to `peer` unless proxies are trusted. `null` when unknown, which it is, on
   * some engines, to a handler that declares fewer than two parameters and asks for the first time when all is over.
   */
  readonly remote: Endpoint | null;
  /** The far end of the socket, whatever any header says. */
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly httpVersion: "1.0" | "1.1" | "2" | "3";
  /** `null` exactly when the connection is plaintext (H50). */
  readonly tls: TlsInfo | null;
  /** The request target as it was received, undecoded (H10). */
  readonly target: string;
  /** Aborts when the client leaves before the response is complete; never after a completed one (H25, H26). */
  readonly signal: AbortSignal;
  /** Settles when the exchange is over. Never causes an unhandled rejection by itself (H28). */
  readonly completed: Promise<void>;
  /** Keeps shutdown waiting for `work`, without delaying the response (H51). @throws TypeError for a non-thenable. */
  waitUntil(work: PromiseLike<unknown>): void;
  /** Empty for each request; for middleware to leave things in (H52). */
  readonly state: Record<PropertyKey, unknown>;
  /** What `start()` filled: the same object for every request of this process. */
  readonly app: Record<PropertyKey, unknown>;
  /** A 404 that an outer composer recognises as "not mine" (D7). */
  passThrough(init?: ResponseInit): Response;
  /** With `websocket` in `supports`: return its `response`, that very object, to switch protocols (H58). */
  readonly upgradeWebSocket?: ((options?: UpgradeOptions) => UpgradeResult) | undefined;
  /** With `informational` in `supports`: sends a 1xx at once. @throws RangeError, InvalidStateError (H65) */
  readonly sendInformational?: ((status: number, headers?: FieldsInit) => void) | undefined;
  /** With `trailers` in `supports`: what follows the body, or how to make it when the body has ended (H66). */
  readonly setTrailers?: ((trailers: FieldsInit | (() => FieldsInit | PromiseLike<FieldsInit>)) => void) | undefined;
  /** The engine's own object, for experiments. No guarantee holds once it is written to. */
  readonly native?: unknown;
}

/** What `new Headers()` takes. */
export type FieldsInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** How to accept an upgrade. */
export interface UpgradeOptions {
  /** One of the subprotocols that the client offered; none by default (A9). */
  readonly protocol?: string;
  /** Further fields of the 101. */
  readonly headers?: FieldsInit;
}

export interface UpgradeResult {
  readonly socket: ServerWebSocket;
  /** A genuine 426 where nobody knows what it means (H59). */
  readonly response: Response;
}

/** A message, whole: a string for text, an ArrayBuffer for binary. */
export interface SocketMessageEvent extends Event {
  readonly data: string | ArrayBuffer;
}

/** How a WebSocket ended. */
export interface SocketCloseEvent extends Event {
  /** Of the close frame; 1005 for one without a code, 1006 for an end without one. */
  readonly code: number;
  /** Of the close frame, or what went wrong. */
  readonly reason: string;
  /** Both ends have said goodbye. */
  readonly wasClean: boolean;
}

/** The events of a WebSocket. */
export interface SocketEventMap {
  /** The 101 was written. */
  readonly open: Event;
  readonly message: SocketMessageEvent;
  /** Everything that `send` could not hand over at once has gone out. */
  readonly drain: Event;
  /** The connection failed; `close` follows. */
  readonly error: Event;
  /** Exactly once, and the last one; also for a socket that never opened. */
  readonly close: SocketCloseEvent;
}

/**
 * The server's end of a WebSocket (H60), as HTML has the client's. Nothing that a listener throws reaches anybody but the server's log.
 *
 * `send` throws an `InvalidStateError` before `open`, and lets its data vanish after the end; it is never refused, so look at
 * `bufferedAmount`, and wait for `drain`: a client that lets too much wait is cut.
 */
export interface ServerWebSocket extends EventTarget {
  /** The subprotocol in use, or empty. */
  readonly protocol: string;
  /** Empty: no extension is agreed. */
  readonly extensions: string;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: 0 | 1 | 2 | 3;
  /** Octets accepted by `send` that the transport has not taken yet. */
  readonly bufferedAmount: number;
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: SocketMessageEvent) => unknown) | null;
  ondrain: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  onclose: ((event: SocketCloseEvent) => unknown) | null;
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  /**
   * Says goodbye after what was sent. Before `open` it is remembered: the client sees a WebSocket that closes at once with this code.
   *
   * @throws DOMException `InvalidAccessError` for a code other than 1000 and 3000 to 4999, `SyntaxError` for a reason of more than 123 octets
   */
  close(code?: number, reason?: string): void;
  addEventListener<Type extends keyof SocketEventMap>(
    type: Type,
    listener: (event: SocketEventMap[Type]) => unknown,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void;
  addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void;
  removeEventListener<Type extends keyof SocketEventMap>(
    type: Type,
    listener: (event: SocketEventMap[Type]) => unknown,
    options?: Parameters<EventTarget["removeEventListener"]>[2],
  ): void;
  removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void;
}

/**
 * What a Response carries under `Symbol.for("fsgi.file")` when its body is (a part of) a file (H61). A host that reads it may
 * send the file by itself; one that does not sends the body. No field of a request or response can stand for it (H64).
 */
export interface FileDescriptor {
  /** Absolute path. */
  readonly path: string;
  /** Absolute directory that the file has to be in when all links are followed; `null` for any. */
  readonly root: string | null;
  /** Status of the Response when it was made: with another one the descriptor no longer counts. */
  readonly status: number;
  /** First byte to send, and the last one, inclusive; both absent for the whole file. */
  readonly start?: number;
  readonly end?: number;
  /** The host evaluates preconditions (H62). */
  readonly conditional: boolean;
  /** The host grants byte ranges (H62). */
  readonly ranges: boolean;
  /** Validators that were derived from the file: a host that finds the file changed derives them anew. */
  readonly etag?: string | null;
  readonly lastModified?: string | null;
}

/** A web-standard handler, synchronous or not (T1). */
export type Handler = (request: Request, context: Context) => Response | PromiseLike<Response>;

/** What `start()` is given, once, before the listener accepts (H54). */
export interface Boot {
  readonly contract: 1;
  /** Fill this; every request sees the same object as `context.app`. */
  readonly app: Record<PropertyKey, unknown>;
}

/** Why `stop()` was called. */
export interface StopInfo {
  readonly reason: "signal" | "close" | "start-failed";
}

/** A handler with a life: the object form of the contract (T2). */
export interface App {
  readonly fetch: Handler;
  /** Runs once, before the first request; a rejection stops the start (H54). */
  start?(boot: Boot): void | PromiseLike<void>;
  /** Runs exactly once after a successful `start()`, when everything else has finished (H55). */
  stop?(info: StopInfo): void | PromiseLike<void>;
  /** May answer for a failed handler while nothing has been sent (H46). */
  error?(error: unknown, request: Request, context: Context): Response | void | PromiseLike<Response | void>;
  readonly contract?: 1;
}
