// Where do the server's own messages and the failures of handlers go? Any pino-like logger, or the default on stderr.

import { createRequire } from "node:module";
import { inspect } from "node:util";
import type * as pinoModule from "pino";
import { createLineWriter } from "./line-writer.ts";

/** One message: text, or fields and text. An `err` field is an error, printed with its stack. */
export interface LogMethod {
  (message: string): void;
  (fields: object, message?: string): void;
}

/** What the server asks of a logger. A pino logger is one (ops C30). No method may throw. */
export interface Logger {
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** A logger that adds these fields to each message. */
  child(fields: Record<string, unknown>): Logger;
}

export interface LoggerOptions {
  /** `json`: pino's lines, for machines. `short`: a line for people, and the stack of an error below it. */
  readonly format: "short" | "json";
  /** Color the level (short form only). */
  readonly color: boolean;
  /** Open descriptor to write to. Default 2, stderr: results and access log have stdout to themselves (ops D11). */
  readonly descriptor?: number;
  readonly now?: () => number;
}

type Level = "info" | "warn" | "error";

interface Entry {
  readonly level: Level;
  readonly bindings: Record<string, unknown>;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/**
 * The default logger. Lines go out at once, and never block: what a stuck reader does not take is dropped.
 *
 * pino is loaded by the first message in the `json` format, since loading it takes longer than starting the server.
 */
export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? Date.now;
  const writer = createLineWriter({
    descriptor: options.descriptor ?? 2,
    batchBytes: 4096,
    delayMs: 0,
    describeDropped: (lines) => dropped(lines, options.format, now()),
  });
  if (options.format === "short") {
    return loggerOf((entry) => writer.write(shortEntry(entry, options.color, now())), {});
  }
  let target: Logger | null = null;
  return loggerOf((entry) => {
    target ??= openPino((line) => writer.write(line), now);
    target[entry.level]({ ...entry.bindings, ...entry.fields }, entry.message);
  }, {});
}

function loggerOf(emit: (entry: Entry) => void, bindings: Record<string, unknown>): Logger {
  const method = (level: Level): LogMethod => {
    return (first: string | object, second?: string): void => {
      const [fields, message] = typeof first === "string" ? [{}, first] : [asFields(first), second];
      try {
        emit({ level, bindings, fields, message: message ?? messageOf(fields) });
      } catch {
        emit({ level, bindings: {}, fields: {}, message: "a message could not be printed" });
      }
    };
  };
  return {
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    child: (fields) => loggerOf(emit, { ...bindings, ...fields }),
  };
}

function asFields(value: object): Record<string, unknown> {
  return value instanceof Error ? { err: value } : { ...value };
}

function messageOf(fields: Record<string, unknown>): string {
  const error = fields["err"];
  return error instanceof Error ? error.message : "";
}

function openPino(write: (line: string) => void, now: () => number): Logger {
  const { pino } = createRequire(import.meta.url)("pino") as typeof pinoModule;
  const settings = {
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(settings, { write });
}

const HUES: Readonly<Record<Level, string>> = { info: "\u001b[36m", warn: "\u001b[33m", error: "\u001b[31m" };
const RESET = "\u001b[0m";

function shortEntry(entry: Entry, color: boolean, time: number): string {
  const { err, ...fields } = { ...entry.bindings, ...entry.fields };
  const level = color ? `${HUES[entry.level]}${entry.level}${RESET}` : entry.level;
  const details = Object.entries(fields).map(([name, value]) => ` ${name}=${oneLine(inspect(value))}`);
  const line = `${clockTime(time)} ${level} ${oneLine(entry.message)}${details.map(printable).join("")}\n`;
  return err === undefined ? line : line + indented(inspect(err));
}

// Each line is indented, so that a message with line ends in it cannot pose as another entry.
function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${printable(line)}\n`)
    .join("");
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, " "));
}

function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- controls could drive the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}

function clockTime(time: number): string {
  return new Date(time).toTimeString().slice(0, 8);
}

function dropped(lines: number, format: "short" | "json", time: number): string {
  if (format === "short") return `${clockTime(time)} warn ${lines} messages were dropped: nobody read the log\n`;
  return `{"level":"warn","time":"${new Date(time).toISOString()}","event":"dropped","messages":${lines}}\n`;
}
