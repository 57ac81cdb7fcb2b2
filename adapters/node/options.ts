// What a user may say of an app that speaks `(req, res)`. Types alone, so that a user's compiler reads them without the bridge behind.

import type { EventEmitter } from "node:events";
import type { RequestOptions, ServeOptions } from "../../src/index.ts";

/** Whose listeners get upgrades: an `http.Server`, or whatever stands for one. */
export type UpgradeTarget = Pick<EventEmitter, "emit" | "listenerCount">;

export interface FromNodeOptions {
  /**
   * What the listener does with the objects it gets. `"unknown"` (the default for a bare function) survives anything;
   * `"plain"` is several times faster.
   *
   * Danger: `"plain"` for a listener that hands its objects to an Express app breaks there. Name that app in `express`.
   */
  readonly objects?: "unknown" | "plain";
  /** The Express app that the listener hands its objects to. */
  readonly express?: unknown;
  /**
   * Whose 'upgrade' listeners get WebSockets, and what `socket.server` is: an `http.Server` that never listens, to which `ws`, socket.io or
   * another library is attached. Default: nobody, and an upgrade is an ordinary request.
   */
  readonly server?: UpgradeTarget | undefined;
}

/** Settings of `toNode()`: those of `serve()` that are about single requests. */
export type ToNodeOptions = RequestOptions;

/** Settings of `adopt()`. What is not given comes from `EASYSERVER_*` variables; the access log is off by default. */
export type AdoptOptions = RequestOptions & Pick<ServeOptions, "engine" | "log"> & Pick<FromNodeOptions, "objects">;
