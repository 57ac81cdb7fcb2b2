// The second argument of a handler, with what the contract requires and nothing beside it.

import type { Capability, Context, Endpoint } from "../contract.ts";
import type { MemoryShare } from "./memory-host.ts";
import type { Upload } from "./memory-request.ts";

const CLIENT: Endpoint = Object.freeze({ address: "192.0.2.7", port: 49_152, family: "IPv4" });
const SERVER: Endpoint = Object.freeze({ address: "192.0.2.1", port: 80, family: "IPv4" });
const PASS_THROUGH: unique symbol = Symbol.for("fsgi.pass-through") as never;

/** Everything about one exchange that the Request cannot say. */
export class MemoryContext implements Context {
  readonly contract = 1;
  readonly request: Request;
  readonly remote: Endpoint = CLIENT;
  readonly peer: Endpoint = CLIENT;
  readonly local: Endpoint = SERVER;
  readonly httpVersion = "1.1";
  readonly tls = null;
  readonly target: string;
  readonly signal: AbortSignal;
  readonly completed: Promise<void>;
  readonly state: Record<PropertyKey, unknown> = {};
  readonly app: Record<PropertyKey, unknown>;
  readonly supports: ReadonlySet<Capability>;
  readonly #share: MemoryShare;
  #settle!: { resolve(): void; reject(reason: unknown): void };

  constructor({ request, target }: Upload, share: MemoryShare) {
    this.request = request;
    this.target = target;
    this.signal = request.signal;
    this.app = share.app;
    this.supports = new Set(share.supports);
    this.#share = share;
    this.completed = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.completed.catch(() => {});
  }

  readonly waitUntil = (work: PromiseLike<unknown>): void => {
    if (typeof work?.then !== "function") throw new TypeError("waitUntil() takes a promise.");
    const { pending } = this.#share;
    const entry: Promise<void> = Promise.resolve(work).then(
      () => void pending.delete(entry),
      (error: unknown) => {
        pending.delete(entry);
        this.#share.report(error);
      },
    );
    pending.add(entry);
  };

  readonly passThrough = (init?: ResponseInit): Response => {
    const response = new Response(null, { status: 404, ...init });
    Object.defineProperty(response, PASS_THROUGH, { value: true });
    return response;
  };

  /** The exchange is over (H28). */
  static finish(context: MemoryContext, failure: { reason: unknown } | null): void {
    if (failure === null) context.#settle.resolve();
    else context.#settle.reject(failure.reason);
  }
}
