// Runs a linted app on the host without a wire, and gives what the linters said.

import { type MemoryExchange, MemoryHost, type MemoryRequest } from "../../src/conformance/memory-host.ts";
import type { App, Context, Handler } from "../../src/index.ts";
import { lint, type LintOptions, type Violation } from "../../src/lint.ts";

export type Middleware = (inner: Handler) => Handler;

export interface Findings {
  readonly violations: readonly Violation[];
  readonly exchanges: readonly MemoryExchange[];
}

/** Every violation that a linter around `app` finds in these requests, until all is quiet. */
export async function lintHandler(app: Handler | App, requests: readonly MemoryRequest[] = [{}]): Promise<Findings> {
  const violations: Violation[] = [];
  return run(lint(app, collecting(violations)), requests, violations);
}

/** A linter around the middleware, and one between it and the handler. */
export async function lintMiddleware(
  middleware: Middleware,
  handler: Handler,
  requests: readonly MemoryRequest[] = [{}],
): Promise<Findings> {
  const violations: Violation[] = [];
  const inner = lint(handler, { ...collecting(violations), label: "inner" });
  const outer = lint(middleware(inner), { ...collecting(violations), label: "outer" });
  return run(outer, requests, violations);
}

export function collecting(violations: Violation[]): LintOptions {
  return { mode: "report", onViolation: (violation) => violations.push(violation) };
}

async function run(
  app: Handler | App,
  requests: readonly MemoryRequest[],
  violations: readonly Violation[],
): Promise<Findings> {
  const exchanges: MemoryExchange[] = [];
  await using host = await MemoryHost.start(app, { patienceMs: 1_200 });
  for (const request of requests) exchanges.push(await host.call(request));
  // What is judged at the end of an exchange is judged one turn after it.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  return { violations, exchanges };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A body of these chunks, one for each pull. */
export function streamOf(
  chunks: readonly unknown[],
  cancel: (reason: unknown) => void | Promise<void> = () => {},
): ReadableStream {
  const rest = [...chunks];
  return new ReadableStream({
    pull(controller) {
      if (rest.length === 0) controller.close();
      else controller.enqueue(rest.shift());
    },
    cancel,
  });
}

/** A handler that uses nothing of the Context. */
export const hello: Handler = () => new Response("hello");

export type { Context };
