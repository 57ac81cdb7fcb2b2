// The way in for our own adapters: an exchange without a Request and a Response in between.

import type { Exchange, NodePrototypes, Outcome } from "../engine/engine.ts";

/** Where an App carries its native entry. Registered, so that an adapter of another copy of the package is understood. */
export const NATIVE: unique symbol = Symbol.for("easyserver.native") as never;

/** Where an App carries what it wants to be told once its port is open. */
export const LISTENING: unique symbol = Symbol.for("easyserver.listening") as never;

/** How an exchange's attachment that is not a context hears of the end. */
export const ENDED: unique symbol = Symbol.for("easyserver.ended") as never;

/** What a native entry is told of the host. */
export interface NativeSurroundings {
  /** Takes what the app threw where nobody else could. Never throws. */
  report(error: unknown): void;
  /** As `Context.waitUntil` (SPEC D9); may be called without the object. Hosts of older versions do not have it. */
  readonly waitUntil?: (work: PromiseLike<unknown>) => void;
}

/** The async context of one request. */
export interface NativeScope {
  runInAsyncScope<This, Args extends unknown[]>(
    work: (this: This, ...args: Args) => unknown,
    thisArg?: This,
    ...args: Args
  ): unknown;
}

/**
 * Answers one exchange: by `send`, `abort` or `handOver`, now or later, exactly once. It sets `attachment` to something
 * with an `[ENDED]` method when it wants to hear of the end, and `onAbort` when it wants to hear of an abort. Must not throw.
 */
export interface NativeEntry {
  (exchange: Exchange, around: NativeSurroundings, scope: NativeScope): void;
  /** Whether it would take up an upgrade offer at this moment; never, when absent. */
  readonly takesUpgrades?: () => boolean;
  /** What it makes of Node's own objects at this moment, or `null` when it leaves them as they are. */
  readonly nodePrototypes?: () => NodePrototypes | null;
}

/** What wants to hear of the end. */
export interface NativeAttachment {
  [ENDED](outcome: Outcome): void;
}

/** Where an app is reached, and how it ends the server by its own hand. */
export interface Opened {
  readonly address: { readonly address: string; readonly family: "IPv4" | "IPv6"; readonly port: number };
  /** SIGTERM and SIGINT end the server, and with it the process. */
  readonly handlesSignals: boolean;
  /** `close()` of the server. */
  close(): Promise<void>;
}

/** Tells `app` that its port is open, if it wants to know. */
export async function tellListening(app: object | null, opened: Opened): Promise<void> {
  const told: unknown = app === null ? undefined : (app as { [LISTENING]?: unknown })[LISTENING];
  if (typeof told === "function") await (told as (opened: Opened) => unknown)(opened);
}

export function nativeEntryOf(app: object): NativeEntry | null {
  const entry: unknown = (app as { [NATIVE]?: unknown })[NATIVE];
  return typeof entry === "function" ? (entry as NativeEntry) : null;
}

export function isNativeAttachment(value: unknown): value is NativeAttachment {
  return typeof value === "object" && value !== null && typeof (value as NativeAttachment)[ENDED] === "function";
}
