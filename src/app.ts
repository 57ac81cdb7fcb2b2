// Is this value an app, and how is it called? The shapes of clauses T2 and T3.

import { inspect } from "node:util";
import type { App, Context, Handler } from "./contract.ts";
import { ServerError } from "./errors.ts";

/** The marker of the Fetch Server API draft: such an app takes one argument, which has the request. */
const WINTERTC_PROTOCOL = Symbol.for("wintertc.server.protocol");

/** What our adapters' apps carry for hosts of ours: it is kept, whoever reads it (host/native.ts). */
const CARRIED = [Symbol.for("easyserver.native"), Symbol.for("easyserver.listening")] as const;

/** A compiled CommonJS module is the default of its namespace, and the app the default of that. */
const DEFAULTS = 2;

/**
 * The app in its one normal form.
 *
 * Accepts a function, an object with a `fetch` method (called on that object), or a module whose default export is one of
 * the two. @throws ServerError `ERR_APP_INVALID` that says what was found instead.
 */
export function appFrom(value: unknown): App {
  return normal(value, DEFAULTS);
}

function normal(value: unknown, defaults: number): App {
  if (typeof value === "function" && !("fetch" in value)) return { fetch: value as Handler };
  if (isObject(value)) {
    if (WINTERTC_PROTOCOL in value) return fromWinterTc(value);
    if (typeof value["fetch"] === "function") return checked(value);
    if ("default" in value && defaults > 0) return fromDefault(value["default"], defaults - 1);
  }
  throw invalid(value);
}

function fromDefault(value: unknown, defaults: number): App {
  try {
    return normal(value, defaults);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("ERR_APP_INVALID", `The default export is no app. ${reason}`, { cause: error });
  }
}

function fromWinterTc(value: Record<PropertyKey, unknown>): App {
  const version = value[WINTERTC_PROTOCOL];
  if (version !== 1 || typeof value["fetch"] !== "function") {
    throw new ServerError(
      "ERR_APP_INVALID",
      `The app names version ${shown(version)} of the Fetch Server API; this server knows version 1, with a fetch(context) method.`,
    );
  }
  const app = value as unknown as { fetch(context: Context): Response | PromiseLike<Response> };
  return { ...checked(value), fetch: (_request, context) => app.fetch(context) };
}

/** By presence, never by value: in some routers every missing property reads as a function (H54). */
function checked(value: Record<PropertyKey, unknown>): App {
  for (const name of ["start", "stop", "error"]) {
    if (name in value && value[name] !== undefined && typeof value[name] !== "function") {
      throw new ServerError("ERR_APP_INVALID", `The app's "${name}" is ${describe(value[name])}, not a function.`);
    }
  }
  const contract = "contract" in value ? value["contract"] : undefined;
  if (contract !== undefined && contract !== 1) {
    throw new ServerError(
      "ERR_APP_INVALID",
      `The app asks for version ${shown(contract)} of the contract; this server speaks version 1.`,
    );
  }
  const app = value as unknown as App;
  const fetch: Handler = (request, context) => app.fetch(request, context);
  // A handler that declares the context is served differently: it may ask for the peer at any time.
  Object.defineProperty(fetch, "length", { value: app.fetch.length });
  const carried = CARRIED.filter((key) => key in value).map((key) => [key, value[key]] as const);
  return { fetch, ...hooks(value), ...Object.fromEntries(carried) };
}

function hooks(value: Record<PropertyKey, unknown>): Omit<App, "fetch"> {
  const app = value as unknown as App;
  return {
    ...("start" in value && { start: (boot) => app.start?.(boot) }),
    ...("stop" in value && { stop: (info) => app.stop?.(info) }),
    ...("error" in value && { error: (error, request, context) => app.error?.(error, request, context) }),
  };
}

function invalid(value: unknown): ServerError {
  return new ServerError(
    "ERR_APP_INVALID",
    `Expected a function (request) => Response, an object with a fetch method, or a module that exports one as default; found ${describe(value)}.`,
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `the function ${value.name}`;
  if (!isObject(value)) return `${typeof value} ${shown(value)}`;
  if (Array.isArray(value)) return "an array";
  if (typeof value["then"] === "function") return "a promise: await it first";
  if ("fetch" in value) return `an object whose fetch is ${describe(value["fetch"])}`;
  const names = Object.keys(value);
  const list = names.length === 0 ? "no properties" : `the properties ${names.slice(0, 8).join(", ")}`;
  return `an object with ${list}`;
}

/** As one would write it. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : inspect(value, { depth: 0, breakLength: Infinity });
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
