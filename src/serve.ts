// The only composition root: options become parts, and parts become a running server.

import type { App } from "./contract.ts";
import { chooseEngine, type ChosenEngine } from "./engine/choose.ts";
import { installFastRequest } from "./engine/request.ts";
import { installFastResponse } from "./engine/response.ts";
import { appFrom } from "./app.ts";
import type { Phase } from "./host/dispatch.ts";
import { adaptForeign, foreignApp } from "./foreign.ts";
import { type AppSource, type Entrance, Host } from "./host/host.ts";
import { nativeEntryOf, type Opened } from "./host/native.ts";
import { createReport } from "./host/report.ts";
import { handleSignals } from "./host/signals.ts";
import type { AccessLog } from "./log/access.ts";
import type { Logger } from "./log/logger.ts";
import { environment, resolveOptions } from "./options.ts";
import type { ResolvedOptions, ServeOptions } from "./options/serve-options.ts";
import { certificateSource, checkCertificateSettings } from "./serve/certificates.ts";
import { portsOf } from "./options/https.ts";
import { storeFolder } from "./tls/settings.ts";
import { plainEntrance, SecureFront } from "./serve/https.ts";
import { accessRecord, limitsOf, openAccessLog, openLogger, refusedRecord } from "./serve/records.ts";
import type { Role } from "./serve/workers.ts";
import { type Account, actingAs, becomeForGood, findAccount, makeFolderFor, refuseToStayRoot } from "./rights.ts";

/** The engine a server runs on. */
export interface RunningEngine {
  readonly name: "uws" | "node";
  readonly version: string;
  /** One line that says why it is not the faster one, or `null`. */
  readonly note: string | null;
}

/** A server that is listening. */
export interface Server {
  /** Where to reach it from this machine, without a slash at the end. */
  readonly url: string;
  /** Every address: HTTPS first, then the plain port that leads there. */
  readonly urls: readonly string[];
  /** The real port of `url`, also when 0 was asked for. */
  readonly port: number;
  readonly engine: RunningEngine;
  /** How many processes serve, with this one as their primary; 0: this one serves. */
  readonly workers: number;
  /** Fulfils when the server has stopped, `clean` unless requests had to be cut. Never rejects. */
  readonly closed: Promise<{ readonly clean: boolean }>;
  /**
   * Stops gracefully: accepts nothing new, lets requests in flight and `waitUntil` work finish, then runs the app's
   * `stop()`. What is left after `deadlineMs` (default: the option `shutdownMs`) is cut.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What is given back when the server ends. */
type Undo = () => void;

/**
 * Serves `app`: a function `(request, context) => Response`, an object with `fetch`, an Express, Koa or Fastify app, an
 * `http.Server`, or a module exporting one. `null` serves static files alone. Resolves when the port is open.
 *
 * While it runs, `globalThis.Response` is a light class with the standard's behaviour (option `fastResponse`), unless the app is
 * one of Express or another that speaks `(req, res)`.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` and `ERR_APP_INVALID` synchronously, before any port is opened; rejects with
 * `ERR_STATIC_ROOT`, `ERR_ENGINE_UNAVAILABLE`, `ERR_CERTIFICATE`, `ERR_RIGHTS`, `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_NOT_ALLOWED`, `ERR_ADDRESS_INVALID`, or with what the app's `start()` threw.
 */
export function serve(app: unknown, options: ServeOptions = {}): Promise<Server> {
  const settings = settingsOf(options);
  const foreign = foreignApp(app);
  if (foreign !== null) return launch(settings, (role) => adaptForeign(foreign).then((own) => start(role, own)));
  const own = appOf(app);
  return launch(settings, (role) => start(role, own));
}

/**
 * Serves what `load` gives, as `serve()` does. With the option `user`, `load` is called when the ports are open and the
 * process has become that user, so that not a line of the app runs as root.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` synchronously; rejects as `serve()` does, and with what `load` threw.
 */
export function serveLazily(load: () => Promise<unknown>, options: ServeOptions = {}): Promise<Server> {
  const settings = settingsOf(options);
  const source = async (): Promise<App | null> => {
    const app = await load();
    const foreign = foreignApp(app);
    return foreign === null ? appOf(app) : adaptForeign(foreign);
  };
  return launch(settings, (role) => start(role, source));
}

/** Serves here, unless workers are wanted and this process is the one to start them. */
async function launch(settings: ResolvedOptions, here: (role: Role) => Promise<Server>): Promise<Server> {
  if (settings.workers === 0 && !process.connected) return here({ settings, isShared: false, isWorker: false });
  const { inProcesses } = await import("./serve/workers.ts");
  return inProcesses(settings, here);
}

function settingsOf(options: ServeOptions): ResolvedOptions {
  const settings = resolveOptions({ options, environment: environment() });
  checkCertificateSettings(settings);
  return settings;
}

function appOf(app: unknown): App | null {
  return app === null ? null : appFrom(app);
}

/** The engine that `serve()` would run on here: for diagnostics. @throws ServerError `ERR_ENGINE_UNAVAILABLE` */
export async function availableEngine(wanted: "auto" | "uws" | "node" = "auto"): Promise<RunningEngine> {
  return describe(await chooseEngine(wanted, resolveOptions({}).maxHeaderBytes));
}

async function start({ settings, isShared, isWorker }: Role, given: AppSource): Promise<Server> {
  const logger = settings.logger ?? openLogger(settings);
  const access = openAccessLog(settings);
  const undo: Undo[] = [];
  const front: { secure: SecureFront | null } = { secure: null };
  try {
    refuseToStayRoot({ ...settings, ports: portsOf(settings) });
    const account = settings.user === null ? null : findAccount(settings.user);
    const watchedApp = settings.lint === true ? await watched(given, logger) : given;
    const app = settings.fastResponse ? withLightClasses(watchedApp, undo) : watchedApp;
    const phases = await phasesOf(settings, app, logger);
    const chosen = await chooseEngine(settings.engine, settings.maxHeaderBytes + settings.maxTargetBytes);
    front.secure = await openFront(settings, account, logger);
    const host = await Host.start({
      engine: chosen.engine,
      entrances: entrancesOf(settings, front.secure, phases),
      isShared,
      limits: limitsOf(settings),
      app,
      onBound: account === null ? null : () => becomeForGood(account),
      record: access === null ? null : (exchange, outcome) => access.write(accessRecord(exchange, outcome)),
      refused: (peer, status, detail) => access?.write(refusedRecord(peer, status, detail)),
      report: createReport(logger, () => openLogger(settings)),
    });
    front.secure?.attach(host);
    const server = running(settings, chosen, host, { access, undo, front: front.secure, logger, isWorker });
    await host.tellListening({
      address: addressOf(settings.host, server.port),
      handlesSignals: settings.handleSignals,
      close: () => server.close(),
    });
    return server;
  } catch (error) {
    await front.secure?.close();
    for (const step of undo) step();
    access?.close();
    throw error;
  }
}

/** Installs the light classes for an app that answers with them. One that is entered natively keeps the platform's own. */
function withLightClasses(source: AppSource, undo: Undo[]): AppSource {
  if (typeof source !== "function" && isNative(source)) return source;
  const steps = [installFastResponse(), installFastRequest()];
  undo.push(...steps);
  if (typeof source !== "function") return source;
  return async () => {
    const app = await source();
    if (isNative(app)) for (const step of steps) step();
    return app;
  };
}

function isNative(app: App | null): boolean {
  return app !== null && nativeEntryOf(app) !== null;
}

async function openFront(
  settings: ResolvedOptions,
  account: Account | null,
  logger: Logger,
): Promise<SecureFront | null> {
  const open = async (): Promise<SecureFront | null> => {
    const source = await certificateSource(settings, logger);
    return source === null ? null : SecureFront.open(settings, source, logger);
  };
  // A key file may be for root's eyes only; what a store writes has to belong to the user.
  if (settings.cert !== null) return open();
  const folder = storeFolder(settings);
  if (account !== null && folder !== null) makeFolderFor(account, folder);
  return actingAs(account, open);
}

function entrancesOf(
  settings: ResolvedOptions,
  front: SecureFront | null,
  phases: readonly Phase[],
): readonly [Entrance, ...Entrance[]] {
  return front === null ? plainEntrance(settings, phases) : front.entrances(phases);
}

async function phasesOf(settings: ResolvedOptions, app: AppSource, logger: Logger): Promise<Phase[]> {
  if (Object.keys(settings.static).length + Object.keys(settings.media).length === 0) return [];
  const { createStatic } = await import("./static/handler.ts");
  return [
    createStatic(settings.static, {
      uploads: settings.media,
      fallthrough: app !== null,
      revalidateMs: settings.staticRevalidateMs,
      cacheBytes: settings.staticCacheBytes,
      warn: (sentence) => logger.warn({}, sentence),
    }),
  ];
}

/** The app with an ear at it, loaded only where it is wanted. */
async function watched(source: AppSource, logger: Logger): Promise<AppSource> {
  if (source === null) return null;
  const { lintForDevelopment } = await import("./lint/development.ts");
  return async () => {
    const app = typeof source === "function" ? await source() : source;
    return app === null ? null : lintForDevelopment(app, (facts, sentence) => logger.warn(facts, sentence));
  };
}

interface Running {
  readonly access: AccessLog | null;
  readonly undo: readonly Undo[];
  readonly front: SecureFront | null;
  readonly logger: Logger;
  /** Its primary decides what signals mean. */
  readonly isWorker: boolean;
}

function running(settings: ResolvedOptions, chosen: ChosenEngine, host: Host, parts: Running): Server {
  let settle!: (result: { clean: boolean }) => void;
  const closed = new Promise<{ clean: boolean }>((resolve) => {
    settle = resolve;
  });
  const close = async (deadlineMs: number, reason: "signal" | "close"): Promise<void> => {
    const clean = await host.close(deadlineMs, reason);
    for (const step of parts.undo) step();
    await parts.front?.close();
    stopSignals();
    parts.access?.close();
    settle({ clean });
  };
  const stopSignals =
    settings.handleSignals && !parts.isWorker
      ? handleSignals({ stop: () => close(settings.shutdownMs, "signal"), refresh: () => refresh(parts), closed })
      : () => {};

  const { port } = host.listeners[0];
  const urls = parts.front?.urls ?? [urlOf(settings.host, port)];
  return {
    url: urls[0] ?? urlOf(settings.host, port),
    urls,
    port,
    engine: describe(chosen),
    workers: 0,
    closed,
    close: (options) => close(options?.deadlineMs ?? settings.shutdownMs, "close"),
    [Symbol.asyncDispose]: () => close(settings.shutdownMs, "close"),
  };
}

/** What SIGHUP does to a server that no terminal started. */
function refresh({ front, logger }: Running): void {
  logger.info({}, "SIGHUP: certificate files are looked at again; other settings are those of the start");
  front?.refresh();
}

function describe({ engine, note }: ChosenEngine): RunningEngine {
  return { name: engine.name, version: engine.version, note };
}

/** As `address()` of a Node server says it. */
function addressOf(host: string, port: number): Opened["address"] {
  const address = host === "localhost" ? "127.0.0.1" : host;
  return { address, family: address.includes(":") ? "IPv6" : "IPv4", port };
}

function urlOf(host: string, port: number): string {
  const name = host === "::" || host === "0.0.0.0" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
