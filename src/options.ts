// What did the user ask for? Settings of every source, checked, merged and filled with defaults. The only reader of
// `process.env`.

import { homedir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { ServerError } from "./errors.ts";
import { COMMAND_SETTINGS, SETTINGS } from "./options/declaration.ts";
import { httpsProblems, isPublicServer } from "./options/https.ts";
import { environmentLayer, flagLayer, type Layer, objectLayer, settle, unknownVariables } from "./options/layers.ts";
import type { CommandOptions, ResolvedOptions } from "./options/serve-options.ts";

export type { CommandOptions, ResolvedOptions, ServeOptions } from "./options/serve-options.ts";

/** The sources, strongest first: `options`, `flags`, `environment`, `file`. */
export interface OptionSources {
  /** What `serve(app, options)` was given. */
  readonly options?: unknown;
  /** What the settings file holds. */
  readonly file?: unknown;
  /** Name of that file, for messages. */
  readonly fileName?: string | undefined;
  /** A snapshot of the variables: `environment()`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What the command line parser found, by setting. */
  readonly flags?: unknown;
}

/**
 * Sets `NODE_ENV` to production where nobody has set it, before an app is loaded: apps go by it. Without it Express shows stack
 * traces to clients, and React renders with its slow build.
 */
export function publishMode(mode: ResolvedOptions["mode"]): void {
  if (mode === "production") process.env["NODE_ENV"] ||= mode;
}

/** Programs open the port that `PORT` names, and are known by it; one that is picked has no name yet. */
export function publishPort(port: ResolvedOptions["port"]): void {
  if (port !== 0) process.env["PORT"] ||= String(port);
}

/** A snapshot of the process's variables. Nothing else in the project reads them. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return { ...process.env };
}

/**
 * The settings that hold: `options` over flags over environment over file over defaults. A setting is taken whole: the
 * `static` of a stronger source replaces that of a weaker one.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` naming everything that is wrong, one line each.
 */
export function resolveOptions(sources: OptionSources): ResolvedOptions {
  const problems: string[] = [];
  const shape = SETTINGS.shape;
  const variables = sources.environment ?? {};
  const layers: readonly Layer[] = [
    objectLayer(sources.file, shape, `in ${sources.fileName ?? "the settings file"}`, problems),
    environmentLayer(variables, shape, problems),
    flagLayer(sources.flags, shape, problems),
    objectLayer(sources.options, shape, "in the options", problems),
  ];
  problems.push(...unknownVariables(variables, [shape, COMMAND_SETTINGS.shape]));
  const settings = settle(SETTINGS, layers, problems);
  if (settings !== null) problems.push(...httpsProblems(settings), ...portProblems(settings, layers));
  if (settings === null || problems.length > 0) throw invalidOptions(problems);
  const isModeAsked = layers.some((layer) => layer.has("mode"));
  return Object.freeze(withDefaults(isModeAsked ? settings : { ...settings, mode: usualMode(settings) }));
}

/** `port` has no meaning where `httpsPort` has one; a platform's `PORT` may be there all the same. */
function portProblems(settings: z.output<typeof SETTINGS>, layers: readonly Layer[]): readonly string[] {
  const asked = layers.map((layer) => layer.get("port")).findLast((given) => given !== undefined);
  if (!isPublicServer(settings) || asked === undefined || settings.port === settings.httpsPort) return [];
  if (asked.label === "PORT" || asked.label.startsWith("EASYSERVER_")) return [];
  return [
    `${asked.label} is ${settings.port}, but with a certificate the server listens on "httpsPort" and "httpPort": set those.`,
  ];
}

/** Who serves a domain is in production, whether NODE_ENV says so or not. */
function usualMode(settings: Parameters<typeof isPublicServer>[0]): "development" | "production" {
  return isPublicServer(settings) ? "production" : "development";
}

function withDefaults(settings: z.output<typeof SETTINGS>): ResolvedOptions {
  const isProduction = settings.mode === "production";
  const { host, log, staticRevalidateMs, store, ...rest } = settings;
  return {
    ...rest,
    port: isPublicServer(settings) ? settings.httpsPort : settings.port,
    host: host ?? (isProduction || isPublicServer(settings) ? "::" : "localhost"),
    store: store ?? storeOf(settings.user),
    log: log === "auto" ? (isProduction ? "json" : "short") : log,
    staticRevalidateMs: staticRevalidateMs ?? (isProduction ? 1_000 : 0),
  };
}

/** For a user that root becomes there is no home to rely on: a system's users have none, and root's is closed to them. */
function storeOf(user: string | null): string {
  const isForSystem = user !== null && process.geteuid?.() === 0;
  return isForSystem ? "/var/lib/easyserver" : join(homedir(), ".local", "share", "easyserver");
}

/**
 * The settings of the command itself, from flags and environment.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID`
 */
export function resolveCommandOptions(sources: Pick<OptionSources, "flags" | "environment">): CommandOptions {
  const problems: string[] = [];
  const layers = [
    environmentLayer(sources.environment ?? {}, COMMAND_SETTINGS.shape),
    flagLayer(sources.flags, COMMAND_SETTINGS.shape, problems),
  ];
  const settings = settle(COMMAND_SETTINGS, layers, problems);
  if (settings === null || problems.length > 0) throw invalidOptions(problems);
  return settings;
}

/**
 * The mode that a settings function is told, before its file can have a say. Anything wrong is left for
 * `resolveOptions` to report.
 */
export function modeBeforeFile(sources: Pick<OptionSources, "flags" | "environment">): "development" | "production" {
  const shape = { mode: SETTINGS.shape.mode };
  const asked = flagLayer(sources.flags, SETTINGS.shape, []).get("mode");
  const given = asked ?? environmentLayer(sources.environment ?? {}, shape).get("mode");
  if (given !== undefined) return given.value === "production" ? "production" : "development";
  const flags = flagLayer(sources.flags, SETTINGS.shape, []);
  const variables = environmentLayer(sources.environment ?? {}, SETTINGS.shape);
  const isPublic = ["cert", "domains", "ask"].some((name) => flags.has(name) || variables.has(name));
  return isPublic ? "production" : "development";
}

/** One failure for a list of sentences about settings. */
export function invalidOptions(problems: readonly string[]): ServerError {
  const lines = problems.length === 1 ? problems : [`${problems.length} settings are wrong:`, ...problems];
  return new ServerError("ERR_OPTIONS_INVALID", lines.join("\n"));
}

/** Whether output to `stream` gets colors. */
export function isColored(color: ResolvedOptions["color"], stream: { readonly isTTY?: boolean }): boolean {
  return color === "always" || (color === "auto" && stream.isTTY === true);
}
