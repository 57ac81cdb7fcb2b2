// What may a caller set, and what does the server see of it? The types of the settings.

import type { Logger } from "../log/logger.ts";

/**
 * What `serve()` and a settings file take. Everything is optional; `undefined` counts as not given.
 *
 * Sizes are bytes or text such as `"10mb"` (1kb is 1024 bytes); times are milliseconds or text such as `"30s"`.
 */
export interface ServeOptions {
  /** Port to listen on; 0 picks a free one. Default `3000`. */
  port?: number | string | undefined;
  /**
   * Name or address to listen on. Default `localhost in development, :: in production`.
   *
   * Danger: `0.0.0.0` and `::` are every network this machine is on.
   */
  host?: string | undefined;
  /**
   * Folders to serve, by URL prefix: `{ "/assets": "./dist" }`. Relative to the working directory. Default `none`.
   *
   * Danger: everything in the folder is public.
   */
  static?: Readonly<Record<string, string>> | undefined;
  /** What speaks HTTP; `auto` is the first of uWebSockets.js and node:http that runs here. Default `auto`. */
  engine?: "auto" | "uws" | "node" | undefined;
  /** Which defaults apply. Default `development`, unless `NODE_ENV` is `production`. Danger: for your own machine only. */
  mode?: "development" | "production" | undefined;
  /**
   * Install a light `Response` (and, where needed, `Request` and `fetch`) as the globals while serving. Default `true`.
   *
   * Danger: without it each answer with a body costs several times as much.
   */
  fastResponse?: boolean | undefined;
  /**
   * Uploads without Content-Length: `accept` closes the connection after each, `reject` answers 411. Default `accept`.
   *
   * Danger: `reject` turns away clients that stream their uploads.
   */
  chunked?: "accept" | "reject" | undefined;
  /**
   * Stop gracefully on SIGINT and SIGTERM, at once on a second one. Default `true`.
   *
   * Danger: without it you must call `close()` yourself.
   */
  handleSignals?: boolean | undefined;
  /** Largest request body; beyond it 413. Default `10mb`. Danger: a handler may hold this much for each request. */
  maxBodyBytes?: number | string | undefined;
  /** Largest request head; beyond it 431. Default `16kb`. Danger: each connection may hold this much. */
  maxHeaderBytes?: number | string | undefined;
  /** Longest request target; beyond it 414. Default `8kb`. Danger: no effect beyond `maxHeaderBytes`. */
  maxTargetBytes?: number | string | undefined;
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
  /**
   * Access log on stdout; `auto` is `short` in development, else `json`. Default `auto`.
   *
   * Danger: `off` leaves no trace of who asked for what.
   */
  log?: "auto" | "short" | "json" | "off" | undefined;
  /** Colors in output for people; `auto` means on a terminal. Default `auto`. */
  color?: "auto" | "always" | "never" | undefined;
  /**
   * Where the server's own messages and the failures of handlers go: any pino-like logger. Default
   * `pino on stderr in production, plain lines on stderr in development`.
   */
  logger?: Logger | null | undefined;
}

/** Every setting, checked and filled in. It is itself a valid `ServeOptions` that resolves to the same. */
export interface ResolvedOptions {
  readonly port: number;
  readonly host: string;
  readonly static: Readonly<Record<string, string>>;
  readonly engine: "auto" | "uws" | "node";
  readonly mode: "development" | "production";
  readonly fastResponse: boolean;
  readonly chunked: "accept" | "reject";
  readonly handleSignals: boolean;
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxTargetBytes: number;
  readonly bodyIdleMs: number;
  readonly writeStallMs: number;
  readonly handlerMs: number;
  readonly shutdownMs: number;
  /** Never `auto`: the mode has decided. */
  readonly log: "short" | "json" | "off";
  readonly color: "auto" | "always" | "never";
  /** `null` means the logger of log/logger.ts. */
  readonly logger: Logger | null;
}

/** What only the command has. */
export interface CommandOptions {
  readonly config?: string | undefined;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}
