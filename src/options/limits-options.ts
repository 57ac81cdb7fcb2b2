// The types of the settings on how much, and how long: what a caller may say, and what the server sees of it. Apart from their declaration, so that
// the types of the package need no other package.

/** What `serve()` and a settings file take. */
export interface LimitOptions {
  /** Largest request body; beyond it 413. Default `10mb`. Danger: a handler may hold this much for each request. */
  maxBodyBytes?: number | string | undefined;
  /** Largest request head; beyond it 431. Default `16kb`. Danger: each connection may hold this much. */
  maxHeaderBytes?: number | string | undefined;
  /** Longest request target; beyond it 414. Default `8kb`. Danger: no effect beyond `maxHeaderBytes`. */
  maxTargetBytes?: number | string | undefined;
  /**
   * Largest message of a WebSocket, and most that may wait for its client; more ends the connection. Default `100mb`.
   *
   * Danger: each connection may hold this much in either direction. Libraries on the node engine have limits of their own.
   */
  maxMessageBytes?: number | string | undefined;
  /**
   * How long a WebSocket's client may be silent before it is sent a ping. One that is silent as long again, 16 s at most, is cut. 0 = never. Default `30s`.
   *
   * Danger: short wakes phones, and 0 keeps the sockets of clients that vanished. uWebSockets.js counts in steps of 4 s, up to 15 minutes, which is also
   * what it makes of 0. On the node engine the sockets of libraries are theirs, and not watched.
   */
  socketIdleMs?: number | string | undefined;
  /** How long a request body may stand still before 408. 0 = for ever. Default `30s`. Danger: 0 lets a silent client stay. */
  bodyIdleMs?: number | string | undefined;
  /** How long a client may take nothing of a response. 0 = for ever. Default `60s`. Danger: short cuts paused videos. */
  writeStallMs?: number | string | undefined;
  /** How long a handler may take before 504. 0 = for ever. Default `5m`. Danger: the handler itself goes on running. */
  handlerMs?: number | string | undefined;
  /**
   * How long requests may go on after the server was asked to stop. 0 = cut at once. Default `30s`.
   *
   * Danger: longer than the supervisor waits means it kills the process first.
   */
  shutdownMs?: number | string | undefined;
}

/** The same, checked and filled in. */
export interface ResolvedLimitOptions {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxTargetBytes: number;
  readonly maxMessageBytes: number;
  readonly socketIdleMs: number;
  readonly bodyIdleMs: number;
  readonly writeStallMs: number;
  readonly handlerMs: number;
  readonly shutdownMs: number;
}
