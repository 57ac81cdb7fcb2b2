// Which settings reach the engine's limits and the logs, and what is recorded of an exchange?

import type { EngineLimits, Exchange, Outcome } from "../engine/engine.ts";
import { type AccessLog, type AccessRecord, createAccessLog, nextRequestId } from "../log/access.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import type { ResolvedOptions } from "../options/serve-options.ts";

/** What an engine has to enforce. */
export function limitsOf(settings: ResolvedOptions): EngineLimits {
  return {
    maxBodyBytes: settings.maxBodyBytes,
    maxHeaderBytes: settings.maxHeaderBytes,
    maxTargetBytes: settings.maxTargetBytes,
    maxMessageBytes: settings.maxMessageBytes,
    socketIdleMs: settings.socketIdleMs,
    rejectChunked: settings.chunked === "reject",
    bodyIdleMs: settings.bodyIdleMs,
    writeStallMs: settings.writeStallMs,
    handlerMs: settings.handlerMs,
  };
}

/** The access log that the settings ask for; `null` for none. */
export function openAccessLog(settings: ResolvedOptions): AccessLog | null {
  if (settings.log === "off") return null;
  const color = hasColor(settings, process.stdout.isTTY);
  return createAccessLog({ format: settings.log, color, isShared: settings.workers > 0 });
}

/** The logger of the server's own messages, where the user brought none. */
export function openLogger(settings: ResolvedOptions): Logger {
  const format = settings.mode === "development" ? "short" : "json";
  return createLogger({ format, color: hasColor(settings, process.stderr.isTTY) });
}

function hasColor({ color }: ResolvedOptions, isTerminal: boolean): boolean {
  return color === "always" || (color === "auto" && isTerminal);
}

/** What the access log says of an exchange that is over. */
export function accessRecord(exchange: Exchange, outcome: Outcome): AccessRecord {
  const durationMs = performance.now() - exchange.startedMs;
  return {
    time: Date.now() - durationMs,
    id: nextRequestId(),
    remote: exchange.peer?.address ?? null,
    method: exchange.method,
    target: exchange.target,
    status: outcome.status,
    bytes: outcome.bytes,
    durationMs,
    outcome: exchange.fault === null ? outcome.kind : "refused",
    httpVersion: exchange.httpVersion,
    host: exchange.authority,
    userAgent: exchange.field("user-agent"),
    referer: exchange.field("referer"),
  };
}

/** Input that never became an exchange: the engine's own parser answered it. */
export function refusedRecord(remote: string | null, status: number, detail: string): AccessRecord {
  return {
    time: Date.now(),
    id: nextRequestId(),
    remote,
    method: "-",
    target: `(${detail})`,
    status,
    bytes: 0,
    durationMs: 0,
    outcome: "refused",
    httpVersion: "1.1",
    host: null,
  };
}
