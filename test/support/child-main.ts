// The process behind a `ChildServer`: serves the handler of a module, and says on stdout where.

import type { Socket } from "node:net";
import type { Handler, ServeOptions } from "../../src/index.ts";
import { serve, ServerError } from "../../src/index.ts";

/** More would only be the same again. */
const KEPT = 50_000;

const settings = JSON.parse(process.argv[2] ?? "{}") as { app: string; serve: ServeOptions };
const { handler } = (await import(settings.app)) as { handler: Handler };
const reports: string[] = [];
let targets: string[] = [];

const counted: Handler = (request, context) => {
  const { target } = context;
  if (target === "/__alive") return new Response("alive");
  if (target === "/__stats") {
    const text = JSON.stringify({ reports, targets });
    targets = [];
    return new Response(text);
  }
  if (targets.length < KEPT) targets.push(target);
  return handler(request, context);
};

const report = (entry: unknown): void => {
  const error: unknown = typeof entry === "object" && entry !== null && "err" in entry ? entry.err : entry;
  if (reports.length < KEPT) reports.push(error instanceof Error ? error.message : String(error));
};
const logger: NonNullable<ServeOptions["logger"]> = {
  info: () => {},
  warn: () => {},
  error: report,
  child: () => logger,
};

process.stdin.on("end", () => process.exit(1)).resume();
(process.stdin as Socket).unref();

try {
  const server = await serve(counted, { host: "127.0.0.1", port: 0, log: "off", logger, ...settings.serve });
  console.log(JSON.stringify({ port: server.port }));
} catch (error) {
  console.log(JSON.stringify({ failure: error instanceof ServerError ? error.code : String(error) }));
  process.exitCode = 1;
}
