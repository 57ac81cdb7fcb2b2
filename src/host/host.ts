// One running server of this process: how it starts, and how it ends without losing a request (H54, H55).

import type { App, StopInfo } from "../contract.ts";
import { ServerError } from "../errors.ts";
import type { Engine, EngineLimits, Exchange, Listener, ListenOptions, Outcome, TlsPair } from "../engine/engine.ts";
import { plainReply } from "../engine/response.ts";
import { contextShare } from "./context.ts";
import { createDispatch, type Phase } from "./dispatch.ts";
import { Gate } from "./gate.ts";
import { createHandlerPhase } from "./handle.ts";
import { InFlight } from "./in-flight.ts";
import { type NativeEntry, nativeEntryOf, type Opened, tellListening } from "./native.ts";

/**
 * A kept connection may have a request on its way when the server is told to stop. So long nothing may arrive before such
 * connections are cut: the time a request takes to most of the world.
 */
const QUIET_MS = 150;

/** How often is looked whether the last connection has gone. */
const QUIET_CHECK_MS = 5;

/** One address of a host. */
export interface Entrance {
  readonly host: string;
  readonly port: number;
  /** The setting that gave the port, as a flag. */
  readonly portFlag: string;
  /** `null` is plaintext. */
  readonly tls: readonly TlsPair[] | null;
  readonly replyFields: readonly string[];
  /** What answers before the app. */
  readonly phases: readonly Phase[];
}

export interface HostParts {
  readonly engine: Engine;
  /** The first one is what the server is known by. */
  readonly entrances: readonly [Entrance, ...Entrance[]];
  /** Other processes listen on the same addresses: see `ListenOptions`. */
  readonly isShared: boolean;
  readonly limits: EngineLimits;
  /** `null` serves what the phases answer, and 404 for the rest. */
  readonly app: AppSource;
  /**
   * Called when every address is bound and nothing of the app has run: gives up the rights that binding took. Requests that
   * come before the app is ready wait. `null` binds last, so that nobody has to wait.
   */
  readonly onBound: (() => void) | null;
  readonly record: ((exchange: Exchange, outcome: Outcome) => void) | null;
  readonly refused: (peer: string | null, status: number, detail: string) => void;
  readonly report: (error: unknown) => void;
}

/** The app, or how to get it once the rights are given up. */
export type AppSource = App | null | (() => Promise<App | null>);

export class Host {
  readonly listeners: readonly [Listener, ...Listener[]];
  private readonly parts: HostParts;
  private readonly app: App | null;
  private readonly inFlight: InFlight;
  private closing: Promise<boolean> | null = null;

  private constructor(parts: HostParts, app: App | null, listeners: readonly Listener[], inFlight: InFlight) {
    this.parts = parts;
    this.app = app;
    this.listeners = listeners as readonly [Listener, ...Listener[]];
    this.inFlight = inFlight;
  }

  /** Runs `start()`, then listens, or the other way round. When either fails, nothing is left open or started. */
  static async start(parts: HostParts): Promise<Host> {
    const inFlight = new InFlight();
    const share = contextShare(inFlight, parts.report, parts.limits);
    const gate = new Gate();
    let app: App | null = null;
    let listeners: readonly Listener[] = [];
    let hasStarted = false;
    const native = (): NativeEntry | null => (app === null ? null : nativeEntryOf(app));
    // Any handler may ask for an upgrade, and so may one that is not there yet.
    const mayAsk = (): boolean => parts.app !== null && native() === null;
    const asked: Asked = {
      takesUpgrades: () => mayAsk() || native()?.takesUpgrades?.() === true,
      nodePrototypes: () => native()?.nodePrototypes?.() ?? null,
    };
    const startApp = async (): Promise<void> => {
      app = typeof parts.app === "function" ? await parts.app() : parts.app;
      await app?.start?.({ contract: 1, app: share.app });
      hasStarted = true;
      const handle = app === null ? notFound : createHandlerPhase(app, share);
      gate.open(
        parts.entrances.map(({ phases }) =>
          createDispatch({ phases, handle, inFlight, record: parts.record, report: parts.report }),
        ),
      );
    };
    try {
      if (parts.onBound === null) await startApp();
      listeners = await listenAll(parts, gate, asked);
      parts.onBound?.();
      if (parts.onBound !== null) await startApp();
      return new Host(parts, app, listeners, inFlight);
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.destroy()));
      if (hasStarted) await stopApp(app, { reason: "start-failed" }, parts.report);
      throw error;
    }
  }

  /** New connections to the addresses with TLS get `pairs`. @throws ServerError `ERR_CERTIFICATE`; nothing has changed then. */
  swap(pairs: readonly TlsPair[]): void {
    this.listeners.forEach((listener, index) => {
      if (this.parts.entrances[index]?.tls !== null) listener.swap(pairs);
    });
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

  /** Tells the app where it is reached. What it makes of that is its own affair: a failure is reported. */
  async tellListening(opened: Opened): Promise<void> {
    try {
      await tellListening(this.app, opened);
    } catch (error) {
      this.parts.report(error);
    }
  }

  /** Cuts every connection now. `close()` goes on by itself from there. */
  destroy(): Promise<void> {
    return this.destroyAll();
  }

  /** True when nothing is in flight any more, and nothing has come on the connections that are left for a while. */
  private async whenQuiet(deadline: number): Promise<boolean> {
    const { inFlight } = this;
    for (;;) {
      const restMs = deadline - performance.now();
      if (!(await inFlight.whenIdle(Math.max(0, restMs)))) return false;
      const { begun } = inFlight;
      if (this.connectionCount === 0) return true;
      await pause(
        Math.min(QUIET_MS, Math.max(0, restMs)),
        () => this.connectionCount === 0 || begun !== inFlight.begun,
      );
      if (begun === inFlight.begun && inFlight.isIdle) return true;
    }
  }

  /** Of all addresses together; `null` where the engine cannot count them. */
  private get connectionCount(): number | null {
    let count = 0;
    for (const { connectionCount } of this.listeners) {
      if (connectionCount === null) return null;
      count += connectionCount;
    }
    return count;
  }

  private async run(deadlineMs: number, reason: StopInfo["reason"]): Promise<boolean> {
    for (const listener of this.listeners) listener.stopAccepting();
    for (const listener of this.listeners) listener.goingAway();
    const clean = await this.whenQuiet(performance.now() + deadlineMs);
    if (!clean) {
      const { exchanges, workCount } = this.inFlight;
      const left = `${exchanges} requests and ${workCount} pieces of waitUntil() work`;
      this.parts.report(new ServerError("ERR_TIMEOUT", `The server stopped with ${left} still in flight.`));
    }
    await this.destroyAll();
    await stopApp(this.app, { reason }, this.parts.report);
    return clean;
  }

  private async destroyAll(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.destroy()));
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

/** What an engine asks of the app, which may not be loaded yet. */
type Asked = Pick<ListenOptions, "takesUpgrades" | "nodePrototypes">;

/** Opens every address, or none. */
async function listenAll(parts: HostParts, gate: Gate, asked: Asked): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const [index, { host, port, portFlag, tls, replyFields }] of parts.entrances.entries()) {
      listeners.push(
        await parts.engine.listen({
          host,
          port,
          portFlag,
          tls,
          replyFields,
          isShared: parts.isShared,
          limits: parts.limits,
          ...asked,
          onExchange: gate.entrance(index),
          onRefused: (peer, status, detail) => parts.refused(peer?.address ?? null, status, detail),
          onError: parts.report,
        }),
      );
    }
    return listeners;
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.destroy()));
    throw error;
  }
}

async function stopApp(app: App | null, info: StopInfo, report: (error: unknown) => void): Promise<void> {
  try {
    await app?.stop?.(info);
  } catch (error) {
    report(error);
  }
}

function notFound(exchange: Exchange): void {
  exchange.send(plainReply(404));
}
