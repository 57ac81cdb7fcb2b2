// The fast engine in place of the sockets of somebody's http.Server object: listening within the call, as Node does.

import { AsyncResource } from "node:async_hooks";
import type { EngineLimits, Exchange, Listener, Outcome } from "../engine/engine.ts";
import { bindFailure } from "../engine/bind.ts";
import { openUwsNow } from "../engine/uws/listen.ts";
import type { NativeModule } from "../engine/uws/native.ts";
import { createDispatch } from "./dispatch.ts";
import { InFlight } from "./in-flight.ts";
import type { NativeEntry } from "./native.ts";

/** The longest that a timer can wait: `close()` of an http.Server has no deadline. */
const FOREVER_MS = 2 ** 31 - 1;

export interface AdoptedHostParts {
  readonly native: NativeModule;
  readonly enter: NativeEntry;
  readonly limits: EngineLimits;
  readonly report: (error: unknown) => void;
  readonly record: ((exchange: Exchange, outcome: Outcome) => void) | null;
}

export class AdoptedHost {
  readonly report: (error: unknown) => void;
  private readonly parts: AdoptedHostParts;
  private readonly inFlight = new InFlight();
  private listener: Listener | null = null;

  constructor(parts: AdoptedHostParts) {
    this.parts = parts;
    this.report = parts.report;
  }

  get exchanges(): number {
    return this.inFlight.exchanges;
  }

  /** The port, or `null` when the address cannot be had: `failure` says why. */
  listen(host: string, port: number): number | null {
    const { native, enter, limits, report, record } = this.parts;
    const around = { report };
    this.listener = openUwsNow(native, {
      host,
      port,
      limits,
      onExchange: createDispatch({
        phases: [],
        handle: (exchange) => {
          const scope = new AsyncResource("EasyserverRequest");
          scope.runInAsyncScope(enter, undefined, exchange, around, scope);
        },
        inFlight: this.inFlight,
        record,
        report,
      }),
      tls: null,
      replyFields: [],
      onRefused: () => {},
      onError: report,
    });
    return this.listener?.port ?? null;
  }

  /** The error that Node's own `listen` gives for the address. */
  async failure(host: string, port: number): Promise<unknown> {
    const error = await bindFailure(host, port);
    return error.cause ?? error;
  }

  /** Accepts nothing new, waits for what is in flight, then ends what is left open between two requests. */
  async close(): Promise<void> {
    const { listener } = this;
    this.listener = null;
    listener?.stopAccepting();
    await this.inFlight.whenIdle(FOREVER_MS);
    await listener?.destroy();
  }

  /** Cuts every exchange in flight. */
  abortAll(): void {
    this.listener?.abortAll?.(new DOMException("The server closed the connection.", "AbortError"));
  }
}
