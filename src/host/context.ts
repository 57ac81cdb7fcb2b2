// The second argument of a handler: what an exchange knows beyond the Request, made only when it is asked for.

import type { Capability, Context, Endpoint, TlsInfo } from "../contract.ts";
import type { EngineLimits, Exchange, Outcome } from "../engine/engine.ts";
import { abortRequest } from "../engine/request.ts";
import type { SocketShare } from "../websocket/socket-line.ts";
import { Upgrading } from "../websocket/upgrade.ts";
import type { InFlight } from "./in-flight.ts";

/** Marks a 404 as "not mine", so that an outer composer can go on (D7). */
const PASS_THROUGH: unique symbol = Symbol.for("fsgi.pass-through") as never;

/** Whether a handler said that the request is not its own (D7). */
export function isPassThrough(response: unknown): boolean {
  return typeof response === "object" && response !== null && PASS_THROUGH in response;
}

const SUPPORTS: readonly Capability[] = ["stream", "file", "pass-through"];
const SUPPORTS_UPGRADES: readonly Capability[] = [...SUPPORTS, "websocket"];

/** What all contexts of one host share. */
export interface ContextShare {
  readonly app: Record<PropertyKey, unknown>;
  readonly inFlight: InFlight;
  report(error: unknown): void;
  /** As `Context.waitUntil`; may be called without the object. */
  readonly waitUntil: (work: PromiseLike<unknown>) => void;
  /** `null` where connections are somebody else's, and cannot become WebSockets. */
  readonly sockets: SocketShare | null;
}

/** `limits`: of WebSockets; `null` where there can be none. */
export function contextShare(
  inFlight: InFlight,
  report: (error: unknown) => void,
  limits: Pick<EngineLimits, "maxMessageBytes" | "socketIdleMs"> | null,
): ContextShare {
  const waitUntil = (work: PromiseLike<unknown>): void => {
    if (typeof work?.then !== "function") {
      throw new TypeError("waitUntil() takes a promise: the work to wait for when the server stops.");
    }
    inFlight.waitUntil(work, report);
  };
  const sockets =
    limits === null ? null : { maxWaitingBytes: limits.maxMessageBytes, longestStallMs: limits.socketIdleMs, report };
  return { app: {}, inFlight, report, waitUntil, sockets };
}

export class RequestContext implements Context {
  readonly request: Request;
  /** Where what is made on demand is kept, also for a Context that inherits from this one (M2). */
  private readonly own: RequestContext = this;
  private readonly exchange: Exchange;
  private readonly share: ContextShare;
  private stateObject: Record<PropertyKey, unknown> | null = null;
  private completion: PromiseWithSettlers | null = null;
  private outcome: Outcome | null = null;
  private upgrading: Upgrading | null = null;
  private upgradeFunction: Context["upgradeWebSocket"] = undefined;

  constructor(exchange: Exchange, request: Request, share: ContextShare) {
    this.exchange = exchange;
    this.request = request;
    this.share = share;
  }

  get contract(): 1 {
    return 1;
  }

  /** A copy: what one handler does to it must not reach another (H18). */
  get supports(): ReadonlySet<Capability> {
    return new Set(this.canUpgrade ? SUPPORTS_UPGRADES : SUPPORTS);
  }

  get remote(): Endpoint | null {
    return this.exchange.peer;
  }

  get peer(): Endpoint | null {
    return this.exchange.peer;
  }

  get local(): Endpoint | null {
    return this.exchange.local;
  }

  get httpVersion(): "1.0" | "1.1" | "2" | "3" {
    return this.exchange.httpVersion;
  }

  get tls(): TlsInfo | null {
    return this.exchange.tls;
  }

  get target(): string {
    return this.exchange.target;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }

  get completed(): Promise<void> {
    const { own } = this;
    if (own.completion === null) {
      own.completion = settlers();
      if (own.outcome !== null) settle(own.completion, own.outcome);
    }
    return own.completion.promise;
  }

  get state(): Record<PropertyKey, unknown> {
    const { own } = this;
    own.stateObject ??= {};
    return own.stateObject;
  }

  get app(): Record<PropertyKey, unknown> {
    return this.share.app;
  }

  get native(): unknown {
    return this.exchange.native;
  }

  waitUntil(work: PromiseLike<unknown>): void {
    this.share.waitUntil(work);
  }

  passThrough(init?: ResponseInit): Response {
    const response = new Response(null, { status: 404, ...init });
    Object.defineProperty(response, PASS_THROUGH, { value: true });
    return response;
  }

  /** Whatever the request is: one that is no good offer is answered 426 or 400 when the handler asks for an upgrade (H57). */
  get upgradeWebSocket(): Context["upgradeWebSocket"] {
    const { own, share } = this;
    if (share.sockets === null || !this.canUpgrade) return undefined;
    const { sockets } = share;
    own.upgradeFunction ??= (options) => {
      own.upgrading ??= new Upgrading(own.exchange, sockets);
      return own.upgrading.call(options);
    };
    return own.upgradeFunction;
  }

  private get canUpgrade(): boolean {
    const { exchange, share } = this;
    return share.sockets !== null && exchange.httpVersion === "1.1" && exchange.method === "GET";
  }

  /** Whether `response` was the change to another protocol, and has been dealt with. */
  settleUpgrade(response: unknown): boolean {
    return this.upgrading !== null && this.upgrading.settle(response);
  }

  /** The client left, or time ran out: `signal` aborts (H25). */
  abort(reason: unknown): void {
    this.upgrading?.abandon();
    abortRequest(this.request, reason, (error) => this.share.report(error));
  }

  /** The exchange is over: `completed` settles (H28). */
  finish(outcome: Outcome): void {
    this.outcome = outcome;
    this.upgrading?.abandon();
    if (this.completion !== null) settle(this.completion, outcome);
  }
}

interface PromiseWithSettlers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

function settlers(): PromiseWithSettlers {
  let resolve!: () => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Whoever only looks at `completed` in passing must not bring the process down.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function settle(completion: PromiseWithSettlers, outcome: Outcome): void {
  if (outcome.kind === "completed") completion.resolve();
  else completion.reject(outcome.reason);
}
