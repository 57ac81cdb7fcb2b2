// Does this handler keep the contract? The battery on the host without a wire, with a linter that watches both sides.

import { lint, onceEach, type Violation } from "../lint.ts";
import { battery } from "./battery.ts";
import { type MemoryExchange, MemoryHost, type MemoryHostOptions, type MemoryRequest } from "./memory-host.ts";

/** How long what reacts late may take: one second by the text, and a moment to be noticed. */
const LATE_MS = 1_200;

export interface HandlerRunOptions {
  /** Targets to try beside the usual ones. */
  readonly paths?: readonly string[];
  /** How long a handler may take for one answer. Default 3,000 ms. */
  readonly patienceMs?: number;
  /** Optional features that the context names. None by default: a handler has to do without (A8). */
  readonly supports?: MemoryHostOptions["supports"];
}

/** A request that the handler could not answer. That breaks no statement, but is worth a look. */
export interface HandlerFailure {
  readonly request: string;
  readonly message: string;
}

export interface HandlerRun {
  readonly requests: number;
  /** Each once for its statement and path. */
  readonly violations: readonly Violation[];
  readonly failures: readonly HandlerFailure[];
}

/**
 * Runs the battery. Errors of the app's own become failures in the result; what it throws outside of every call is the
 * caller's to catch.
 *
 * @throws ServerError `ERR_APP_INVALID`, or what the app's `start()` throws
 */
export async function runHandler(app: object, options: HandlerRunOptions = {}): Promise<HandlerRun> {
  const violations: Violation[] = [];
  const failures: HandlerFailure[] = [];
  const tell = onceEach((violation) => violations.push(violation));
  const host = await MemoryHost.start(lint(app, { mode: "report", onViolation: tell }), {
    patienceMs: options.patienceMs ?? 3_000,
    ...(options.supports !== undefined && { supports: options.supports }),
  });
  const requests = battery(options.paths);
  const gets = new Map<string, MemoryExchange>();
  for (const request of requests) {
    const exchange = await host.call(request);
    const place = `${request.method ?? "GET"} ${request.target ?? "/"}`;
    for (const report of exchange.reports) failures.push({ request: place, message: firstLine(report) });
    if (request.leaves === undefined && request.fields === undefined) judgeTwin(request, exchange, gets, tell);
  }
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  await host.stop();
  return { requests: requests.length, violations, failures: unique(failures) };
}

/** HEAD is answered as GET is (A3). Values may differ from one answer to the next, the status and the fields not. */
function judgeTwin(
  { method = "GET", target = "/" }: MemoryRequest,
  exchange: MemoryExchange,
  gets: Map<string, MemoryExchange>,
  tell: (violation: Violation) => void,
): void {
  // A failure is told as one, and says nothing of HEAD.
  if (exchange.reports.length > 0) return;
  if (method === "GET") gets.set(target, exchange);
  const get = gets.get(target);
  if (method !== "HEAD" || get === undefined || exchange.outcome !== "completed" || get.outcome !== "completed") return;
  const advice = "Answer HEAD by the code that answers GET; the host drops the body.";
  const violation = { id: "A3", party: "handler", advice, label: "", request: `HEAD ${target}` } as const;
  if (get.status !== exchange.status) {
    tell({ ...violation, level: "must", message: `GET was answered ${get.status}, HEAD ${exchange.status}.` });
    return;
  }
  const missing = names(get).filter((name) => !names(exchange).includes(name));
  if (missing.length === 0) return;
  tell({ ...violation, level: "should", message: `The answer to HEAD lacks ${missing.join(", ")}.` });
}

function names({ fields }: MemoryExchange): string[] {
  return fields.map(([name]) => name).filter((name) => name !== "content-length" && name !== "set-cookie");
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split("\n", 1)[0]!;
}

function unique(failures: readonly HandlerFailure[]): HandlerFailure[] {
  return [...new Map(failures.map((failure) => [`${failure.request} ${failure.message}`, failure])).values()];
}
