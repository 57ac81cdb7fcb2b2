// What does the command do, from its arguments to its exit code?

import type { Server } from "../index.ts";
import type { CommandOptions, ResolvedOptions, ServeOptions } from "../options.ts";
import { environment, isColored, publishMode, publishPort, resolveCommandOptions, resolveOptions } from "../options.ts";
import { portsOf } from "../options/https.ts";
import { refuseToStayRoot } from "../rights.ts";
import { parseArguments } from "./arguments.ts";
import { banner, type BannerFacts, bannerLine } from "./banner.ts";
import { commandNamed } from "./commands.ts";
import { describeFailure, EXIT, exitCodeOf } from "./failure.ts";
import { endOnSignals } from "./first-process.ts";
import { fullHelp, shortHelp } from "./help.ts";
import { loadApp, locateApp } from "./load-app.ts";
import type { Project } from "./project.ts";
import { settingsOf } from "./settings.ts";
import { packageVersion, versionText } from "./version.ts";

/** Runs the command to its end, which for a server is the end of serving. Never rejects. */
export async function run(argv: readonly string[]): Promise<number> {
  const variables = environment();
  let debug = false;
  try {
    const named = commandNamed(argv[0]);
    if (named !== null) {
      debug = resolveCommandOptions({ environment: variables }).debug;
      return await (await named.load()).run(argv.slice(1));
    }
    const given = parseArguments(argv);
    const command = resolveCommandOptions({ flags: given.command, environment: variables });
    debug = command.debug;
    if (command.help) return say(fullHelp());
    if (command.version) return say(await versionText("auto"));
    const settings = await settingsOf(given, command.config);
    if (given.app === null && Object.keys({ ...settings.static, ...settings.media }).length === 0) {
      process.stderr.write(shortHelp());
      return EXIT.usage;
    }
    return await serveUntilClosed(given.app, settings, command);
  } catch (error) {
    process.stderr.write(describeFailure(error, debug));
    return exitCodeOf(error);
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return EXIT.ok;
}

function directoriesOf(mounts: ResolvedOptions["static"]): Record<string, string> {
  return Object.fromEntries(Object.entries(mounts).map(([prefix, { dir }]) => [prefix, dir]));
}

async function serveUntilClosed(
  path: string | null,
  given: ResolvedOptions,
  { quiet, as }: Pick<CommandOptions, "quiet" | "as">,
): Promise<number> {
  // Not a line of an app may run as root that is not meant to.
  refuseToStayRoot({ ...given, ports: portsOf(given) });
  const kind = as === "auto" ? null : as;
  const project = path === null ? null : locateApp(path, process.cwd(), kind);
  const isWorker = given.workers > 0 && (await isWorkerProcess());
  if (project !== null && project.why !== null && !quiet && !isWorker) {
    // stderr: what is meant by a folder is a remark, and nobody's log line.
    process.stderr.write(`easyserver: found ${project.what} (${project.why})\n`);
  }
  const settings = project === null ? given : withFiles(given, project);
  const load = async (): Promise<unknown> => {
    // Not in a primary: workers would take its variables for the user's, and those go before a settings file that has changed.
    publishMode(settings.mode);
    publishPort(settings.port);
    if (path === null || project?.kind === "files") return null;
    const development = settings.mode === "development" ? { port: settings.port } : null;
    // A program that never listens comes to its end when nothing is open any more; what leads to the primary always is.
    if (isWorker) process.channel?.unref();
    const app = await loadApp(path, process.cwd(), { as: kind, development });
    if (isWorker) process.channel?.ref();
    return app;
  };
  const options: ServeOptions = { ...settings, lint: settings.lint ?? settings.mode === "development" };
  const started = endOnSignals();
  const isLater = settings.user !== null || settings.workers > 0;
  const server = isLater ? await serveLater(load, options) : await serveNow(load, options);
  started();
  // What is to be said of all workers, their primary says.
  if (!quiet && !isWorker) announce(server, settings);
  else if (!isWorker && server.engine.note !== null) process.stderr.write(`easyserver: ${server.engine.note}\n`);
  const { clean } = await server.closed;
  return clean ? EXIT.ok : EXIT.unclean;
}

async function isWorkerProcess(): Promise<boolean> {
  return process.connected && (await import("node:cluster")).default.isWorker;
}

/** The files of a project are served where it wants them, unless something else is. */
function withFiles(settings: ResolvedOptions, { kind, entry, files }: Project): ResolvedOptions {
  const { prefix, mount } = files ?? { prefix: "/", mount: kind === "files" ? entry : null };
  if (mount === null || prefix in settings.static) return settings;
  return {
    ...settings,
    static: resolveOptions({ options: { static: { ...settings.static, [prefix]: mount } } }).static,
  };
}

async function serveNow(load: () => Promise<unknown>, options: ServeOptions): Promise<Server> {
  const [app, { serve }] = await Promise.all([load(), import("../index.ts")]);
  return serve(app, options);
}

/** For an app that is loaded by another user, or by other processes. */
async function serveLater(load: () => Promise<unknown>, options: ServeOptions): Promise<Server> {
  const { serveLazily } = await import("../index.ts");
  return serveLazily(load, options);
}

// stdout, like the access log: where the server can be reached is the result of the command, not a diagnosis.
function announce(server: Server, settings: ResolvedOptions): void {
  const facts: BannerFacts = {
    version: packageVersion(),
    urls: [server.url, ...server.urls.slice(1)],
    host: settings.host,
    engine: server.engine,
    workers: server.workers,
    mode: settings.mode,
    mounts: directoriesOf({ ...settings.static, ...settings.media }),
    readyMs: performance.now(),
    pid: process.pid,
    time: Date.now(),
  };
  const isForMachines = process.stdout.isTTY !== true && (settings.mode === "production" || settings.log === "json");
  process.stdout.write(isForMachines ? bannerLine(facts) : banner(facts, isColored(settings.color, process.stdout)));
}
