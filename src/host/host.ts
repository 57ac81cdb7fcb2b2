// One running server of this process: how it starts, and how it ends without losing a request (H54, H55).

import type { App, StopInfo } from "../contract.ts";
import { ServerError } from "../errors.ts";
import type { Engine, EngineLimits, Exchange, Listener, Outcome } from "../engine/engine.ts";
import { plainReply } from "../engine/response.ts";
import type { ContextShare } from "./context.ts";
import { createDispatch, type Phase } from "./dispatch.ts";
import { createHandlerPhase } from "./handle.ts";
import { InFlight } from "./in-flight.ts";

/**
 * A kept connection may have a request on its way when the server is told to stop. So long nothing may arrive before such
 * connections are cut: the time a request takes to most of the world.
 */
const QUIET_MS = 150;

/** How often is looked whether the last connection has gone. */
const QUIET_CHECK_MS = 5;

export interface HostParts {
  readonly engine: Engine;
  readonly host: string;
  readonly port: number;
  readonly limits: EngineLimits;
  /** `null` serves what the phases answer, and 404 for the rest. */
  readonly app: App | null;
  readonly phases: readonly Phase[];
  readonly record: ((exchange: Exchange, outcome: Outcome) => void) | null;
  readonly refused: (peer: string | null, status: number, detail: string) => void;
  readonly report: (error: unknown) => void;
}

export class Host {
  readonly listener: Listener;
  private readonly parts: HostParts;
  private readonly inFlight: InFlight;
  private closing: Promise<boolean> | null = null;

  private constructor(parts: HostParts, listener: Listener, inFlight: InFlight) {
    this.parts = parts;
    this.listener = listener;
    this.inFlight = inFlight;
  }

  /** Runs `start()`, then listens. When listening fails, `stop()` has run by the time this rejects. */
  static async start(parts: HostParts): Promise<Host> {
    const inFlight = new InFlight();
    const share: ContextShare = { app: {}, inFlight, report: parts.report };
    await parts.app?.start?.({ contract: 1, app: share.app });
    const dispatch = createDispatch({
      phases: parts.phases,
      handle: parts.app === null ? notFound : createHandlerPhase(parts.app, share),
      inFlight,
      record: parts.record,
      report: parts.report,
    });
    try {
      const listener = await parts.engine.listen({
        host: parts.host,
        port: parts.port,
        limits: parts.limits,
        onExchange: dispatch,
        onRefused: (peer, status, detail) => parts.refused(peer?.address ?? null, status, detail),
        onError: parts.report,
      });
      return new Host(parts, listener, inFlight);
    } catch (error) {
      await stopApp(parts, { reason: "start-failed" });
      throw error;
    }
  }

  /**
   * Graceful stop: no new connections, requests in flight finish, `waitUntil` work settles, then `stop()`.
   *
   * True when all that happened before the deadline; else what was left has been cut. A second call is the first one.
   */
  close(deadlineMs: number, reason: StopInfo["reason"]): Promise<boolean> {
    this.closing ??= this.run(deadlineMs, reason);
    return this.closing;
  }

  /** Cuts every connection now. `close()` goes on by itself from there. */
  destroy(): Promise<void> {
    return this.listener.destroy();
  }

  /** True when nothing is in flight any more, and nothing has come on the connections that are left for a while. */
  private async whenQuiet(deadline: number): Promise<boolean> {
    const { inFlight, listener } = this;
    for (;;) {
      const restMs = deadline - performance.now();
      if (!(await inFlight.whenIdle(Math.max(0, restMs)))) return false;
      const { begun } = inFlight;
      if (listener.connectionCount === 0) return true;
      await pause(
        Math.min(QUIET_MS, Math.max(0, restMs)),
        () => listener.connectionCount === 0 || begun !== inFlight.begun,
      );
      if (begun === inFlight.begun && inFlight.isIdle) return true;
    }
  }

  private async run(deadlineMs: number, reason: StopInfo["reason"]): Promise<boolean> {
    this.listener.stopAccepting();
    const clean = await this.whenQuiet(performance.now() + deadlineMs);
    if (!clean) {
      const { exchanges, workCount } = this.inFlight;
      const left = `${exchanges} requests and ${workCount} pieces of waitUntil() work`;
      this.parts.report(new ServerError("ERR_TIMEOUT", `The server stopped with ${left} still in flight.`));
    }
    await this.listener.destroy();
    await stopApp(this.parts, { reason });
    return clean;
  }
}

/** Resolves after this time, or as soon as `isOver` says so. */
function pause(longestMs: number, isOver: () => boolean): Promise<void> {
  const endMs = performance.now() + longestMs;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (performance.now() < endMs && !isOver()) return;
      clearInterval(timer);
      resolve();
    }, QUIET_CHECK_MS);
  });
}

async function stopApp(parts: HostParts, info: StopInfo): Promise<void> {
  try {
    await parts.app?.stop?.(info);
  } catch (error) {
    parts.report(error);
  }
}

function notFound(exchange: Exchange): void {
  exchange.send(plainReply(404));
}
