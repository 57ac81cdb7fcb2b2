// `easyserver conformance host|adapter`: judges a host or an adapter that anybody wrote.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Deviation, parseDeviations } from "../../conformance/deviations.ts";
import type { Report } from "../../conformance/report.ts";
import { ServerError } from "../../errors.ts";
import { invalidOptions } from "../../options.ts";
import { nearest } from "../../options/suggestion.ts";
import { PROFILES, type Profile } from "../../spec/registry.ts";
import { type CommandLine, type Given, readCommandLine } from "../command-flags.ts";
import type { Command } from "../commands.ts";
import { EXIT } from "../failure.ts";
import { loadModule } from "../load-module.ts";

const FLAGS = {
  profile: {
    placeholder: "<list>",
    help: `Profiles that the host claims, such as core,stream. Known: ${PROFILES.join(", ")}.`,
    defaultText: "core, stream and what its context supports",
  },
  deviations: {
    placeholder: "<file>",
    help: "JSON list of failures that are known: [{ id, reason, expect?, engine? }]. Each of them has to fail.",
  },
  name: { placeholder: "<name>", help: "What to call it, in the report and for rows of the list that name an engine." },
  only: { placeholder: "<id>", repeatable: true, help: "Only this statement or case, such as H24 or H24/legal." },
  strict: { help: "A failing SHOULD or MAY that is not listed counts as a failure, too." },
  patience: { placeholder: "<ms>", help: "How long to wait for what has to happen.", defaultText: "2000" },
  engine: { placeholder: "<name>", help: "adapter: the engine to run it on: uws or node.", defaultText: "node" },
  format: { placeholder: "<name>", help: "What to print: tap or json.", defaultText: "tap" },
  badge: { placeholder: "<file>", help: "Write a badge: .svg for a picture, else JSON for shields.io." },
} as const;

const LINE: CommandLine<typeof FLAGS> = {
  name: "conformance",
  usage: "host <url|module> | adapter <module> [options]",
  about:
    "Judges by SPEC.md, over real sockets. host: a server at <url> that serves easyserver/conformance/fixture, or a module " +
    "that exports start(app) => { url, close }. adapter: a module that exports (listener) => app as default, adapt or fromNode. " +
    "Exit code 0: it conforms. 1: it does not. 2: the command line is wrong. It floods and resets connections: never " +
    "judge a server that others use.",
  examples: [
    "easyserver conformance host http://127.0.0.1:3000",
    "easyserver conformance host ./start.js --deviations deviations.json --strict",
    "easyserver conformance adapter ./adapter.js --format json",
  ],
  flags: FLAGS,
  positionals: { from: 2, to: 2 },
};

type Flags = Given<typeof FLAGS>;

export const command: Command = {
  async run(argv) {
    const line = readCommandLine(LINE, argv);
    if (line === null) return EXIT.ok;
    const [kind = "", subject = ""] = line.positionals;
    const settings = settingsOf(line.flags);
    if (kind !== "host" && kind !== "adapter") {
      throw invalidOptions([`easyserver conformance judges a host or an adapter: got ${JSON.stringify(kind)}.`]);
    }
    const report =
      kind === "host" ? await judgedHost(subject, settings) : await judgedAdapter(subject, settings, line.flags);
    await tell(report, line.flags);
    return report.conforms ? EXIT.ok : EXIT.failedStart;
  },
};

interface Settings {
  readonly profiles?: readonly Profile[];
  readonly deviations?: readonly Deviation[];
  readonly name?: string;
  readonly only?: readonly string[];
  readonly strict: boolean;
  readonly patienceMs?: number;
}

/** @throws ServerError `ERR_OPTIONS_INVALID` that names every flag with a wrong value. */
function settingsOf(flags: Flags): Settings {
  const problems: string[] = [];
  const profiles = flags.profile?.split(",").map((name) => name.trim());
  for (const name of profiles ?? []) {
    if ((PROFILES as readonly string[]).includes(name)) continue;
    const meant = nearest(name, PROFILES);
    problems.push(
      `--profile ${JSON.stringify(name)} is not one of ${PROFILES.join(", ")}.${meant === null ? "" : ` Did you mean ${meant}?`}`,
    );
  }
  const patienceMs = flags.patience === undefined ? undefined : Number(flags.patience);
  if (patienceMs !== undefined && !(Number.isInteger(patienceMs) && patienceMs >= 100)) {
    problems.push(`--patience takes whole milliseconds from 100 on: got ${JSON.stringify(flags.patience)}.`);
  }
  for (const [flag, value, allowed] of [
    ["--format", flags.format, ["tap", "json"]],
    ["--engine", flags.engine, ["uws", "node"]],
  ] as const) {
    if (value === undefined || (allowed as readonly string[]).includes(value)) continue;
    problems.push(`${flag} takes ${allowed.join(" or ")}: got ${JSON.stringify(value)}.`);
  }
  const deviations = flags.deviations === undefined ? undefined : deviationsIn(flags.deviations, problems);
  if (problems.length > 0) throw invalidOptions(problems);
  return {
    ...(profiles !== undefined && { profiles: profiles as Profile[] }),
    ...(deviations !== undefined && { deviations }),
    ...(flags.name !== undefined && { name: flags.name }),
    ...(flags.only.length > 0 && { only: flags.only }),
    ...(patienceMs !== undefined && { patienceMs }),
    strict: flags.strict,
  };
}

function deviationsIn(file: string, problems: string[]): readonly Deviation[] {
  try {
    return parseDeviations(readFileSync(file, "utf8"));
  } catch (error) {
    problems.push(`--deviations ${JSON.stringify(file)} cannot be used: ${(error as Error).message}.`);
    return [];
  }
}

interface Started {
  readonly url: string;
  close?(): unknown;
}

async function judgedHost(subject: string, settings: Settings): Promise<Report> {
  const { judgeHost } = await import("../../conformance/judge.ts");
  if (/^https?:\/\//.test(subject)) return judgeHost(subject, settings);
  const exports = await loadModule(resolve(subject), subject);
  const start = functionIn(
    exports,
    ["start", "default"],
    `"${subject}" starts no host: export start(app) => { url, close }`,
  );
  const started = (await start(await import("../../conformance/fixture.ts"))) as Started | undefined;
  if (typeof started?.url !== "string") {
    throw new ServerError("ERR_APP_INVALID", `"${subject}": start(app) gave no { url }.`);
  }
  try {
    return await judgeHost(started.url, settings);
  } finally {
    await started.close?.();
  }
}

async function judgedAdapter(subject: string, settings: Settings, flags: Flags): Promise<Report> {
  const [{ judgeAdapter }, { serve }, exports] = await Promise.all([
    import("../../conformance/adapter/twin.ts"),
    import("../../index.ts"),
    loadModule(resolve(subject), subject),
  ]);
  const names = ["default", "adapt", "fromNode"];
  const adapt = functionIn(
    exports,
    names,
    `"${subject}" is no adapter: export (listener) => app as ${names.join(", ")}`,
  );
  const engine = flags.engine === "uws" ? "uws" : "node";
  const host = (app: unknown): ReturnType<typeof serve> =>
    serve(app, { engine, host: "127.0.0.1", port: 0, log: "off", handleSignals: false });
  return judgeAdapter((listener) => adapt(listener), { name: engine, ...settings, host });
}

function functionIn(
  exports: Readonly<Record<string, unknown>>,
  names: readonly string[],
  otherwise: string,
): (argument: unknown) => unknown {
  // What a CommonJS package's TypeScript exports stands below `default`.
  const inner = Object(exports["default"]) as Readonly<Record<string, unknown>>;
  for (const name of names) {
    const found = [exports[name], inner[name]].find((one) => typeof one === "function");
    if (found !== undefined) return found as (argument: unknown) => unknown;
  }
  throw new ServerError(
    "ERR_APP_INVALID",
    `${otherwise}. It exports: ${Object.keys(exports).join(", ") || "nothing"}.`,
  );
}

async function tell(report: Report, flags: Flags): Promise<void> {
  const [{ toTap }, { badgeOf, badgeSvg }] = await Promise.all([
    import("../../conformance/tap.ts"),
    import("../../conformance/badge.ts"),
  ]);
  const isJson = flags.format === "json";
  process.stdout.write(isJson ? `${JSON.stringify(report, null, 2)}\n` : toTap(report, { strict: flags.strict }));
  if (flags.badge === undefined) return;
  const badge = badgeOf(report);
  writeFileSync(flags.badge, flags.badge.endsWith(".svg") ? badgeSvg(badge) : `${JSON.stringify(badge)}\n`);
}
