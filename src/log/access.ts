// Who asked for what, and what did they get? One line for each finished exchange, at a cost below a microsecond.

import { randomBytes } from "node:crypto";
import { escapeForColumn, escapeForJson } from "./escape.ts";
import { createLineWriter } from "./line-writer.ts";

/** One finished exchange. Credentials have no place in it. */
export interface AccessRecord {
  /** When the request arrived, in milliseconds since 1970. */
  readonly time: number;
  readonly id: string;
  /** The client's address; `null` when unknown. */
  readonly remote: string | null;
  readonly method: string;
  /** As received, undecoded. */
  readonly target: string;
  /** As sent; 0 when nothing was. */
  readonly status: number;
  /** Body bytes sent. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly outcome: "completed" | "aborted" | "failed" | "refused";
  readonly httpVersion: string;
  /** The Host field; `null` when there was none. */
  readonly host: string | null;
  readonly userAgent?: string | null | undefined;
  readonly referer?: string | null | undefined;
}

/** Takes access records. No method throws, and none ever waits for whoever reads the log but `flush`. */
export interface AccessLog {
  write(record: AccessRecord): void;
  /** Writes what is queued, now: for the end of the process. */
  flush(): void;
  /** Records lost so far because nobody took them. */
  readonly dropped: number;
  /** Flushes; nothing may be written afterwards. */
  close(): void;
}

export interface AccessLogOptions {
  /** `json`: one object a line, for machines. `short`: columns for people. */
  readonly format: "short" | "json";
  /** Color the status (short form only). */
  readonly color: boolean;
  /** Open descriptor to write to. Default 1, stdout. */
  readonly descriptor?: number;
  /**
   * Other processes write to the same descriptor. A pipe keeps lines whole only up to 4 KiB, so what makes one longer, such as a target,
   * is cut. Default `false`.
   */
  readonly isShared?: boolean;
  /** Clock of the line that reports dropped records. */
  readonly now?: () => number;
}

/** What POSIX promises to leave in one piece (PIPE_BUF). */
const WHOLE_BYTES = 4096;

/** Opens an access log. Records are written in batches of 64 KiB or after 100 ms, and when the process exits. */
export function createAccessLog(options: AccessLogOptions): AccessLog {
  const now = options.now ?? Date.now;
  const format = options.format === "json" ? jsonFormat() : shortFormat(options.color);
  const writer = createLineWriter({
    descriptor: options.descriptor ?? 1,
    encoding: "latin1",
    describeDropped: (lines) => format.dropped(lines, now()),
  });
  const write = (record: AccessRecord): void => writer.write(format.line(record));
  const writeWhole = (record: AccessRecord): void => {
    const line = format.line(record);
    writer.write(line.length <= WHOLE_BYTES ? line : format.line(shortened(record)));
  };
  return {
    write: options.isShared === true ? writeWhole : write,
    flush: () => writer.flush(),
    close: () => writer.close(),
    get dropped() {
      return writer.dropped;
    },
  };
}

/** With everything that a client can make long short enough for one piece, even if each character takes six to write. */
function shortened(record: AccessRecord): AccessRecord {
  return {
    ...record,
    method: cut(record.method, 20),
    target: cut(record.target, 250),
    host: record.host === null ? null : cut(record.host, 100),
    userAgent: cut(record.userAgent ?? "", 100),
    referer: cut(record.referer ?? "", 100),
  };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}

interface Format {
  line(record: AccessRecord): string;
  dropped(lines: number, time: number): string;
}

function jsonFormat(): Format {
  const clock = steppedClock(1, (time) => new Date(time).toISOString());
  return {
    line: (record) => jsonLine(record, clock(record.time)),
    dropped: (lines, time) => `{"time":"${clock(time)}","event":"dropped","records":${lines}}\n`,
  };
}

// By hand, and as one expression: JSON.stringify of an object, or joining parts, costs more than all the rest.
function jsonLine(record: AccessRecord, time: string): string {
  const more = optionalMember("userAgent", record.userAgent) + optionalMember("referer", record.referer);
  return `{"time":"${time}","id":"${escapeForJson(record.id)}","remote":${
    record.remote === null ? "null" : `"${escapeForJson(record.remote)}"`
  },"method":"${escapeForJson(record.method)}","target":"${escapeForJson(record.target)}","status":${
    record.status
  },"bytes":${record.bytes},"durationMs":${finite(Math.round(record.durationMs * 1000) / 1000)},"outcome":"${
    record.outcome
  }","httpVersion":"${record.httpVersion}","host":${
    record.host === null ? "null" : `"${escapeForJson(record.host)}"`
  }${more}}\n`;
}

function optionalMember(name: string, value: string | null | undefined): string {
  return value == null || value === "" ? "" : `,"${name}":"${escapeForJson(value)}"`;
}

// NaN and Infinity are not JSON.
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

const DIM = "\u001b[2m";
const RESET = "\u001b[0m";
/** By first digit of the status: nothing sent, informational, success, redirect, client's fault, our fault. */
const STATUS_COLORS = ["\u001b[31m", "\u001b[36m", "\u001b[32m", "\u001b[36m", "\u001b[33m", "\u001b[31m"];

function shortFormat(color: boolean): Format {
  const clock = steppedClock(1000, (time) => new Date(time).toTimeString().slice(0, 8));
  const dim = color ? (text: string): string => `${DIM}${text}${RESET}` : (text: string): string => text;
  return {
    line: (record) => {
      const status = record.status === 0 ? "---" : String(record.status);
      const hue = color ? (STATUS_COLORS[Math.floor(record.status / 100)] ?? "") : "";
      const mark = record.outcome === "completed" ? "" : ` ${record.outcome}`;
      return (
        `${dim(clock(record.time))} ${escapeForColumn(record.method)} ${escapeForColumn(record.target)} ` +
        `${hue}${status}${hue === "" ? "" : RESET} ${shortSize(record.bytes)} ` +
        `${dim(shortDuration(record.durationMs))}${mark}\n`
      );
    },
    dropped: (lines, time) => `${clock(time)} ${lines} access records were dropped: nobody read the log\n`,
  };
}

function shortSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)}kB` : `${(bytes / 1_048_576).toFixed(1)}MB`;
}

function shortDuration(durationMs: number): string {
  return durationMs < 1000 ? `${durationMs.toFixed(1)}ms` : `${(durationMs / 1000).toFixed(1)}s`;
}

/** Writes a time; records of the same step share the text, since making it costs as much as the rest of a line. */
function steppedClock(stepMs: number, write: (time: number) => string): (time: number) => string {
  let step = Number.NaN;
  let text = "";
  return (time) => {
    const wanted = Math.floor(time / stepMs);
    if (wanted !== step) {
      text = write(time);
      step = wanted;
    }
    return text;
  };
}

const PROCESS_PREFIX = randomBytes(5).toString("hex");
let requests = 0;

/** A new id: unguessable for each process, then counting. Unique over processes as far as 40 random bits go. */
export function nextRequestId(): string {
  requests += 1;
  return `${PROCESS_PREFIX}-${requests.toString(36)}`;
}
