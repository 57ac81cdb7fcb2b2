// A host without a wire: does a handler keep the contract where nothing is forgiven? Strict, small, in one process.

import { appFrom } from "../app.ts";
import type { App, Capability } from "../contract.ts";
import { MemoryContext } from "./memory-context.ts";
import { type MemoryExchange, MemoryTransfer } from "./memory-transfer.ts";
import { memoryRequest, type MemoryRequest } from "./memory-request.ts";

export type { MemoryExchange } from "./memory-transfer.ts";
export type { LeavePhase, MemoryRequest } from "./memory-request.ts";

export interface MemoryHostOptions {
  /**
   * Optional features to name in `supports`. None by default: a handler has to do without (A8). Those that come with a member
   * of the Context (T4) need a wire, and so are not among them.
   */
  readonly supports?: Iterable<Extract<Capability, "stream" | "file" | "pass-through">>;
  /** After this long without a result the client leaves (H53). Default 5,000 ms. */
  readonly patienceMs?: number;
  /** From here on the client has seen enough of a body and leaves. Default 1 MiB. */
  readonly enoughBytes?: number;
  /** Hears of every failure once, as the Host's error sink does (H45, H49). */
  report?(error: unknown): void;
}

/** What the exchanges of one host share. */
export interface MemoryShare {
  readonly app: Record<PropertyKey, unknown>;
  readonly supports: ReadonlySet<Capability>;
  readonly pending: Set<Promise<void>>;
  readonly patienceMs: number;
  readonly enoughBytes: number;
  report(error: unknown): void;
}

/**
 * Runs an app as a host would, and tells everything it saw.
 *
 * It does what the statements for hosts ask, and nothing more: two arguments (T1), the required members of a Context alone
 * (T4), no body for GET and HEAD (H14), a fresh Request and Context for each call (H18).
 */
export class MemoryHost {
  private readonly app: App;
  private readonly share: MemoryShare;
  private stopped = false;

  private constructor(app: App, share: MemoryShare) {
    this.app = app;
    this.share = share;
  }

  /** Starts `app` (H54). @throws ServerError `ERR_APP_INVALID`, or what `start()` throws */
  static async start(app: unknown, options: MemoryHostOptions = {}): Promise<MemoryHost> {
    const normal = appFrom(app);
    const share: MemoryShare = {
      app: {},
      supports: new Set(options.supports ?? []),
      pending: new Set(),
      patienceMs: options.patienceMs ?? 5_000,
      enoughBytes: options.enoughBytes ?? 1_048_576,
      report: (error) => options.report?.(error),
    };
    await normal.start?.({ contract: 1, app: share.app });
    return new MemoryHost(normal, share);
  }

  /** One request and all that comes of it. Never rejects because of the app. */
  async call(init: MemoryRequest = {}): Promise<MemoryExchange> {
    const upload = memoryRequest(init);
    const context = new MemoryContext(upload, this.share);
    const transfer = new MemoryTransfer(this.app, upload, context, this.share);
    return transfer.run();
  }

  /** Waits for `waitUntil` work and runs `stop()`, once (H55). */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    while (this.share.pending.size > 0) await Promise.all(this.share.pending);
    await this.app.stop?.({ reason: "close" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
