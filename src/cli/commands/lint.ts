// `easyserver lint <app>`: does an app keep the contract, before anyone relies on it?

import type { Command } from "../commands.ts";
import { readCommandLine, type CommandLine, type Flag } from "../command-flags.ts";
import { EXIT } from "../failure.ts";
import { loadApp } from "../load-app.ts";
import { adaptForeign, foreignApp } from "../../foreign.ts";
import type { HandlerFailure, HandlerRun } from "../../conformance/handler-run.ts";
import type { Violation } from "../../lint.ts";

const FLAGS = {
  json: { help: "Print one JSON object instead of text." },
  path: {
    placeholder: "<path>",
    repeatable: true,
    help: "A target of the app to try beside the usual ones; the first is used where one is enough.",
  },
} as const satisfies Readonly<Record<string, Flag>>;

const LINE: CommandLine<typeof FLAGS> = {
  name: "lint",
  usage: "<app> [options]",
  about:
    "Runs an app in memory, sends it some 80 requests, and says where it breaks a statement of SPEC.md. Exits with 1 if a " +
    "MUST is broken. No port is opened; the app's own start() and stop() run.",
  examples: ["easyserver lint ./app.js", "easyserver lint ./app.js --path /api/users --json"],
  flags: FLAGS,
  positionals: { from: 1, to: 1 },
};

const PLACES_SHOWN = 3;

export const command: Command = {
  async run(argv) {
    const given = readCommandLine(LINE, argv);
    if (given === null) return EXIT.ok;
    const [path] = given.positionals as [string];
    const stray = collectStray();
    const run = await examine(path, given.flags.path).finally(stray.stop);
    const result = { ...run, failures: [...run.failures, ...stray.failures] };
    const isKept = !run.violations.some(({ level }) => level === "must") && stray.failures.length === 0;
    process.stdout.write(given.flags.json ? json(path, result, isKept) : text(path, result));
    return isKept ? EXIT.ok : EXIT.failure;
  },
};

async function examine(path: string, paths: readonly string[]): Promise<HandlerRun> {
  const app = await adapted(await loadApp(path, process.cwd()));
  const { runHandler } = await import("../../conformance/handler-run.ts");
  return runHandler(app, { paths });
}

/** An app of a framework that speaks `(req, res)` is adapted as when it is served. */
async function adapted(app: object): Promise<object> {
  const foreign = foreignApp(app);
  return foreign === null ? app : adaptForeign(foreign);
}

/** What an app throws outside of every call would end a process that serves it (H49 protects only what a host calls). */
function collectStray(): { readonly failures: HandlerFailure[]; readonly stop: () => void } {
  const failures: HandlerFailure[] = [];
  const note = (error: unknown): void => {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    failures.push({ request: "outside of any request", message });
  };
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  return {
    failures,
    stop: () => {
      process.off("uncaughtException", note);
      process.off("unhandledRejection", note);
    },
  };
}

function json(app: string, { requests, violations, failures }: HandlerRun, isKept: boolean): string {
  return `${JSON.stringify({ app, contract: 1, requests, ok: isKept, violations, failures }, null, 2)}\n`;
}

function text(app: string, { requests, violations, failures }: HandlerRun): string {
  const musts = violations.filter(({ level }) => level === "must").length;
  const verdict =
    violations.length === 0
      ? "nothing to complain of"
      : `${musts} times a MUST is broken, ${violations.length - musts} times a SHOULD`;
  const notes = failures.map(({ request, message }) => `  ${request}: ${message}`);
  return [
    `${app}: ${requests} requests, ${verdict}.`,
    ...paragraphs(violations),
    ...(notes.length === 0 ? [] : ["", "Failures of the app (each is a 500 to the client):", ...notes]),
  ]
    .join("\n")
    .concat("\n");
}

/** One paragraph for each thing that is wrong, however many requests show it. */
function paragraphs(violations: readonly Violation[]): string[] {
  const groups = new Map<string, Violation[]>();
  for (const violation of violations) {
    const key = `${violation.id} ${violation.party} ${violation.message}`;
    groups.set(key, [...(groups.get(key) ?? []), violation]);
  }
  return [...groups.values()].map((group) => {
    const { id, level, party, message, advice } = group[0]!;
    const places = group.map(({ request }) => request ?? "outside of any request");
    const more = places.length > PLACES_SHOWN ? ` and ${places.length - PLACES_SHOWN} more` : "";
    const where = `${places.slice(0, PLACES_SHOWN).join(", ")}${more}`;
    return `\n${level === "must" ? "MUST" : "SHOULD"} ${id} (${party}): ${message}\n  ${advice}\n  Seen at ${where}.`;
  });
}
