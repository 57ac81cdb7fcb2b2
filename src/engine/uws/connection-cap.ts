// How many connections may there be? With no file descriptor left, the engine spins at full speed on an accept that fails.

import { readdirSync, readFileSync } from "node:fs";

import type { NativeApp } from "./native.ts";
import { Peers } from "./peers.ts";

/** Kept free for files, logs and outgoing connections. */
const RESERVE = 16;

export class ConnectionCap {
  /** Of the connections that are counted. */
  readonly peers: Peers = new Peers();
  private readonly cap: number;
  private readonly warn: (error: unknown) => void;
  private open = 0;
  private counts = false;
  private warned = false;

  constructor(warn: (error: unknown) => void) {
    this.warn = warn;
    this.cap = connectionLimit();
  }

  /** Connections that are open, or `null` where the build does not tell. */
  get count(): number | null {
    return this.counts ? this.open : null;
  }

  /**
   * Closes connections over the limit, of all apps together, as they come; `onChange` hears of each. Builds without `filter`
   * cannot; there the limit is the system's.
   *
   * Gives what has to be called when a connection ends as a WebSocket: the engine says nothing then.
   */
  guard(app: NativeApp, onChange?: (change: number) => void): () => void {
    this.counts = app.filter !== undefined;
    const count = (change: number): void => {
      this.open += change;
      onChange?.(change);
    };
    const ended = (): void => {
      this.peers.closed();
      count(-1);
    };
    app.filter?.((response, change) => {
      if (change < 0) {
        ended();
        return;
      }
      this.peers.opened(response);
      count(change);
      if (this.open <= this.cap) return;
      if (!this.warned) {
        this.warned = true;
        this.warn(
          new Error(
            `More than ${this.cap} connections: new ones are closed. Raise the limit of open files (ulimit -n).`,
          ),
        );
      }
      response.close();
    });
    return () => {
      if (this.counts) ended();
    };
  }
}

/** What the limit of open files leaves, or no limit where the system does not tell. */
function connectionLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    if (files === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(1, Number(files) - readdirSync("/proc/self/fd").length - RESERVE);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
