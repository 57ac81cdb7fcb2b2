// What do the arguments of a command mean? The flags of one command: read, explained, and listed by its `--help`.

import { invalidOptions } from "../options.ts";
import { nearest } from "../options/suggestion.ts";
import { wrapped } from "./help.ts";

/** One flag of a command. Its key in the table is its long name in camel case. */
export interface Flag {
  /** What stands for the value, such as `<dir>`; absent for a switch. */
  readonly placeholder?: string;
  /** May be given more than once; then its value is a list. */
  readonly repeatable?: true;
  readonly help: string;
  readonly defaultText?: string;
}

/** How a command is called. */
export interface CommandLine<Flags extends Readonly<Record<string, Flag>>> {
  readonly name: string;
  /** What follows the name, such as `<dir> [options]`. */
  readonly usage: string;
  /** One or two sentences. */
  readonly about: string;
  /** Each a whole command line. */
  readonly examples: readonly string[];
  readonly flags: Flags;
  /** How many arguments that are no flags it takes. */
  readonly positionals: { readonly from: number; readonly to: number };
}

/** What was given: text for a flag with a value, a list where it is repeatable, `true` or `false` for a switch. */
export type Given<Flags extends Readonly<Record<string, Flag>>> = {
  readonly [Name in keyof Flags]: Flags[Name] extends { readonly placeholder: string }
    ? Flags[Name] extends { readonly repeatable: true }
      ? readonly string[]
      : string | undefined
    : boolean;
};

/** A command line, read. */
export interface ReadCommandLine<Flags extends Readonly<Record<string, Flag>>> {
  readonly flags: Given<Flags>;
  readonly positionals: readonly string[];
}

/**
 * Reads the arguments after a command's name; `null` when they ask for help, which is then on stdout.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` naming each argument that is wrong.
 */
export function readCommandLine<const Flags extends Readonly<Record<string, Flag>>>(
  line: CommandLine<Flags>,
  argv: readonly string[],
): ReadCommandLine<Flags> | null {
  const known = new Map(Object.entries<Flag>(line.flags).map(([name, flag]) => [spelled(name), { name, flag }]));
  const flags: Record<string, string | boolean | readonly string[] | undefined> = {};
  for (const { name, flag } of known.values()) {
    flags[name] = flag.placeholder === undefined ? false : flag.repeatable === true ? [] : undefined;
  }
  const positionals: string[] = [];
  const problems: string[] = [];
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--help" || argument === "-h") {
      process.stdout.write(commandHelp(line));
      return null;
    }
    if (argument === "--") positionals.push(...rest.splice(0));
    else if (!argument.startsWith("-") || argument === "-") positionals.push(argument);
    else {
      const [, spelling = argument, inline] = /^(--[^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
      const found = known.get(spelling);
      if (found === undefined) problems.push(unknown(spelling, [...known.keys(), "--help"]));
      else if (found.flag.placeholder === undefined) {
        if (inline === undefined) flags[found.name] = true;
        else problems.push(`${spelling} takes no value: got ${JSON.stringify(inline)}.`);
      } else {
        const value = inline ?? (rest[0]?.startsWith("--") === true ? undefined : rest.shift());
        if (value === undefined || value === "") problems.push(`${spelling} needs a value: ${found.flag.placeholder}.`);
        else flags[found.name] = found.flag.repeatable === true ? [...(flags[found.name] as string[]), value] : value;
      }
    }
  }
  problems.push(...wrongCount(line, positionals));
  if (problems.length > 0) throw invalidOptions([...problems, `See: easyserver ${line.name} --help`]);
  return { flags: flags as Given<Flags>, positionals };
}

function spelled(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function unknown(spelling: string, known: readonly string[]): string {
  const meant = nearest(spelling, known);
  return `${JSON.stringify(spelling)} is not a flag.${meant === null ? "" : ` Did you mean ${meant}?`}`;
}

function wrongCount(line: CommandLine<Readonly<Record<string, Flag>>>, given: readonly string[]): readonly string[] {
  const { from, to } = line.positionals;
  if (given.length >= from && given.length <= to) return [];
  const found = given.length === 0 ? "nothing" : given.map((argument) => JSON.stringify(argument)).join(", ");
  return [`easyserver ${line.name} takes: ${line.usage}. Got ${found}.`];
}

/** The page of one command, at most 80 columns wide. */
export function commandHelp(line: CommandLine<Readonly<Record<string, Flag>>>): string {
  const entries = Object.entries(line.flags).map(([name, flag]) => {
    const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
    const repeated = flag.repeatable === true ? " (repeatable)" : "";
    const facts = flag.defaultText === undefined ? "" : ` [default: ${flag.defaultText}]`;
    return [`  ${spelled(name)}${value}${repeated}`, ...wrapped(`${flag.help}${facts}`)].join("\n");
  });
  return [
    `Usage: easyserver ${line.name} ${line.usage}`,
    `Examples:\n${line.examples.map((example) => `  ${example}`).join("\n")}`,
    wrapped(line.about, 0).join("\n"),
    `Options:\n${[...entries, ["  -h, --help", ...wrapped("Print this text and exit.")].join("\n")].join("\n")}`,
  ]
    .join("\n\n")
    .concat("\n");
}
