// Which settings hold for this command line? Those of a server, for `serve` and for every command that looks at a server's.

import { environment, modeBeforeFile, type ResolvedOptions, resolveOptions } from "../options.ts";
import { listedSettings } from "../options/listing.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { type CommandLine, type Flag, type ReadCommandLine, readCommandLine } from "./command-flags.ts";
import { loadConfig } from "./load-config.ts";

/** The settings that flags, environment and settings file give. @throws ServerError `ERR_OPTIONS_INVALID` */
export async function settingsOf(given: Arguments, configFile: string | undefined): Promise<ResolvedOptions> {
  const sources = { flags: given.settings, environment: environment() };
  const mode = modeBeforeFile(sources);
  const config = await loadConfig(configFile, process.cwd(), { command: "serve", mode });
  return resolveOptions({ ...sources, file: config.settings, fileName: config.fileName ?? undefined });
}

/** A command's own arguments, and the settings of the server that it is about. */
export interface CommandWithSettings<Flags extends Readonly<Record<string, Flag>>> extends ReadCommandLine<Flags> {
  readonly settings: ResolvedOptions;
}

/**
 * Reads a command line that takes the flags of a server beside its own; `null` when it asks for help.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` naming each argument that is wrong.
 */
export async function readWithSettings<const Flags extends Readonly<Record<string, Flag>>>(
  line: CommandLine<Flags>,
  argv: readonly string[],
): Promise<CommandWithSettings<Flags> | null> {
  const { own, others } = partition(line, argv);
  const read = readCommandLine(line, own);
  if (read === null) return null;
  const given = parseArguments(others);
  const config = given.command["config"];
  return { ...read, settings: await settingsOf(given, typeof config === "string" ? config : undefined) };
}

function partition(
  line: CommandLine<Readonly<Record<string, Flag>>>,
  argv: readonly string[],
): { own: string[]; others: string[] } {
  const known = new Map(Object.entries<Flag>(line.flags).map(([name, flag]) => [`--${name}`, flag]));
  const settings = listedSettings().filter(({ placeholder }) => placeholder !== null);
  const valued = new Set(settings.flatMap(({ flag, letter }) => [flag, letter === null ? null : `-${letter}`]));
  const own: string[] = [];
  const others: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? "";
    const flag = known.get(argument.replace(/=.*$/su, ""));
    const isOwn = flag !== undefined || argument === "--help" || argument === "-h";
    const next = argv[at + 1];
    if (isOwn) {
      own.push(argument);
      if (flag?.placeholder !== undefined && !argument.includes("=") && next !== undefined) own.push(argv[++at] ?? "");
    } else if (argument.startsWith("-")) {
      others.push(argument);
      // The value of a flag of the server, where it is written apart.
      const takesValue = valued.has(argument);
      if (takesValue && next !== undefined && !next.startsWith("-")) others.push(argv[++at] ?? "");
    } else own.push(argument);
  }
  return { own, others };
}
