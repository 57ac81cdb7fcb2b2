// The types of the settings on what is said, where and how: what a caller may say, and what the server sees of it. Apart from their declaration, so that
// the types of the package need no other package.

import type { Logger } from "../log/logger.ts";

/** What `serve()` and a settings file take. */
export interface LogOptions {
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

/** The same, checked and filled in. */
export interface ResolvedLogOptions {
  /** Never `auto`: the mode has decided. */
  readonly log: "short" | "json" | "off";
  readonly color: "auto" | "always" | "never";
  /** `null` means the logger of log/logger.ts. */
  readonly logger: Logger | null;
}
