// The seam between HTTP and everything else: an engine turns bytes into exchanges, and replies into bytes.
// Everything a caller sees through it is a copy. No engine object crosses it, except `native`, which is a stranger's risk.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Endpoint, TlsInfo } from "../contract.ts";
import type { UpgradeOffer } from "./socket.ts";

/** Method, target and fields of one request, as received. */
export interface RequestHead {
  /** Case as received; already known to be a token the contract can carry unless `fault` is set. */
  readonly method: string;
  /** Request target, undecoded. */
  readonly target: string;
  /** The target up to the first `?`, undecoded. */
  readonly path: string;
  readonly scheme: "http" | "https";
  /** The Host field: valid by H3 unless `fault` is set. */
  readonly authority: string;
  readonly httpVersion: "1.0" | "1.1" | "2" | "3";
  /** Field lines in order of arrival: name, value, name, value … Names are lower-case, values latin-1 (H11). */
  readonly fields: readonly string[];
  /** A `Range` or one of the `If-*` fields is among them: most requests have none, and then nobody needs to look. */
  readonly isConditional: boolean;
  /** One field's combined value (RFC 9110 section 5.3; `cookie` joined by `; `), or `null` when absent. */
  field(name: string): string | null;
}

/** Why a request is refused before anything else sees it. `detail` is for the log, never for the client. */
export interface HeadFault {
  readonly status: number;
  readonly detail: string;
  /** The connection cannot be trusted to be in step any more. */
  readonly close: boolean;
}

/**
 * Makes something of the bytes of a body. Bytes that are `lent` belong to the engine and are gone when the call returns;
 * others are the reader's own memory.
 */
export type BodyReader<Result> = (bytes: Uint8Array<ArrayBuffer>, lent: boolean) => Result;

/** Who waits for a piece of a body: one of the two is called, once. Neither throws. */
export interface BodyTaker {
  /** What `read` would have resolved with; `lent` as for a `BodyReader`. */
  take(bytes: Uint8Array<ArrayBuffer> | null, lent: boolean): void;
  /** What `read` would have rejected with. */
  fail(reason: unknown): void;
}

/**
 * The request body. `collect`, `read`, `pull` and `cancel` are for one consumer: the caller decides who that is.
 *
 * Reads reject with the abort reason when the client leaves, with `ERR_BODY_TOO_LARGE` when the limit is passed. A rejection
 * that nobody waits for stays silent: a client that leaves must not be able to end the process.
 */
export interface BodySource {
  /** Content-Length, or `null` for a chunked body. */
  readonly declaredBytes: number | null;
  /** What `reader` makes of all bytes, which it gets in one piece; rejects with what it throws. */
  collect<Result>(reader: BodyReader<Result>): Promise<Result>;
  /** The next bytes, or `null` at the clean end. The transport is paused while nobody reads. */
  read(): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * `read` for a reader that is called, which saves a promise and a copy for each piece. Not every engine has it. `take` may be
   * called within the call of `pull`, or later by the engine, in no async context of the request's.
   */
  pull?(taker: BodyTaker): void;
  /** Lets the engine discard what is still to come (H21). */
  cancel(): void;
}

/**
 * Bytes made on demand: the engine asks for the next chunk only while the client takes them (H40).
 *
 * `next` gives a non-empty chunk, or `null` at the end, at once or as a promise; it is never called twice at a time. A
 * throw or rejection means the message must be cut short (H47). `cancel` is called at most once, when the rest is not
 * wanted; never after the end.
 */
export interface ReplySource {
  /** Exact number of bytes, or `null` when unknown. */
  readonly sizeBytes: number | null;
  /** The source has turned out to hold more than `sizeBytes`: the connection should end with the message (H38). */
  readonly overran?: boolean;
  next(): Uint8Array | null | PromiseLike<Uint8Array | null>;
  /**
   * `next` for a source that can call back: where it gives `undefined` it calls `taker`, later and once, which saves a promise
   * for each chunk. An engine that finds it uses nothing else. It does not throw.
   */
  pull?(taker: ChunkTaker): Uint8Array | null | undefined;
  /**
   * All chunks that were given so far have been sent or copied: their memory may be written to again. Engines that can tell call it
   * for a source with `sizeBytes`, now and then and after the last chunk; never once the exchange was aborted. It does not throw.
   */
  mayReuse?(): void;
  cancel(reason: unknown): void;
}

/** Who waits for a chunk. Neither function throws. */
export interface ChunkTaker {
  /** What `next` would have given. */
  readonly take: (chunk: Uint8Array | null) => void;
  /** What `next` would have thrown. */
  readonly fail: (error: unknown) => void;
}

/** What a reply carries: nothing, text (sent as UTF-8), bytes, or a source of bytes. */
export type ReplyBody = null | string | Uint8Array | ReplySource;

/**
 * The one kind of answer, whoever makes it. Whoever makes it has checked names, values and reason (H30); the engine adds
 * Date, Connection and the framing fields, so `fields` carries none of those (H32, H33).
 */
export interface Reply {
  readonly status: number;
  /** Reason phrase; empty for the standard one. */
  readonly reason: string;
  /** name, value, name, value … */
  readonly fields: readonly string[];
  readonly body: ReplyBody;
  /** Content-Length to announce where `body` itself does not tell: HEAD and 304 replies. `null` when unknown. */
  readonly sizeBytes: number | null;
  /** Ask for the connection to end after this reply. */
  readonly close: boolean;
  /**
   * The status line and the fields as octets, or as text where that is ASCII: made beforehand, at least in part, for what is sent many
   * times (`http/head-block.ts`). It must say exactly what `status`, `reason` and `fields` say: an engine may write it as it is, or
   * ignore it.
   */
  readonly block?: Uint8Array | string;
}

/** How an exchange ended. */
export interface Outcome {
  readonly kind: "completed" | "aborted" | "failed";
  /** Status that was sent, or 0 when none was. */
  readonly status: number;
  /** Body bytes handed to the transport. */
  readonly bytes: number;
  /** Why, for `aborted` and `failed`. */
  readonly reason: unknown;
}

/**
 * One request and its reply.
 *
 * `send` may be called once; a second call throws `ERR_ALREADY_SENT`. After an abort it cancels the body and does nothing
 * else, because the client leaving is not our failure (H27).
 */
export interface Exchange extends RequestHead {
  /** Set when the head breaks a rule: the host refuses it and no handler sees it. */
  readonly fault: HeadFault | null;
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly tls: TlsInfo | null;
  /** `null` when the request carries none. */
  readonly body: BodySource | null;
  /** True once a reply was handed over. */
  readonly committed: boolean;
  /** True once the exchange ended, however it did. */
  readonly ended: boolean;
  /** The abort reason, once aborted; else `undefined`. */
  readonly abortReason: unknown;
  readonly native: unknown;
  /** For the host to keep what belongs to this exchange: its listeners are shared by all, and find it here. */
  attachment: unknown;
  /** For the host: when it began to measure (`performance.now()`), or 0. */
  startedMs: number;
  /** The only listener of an abort: the client left, a deadline passed, or the server gave up. At most once; must not throw. */
  onAbort: ((reason: unknown, exchange: Exchange) => void) | null;
  /** The only listener of the end. Exactly once, after `onAbort` where both apply; must not throw. */
  onEnd: ((outcome: Outcome, exchange: Exchange) => void) | null;
  send(reply: Reply): void;
  /** Cuts the connection: the client can tell that the message is incomplete (H47). */
  abort(reason: unknown): void;
  /**
   * Set where somebody else may answer instead, as the `next` of a middleware does: ends the exchange without a reply and
   * hands the request on, with `error` as the reason when there is one. For use instead of `send`.
   */
  readonly passOn?: ((error?: unknown) => void) | null;
  /** Set when the request asks to go on as a WebSocket. Nobody has to take notice: unless it is taken up, it is an ordinary request (H57). */
  readonly upgrade?: UpgradeOffer | null;
  /**
   * On node:http only: gives Node's own objects away, for a listener that wants just these. From there on the exchange
   * watches how they end, and no more. For use instead of `send`. `null` for a request of HTTP/2, which has none: then nothing
   * has happened.
   */
  handOver?(): NodePair | null;
}

/** Node's own objects of one exchange. */
export interface NodePair {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The listener failed: reported, answered with 500 where nothing was sent, cut otherwise. */
  fail(error: unknown): void;
}

/** The prototypes that an app gives Node's objects sooner or later. They inherit from Node's own. */
export interface NodePrototypes {
  readonly request: object;
  readonly response: object;
}

/** Limits an engine enforces before or while it hands out exchanges. Times in milliseconds; 0 switches one off. */
export interface EngineLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxTargetBytes: number;
  /** Largest message of a WebSocket that the engine itself speaks; a larger one ends the connection. So does more that waits for the client of a handler's. */
  readonly maxMessageBytes: number;
  /** The client of a WebSocket that is silent for this long is asked whether it is there (RFC 6455 section 5.5.2). */
  readonly socketIdleMs: number;
  /** Answer chunked request bodies with 411 instead of reading them (RFC 9112 section 6.3). */
  readonly rejectChunked: boolean;
  /** A request body that makes no progress for this long is given up (408). */
  readonly bodyIdleMs: number;
  /** A client that takes nothing for this long is cut. */
  readonly writeStallMs: number;
  /** A handler that has not answered for this long is answered for (504). */
  readonly handlerMs: number;
}

/** A certificate chain with its key, and the names that it answers for. The engines take this much of one and no more. */
export interface TlsPair {
  /** Lower-case DNS names, `*.` names, and IP addresses. */
  readonly names: readonly string[];
  readonly chainPem: string;
  readonly keyPem: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Other processes listen on it, too: workers of one server. Default: whoever comes second is refused. */
  readonly isShared?: boolean;
  /** The flag that gave the port, for the message when it cannot be had. Default `--port`. */
  readonly portFlag?: string;
  /**
   * Serve TLS (1.2 and newer) with these pairs; the first one is for clients that name no host, or one that no pair covers.
   * `null` is plaintext.
   */
  readonly tls: readonly TlsPair[] | null;
  /** Put on every reply that has no field of that name: name, value … Names are lower-case. */
  readonly replyFields: readonly string[];
  readonly limits: EngineLimits;
  /** Called for each request, faulty ones included. Must not throw. */
  readonly onExchange: (exchange: Exchange) => void;
  /** Whether anybody would take up an upgrade offer at this moment; nobody by default. Must not throw. */
  readonly takesUpgrades?: () => boolean;
  /** On node:http only: what the app makes of Node's objects, when it is known. Nothing by default. Must not throw. */
  readonly nodePrototypes?: () => NodePrototypes | null;
  /** Called for input the engine's own parser refused, where it tells us. Must not throw. */
  readonly onRefused: (peer: Endpoint | null, status: number, detail: string) => void;
  /** Called with what went wrong inside the engine or in a reply's source. Must not throw. */
  readonly onError: (error: unknown) => void;
}

/** One bound address. */
export interface Listener {
  readonly host: string;
  /** The real one, also when 0 was asked for. */
  readonly port: number;
  /** Open connections, idle ones included; `null` where the engine cannot count them. */
  readonly connectionCount: number | null;
  /**
   * New connections are served with these pairs, open ones go on with theirs. Only for a listener that was opened with `tls`.
   *
   * @throws ServerError `ERR_CERTIFICATE` when a pair cannot be used; the pairs before stay.
   */
  swap(pairs: readonly TlsPair[]): void;
  /** Accepts nothing new; replies from here on carry `Connection: close`. Idempotent. */
  stopAccepting(): void;
  /** Ends WebSockets with 1001, each as soon as its client has taken what was sent before (H55). */
  goingAway(): void;
  /** Aborts what is in flight, and goes on listening. WebSockets stay. */
  abortAll?(reason: unknown): void;
  /** Ends every connection at once, idle ones included; exchanges in flight are aborted. Idempotent. */
  destroy(): Promise<void>;
}

/** A way of speaking HTTP. */
export interface Engine {
  readonly name: "uws" | "node";
  /** For the banner and `--version`. */
  readonly version: string;
  /** @throws ServerError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_NOT_ALLOWED`, `ERR_ADDRESS_INVALID`, `ERR_CERTIFICATE`. */
  listen(options: ListenOptions): Promise<Listener>;
}
