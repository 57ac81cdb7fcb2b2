// The app that a host is judged by: an FSGI app that imports nothing from outside its folder, so that any fetch-style host
// can serve it, in any runtime.
//
// Every path has a tag of the judge's in it, `/t0001/route/argument`, and all that happens to the app is noted under that tag:
// the judge reads `/__fsgi/log/t0001` and so sees from outside which requests reached the handler, and what became of them.
// State is kept in one process: let one worker serve it, on a machine of the judge's own. It streams without end if asked to.

import { ROUTES, describe } from "./fixture/routes.ts";
import { type LooseContext, noteFor, notesOf, release, type Visit } from "./fixture/visit.ts";

function runtime(): string {
  const {
    Bun: bun,
    Deno: deno,
    process: node,
  } = globalThis as unknown as {
    Bun?: { version: string };
    Deno?: { version: { deno: string } };
    process?: { versions?: { node?: string } };
  };
  if (bun !== undefined) return `Bun ${bun.version}`;
  if (deno !== undefined) return `Deno ${deno.version.deno}`;
  return node?.versions?.node === undefined ? "unknown" : `Node ${node.versions.node}`;
}

function control(request: Request, context: LooseContext | null, what: string, tag: string): Response {
  if (what === "log") return Response.json(notesOf(tag));
  if (what === "release") return release(tag);
  if (what === "self") {
    const supports = [...((context?.["supports"] ?? []) as Iterable<string>)];
    return Response.json({ runtime: runtime(), contract: context?.["contract"] ?? null, supports, url: request.url });
  }
  return new Response("alive");
}

function contextOf(value: unknown): LooseContext | null {
  return typeof value === "object" && value !== null && "contract" in value && value.contract === 1
    ? (value as LooseContext)
    : null;
}

function visitOf(request: Request, given: unknown, count: number): Visit & { readonly route: string } {
  const context = contextOf(given);
  const [, found, rest = ""] = /\/(t[0-9a-z]{4})(?:\/([^?#]*))?(?:[?#]|$)/.exec(request.url) ?? [];
  const tag = found ?? request.headers.get("x-fsgi-case") ?? "none";
  const [route = "", ...args] = rest.split("/");
  return {
    request,
    context,
    args,
    tag,
    route,
    count,
    note: (event, details) => noteFor(tag, event, details),
  };
}

/**
 * The handler. It declares both parameters, since some hosts look at that. Deliberately bad results are among what it
 * returns: its type says less than the truth.
 */
export function fetch(request: Request, given?: unknown): Response | Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, system, what = "", of = ""] = /^\/(__fsgi)\/([a-z]+)(?:\/(\w+))?/.exec(pathname) ?? [];
  if (system !== undefined) return control(request, contextOf(given), what, of);
  const visit = visitOf(request, given, arguments.length);
  const { method, url } = request;
  visit.note("call", { method, url, route: visit.route, target: visit.context?.["target"] ?? null });
  return (ROUTES[visit.route] ?? describe)(visit) as Response | Promise<Response>;
}

/** The error hook of FSGI (H46). It answers for the route `hook/answer` alone. */
export function error(failure: unknown, request: Request, given: unknown): Response | undefined {
  const visit = visitOf(request, given, arguments.length - 1);
  visit.note("error-hook", { message: failure instanceof Error ? failure.message : String(failure) });
  if (visit.route !== "hook") return undefined;
  if (visit.args[0] === "fail") throw new Error("the hook failed");
  return visit.args[0] === "answer" ? new Response("sorry", { status: 503 }) : undefined;
}
