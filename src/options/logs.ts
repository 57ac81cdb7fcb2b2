// What is said, where and how? The settings of the group "Logs", with their types.

import type { Logger } from "../log/logger.ts";
import { about, choice, type Schemas } from "./kinds.ts";
import * as zod from "./zod.ts";
import type { LogOptions, ResolvedLogOptions } from "./logs-options.ts";

function isLogger(value: unknown): value is Logger {
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  return ["info", "warn", "error", "child"].every((name) => typeof members[name] === "function");
}

/** The mode has not yet decided about `log`. */
export interface Logs extends Omit<ResolvedLogOptions, "log"> {
  readonly log: ResolvedLogOptions["log"] | "auto";
}

export const logsSettings: Schemas<Logs, LogOptions> = {
  log: choice(["auto", "short", "json", "off"], "auto", {
    group: "Logs",
    help: "Access log on stdout: lines for people, JSON for machines; auto is short in development, else json.",
    danger: "off leaves no trace of who asked for what.",
  }),
  color: choice(["auto", "always", "never"], "auto", {
    group: "Logs",
    variables: {
      FORCE_COLOR: (text) => (text === "0" || text === "false" ? "never" : "always"),
      NO_COLOR: () => "never",
      TERM: (text) => (text === "dumb" ? "never" : undefined),
    },
    help: "Colors in output for people; auto means on a terminal.",
  }),
  logger: zod
    .custom<Logger>(isLogger, {
      error: "an object with the methods info, warn, error and child, such as a pino logger",
    })
    .nullable()
    .prefault(null)
    .register(about, {
      group: "Logs",
      programmatic: true,
      defaultText: "pino on stderr in production, plain lines on stderr in development",
      help: "Where the server's own messages and the failures of handlers go.",
    }),
};
