// What does the command line say? Argument texts become settings by name; whether the values are good is not judged here.

import { invalidOptions } from "../options.ts";
import { type Listed, listedSettings } from "../options/listing.ts";
import { nearest } from "../options/suggestion.ts";

/** A parsed command line. */
export interface Arguments {
  /** The positional argument, or `null`. */
  readonly app: string | null;
  /** Settings of the server: text, a boolean for a switch, a list for a repeatable flag. */
  readonly settings: Readonly<Record<string, FlagValue>>;
  /** Settings of the command itself. */
  readonly command: Readonly<Record<string, FlagValue>>;
}

export type FlagValue = string | boolean | readonly string[];

/**
 * Reads `--name value`, `--name=value`, `--switch`, `--no-switch`, `-p 80`, and `--` before what is not a flag. A flag
 * given twice counts the last time, unless it is repeatable.
 *
 * @throws ServerError `ERR_OPTIONS_INVALID` naming each argument that is wrong.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const reader = new ArgumentReader(argv);
  reader.readAll();
  if (reader.problems.length > 0) throw invalidOptions(reader.problems);
  return { app: reader.positionals[0] ?? null, settings: reader.settings, command: reader.command };
}

class ArgumentReader {
  readonly problems: string[] = [];
  readonly positionals: string[] = [];
  readonly settings: Record<string, FlagValue> = {};
  readonly command: Record<string, FlagValue> = {};
  readonly #rest: string[];
  readonly #known = listedSettings().filter((setting) => setting.flag !== null);

  constructor(argv: readonly string[]) {
    this.#rest = [...argv];
  }

  readAll(): void {
    for (let argument = this.#rest.shift(); argument !== undefined; argument = this.#rest.shift()) {
      if (argument === "--") this.positionals.push(...this.#rest.splice(0));
      else if (argument.startsWith("--")) this.#readLong(argument);
      else if (/^-[^-\d]/.test(argument)) this.#readShort(argument);
      else this.positionals.push(argument);
    }
    const [first, ...others] = this.positionals;
    // After an unknown flag, what looks like a second app is likely that flag's value.
    if (others.length > 0 && this.problems.length === 0) {
      this.problems.push(`There can be one app only: got ${[first, ...others].map((app) => quoted(app)).join(", ")}.`);
    }
  }

  #readLong(argument: string): void {
    const equals = argument.indexOf("=");
    const name = equals === -1 ? argument : argument.slice(0, equals);
    const value = equals === -1 ? null : argument.slice(equals + 1);
    const setting = this.#known.find((candidate) => candidate.flag === name);
    if (setting !== undefined) {
      this.#take(setting, name, value);
      return;
    }
    const negated = this.#known.find((candidate) => candidate.flag === name.replace(/^--no-/, "--"));
    if (negated === undefined) this.problems.push(this.#unknown(name));
    else if (negated.placeholder !== null) this.problems.push(`${name} is not a flag: ${negated.flag} takes a value.`);
    else if (value !== null) this.problems.push(`${name} takes no value: got ${quoted(value)}.`);
    else this.#store(negated, false);
  }

  #readShort(argument: string): void {
    const setting = this.#known.find((candidate) => `-${candidate.letter}` === argument.slice(0, 2));
    const glued = argument.slice(2).replace(/^=/, "");
    if (setting === undefined || (setting.placeholder === null && glued !== "")) {
      this.problems.push(this.#unknown(argument));
    } else this.#take(setting, argument.slice(0, 2), argument.length > 2 ? glued : null);
  }

  #take(setting: Listed, name: string, inline: string | null): void {
    if (setting.placeholder === null) {
      this.#store(setting, inline ?? true);
      return;
    }
    const value = inline ?? this.#nextValue();
    if (value === null || value === "") this.problems.push(`${name} needs a value: ${setting.placeholder}.`);
    else this.#store(setting, value);
  }

  #nextValue(): string | null {
    const next = this.#rest[0];
    // "-1" is a bad number rather than a flag; saying so is more helpful.
    if (next === undefined || (next.startsWith("-") && !/^-\d/.test(next))) return null;
    return this.#rest.shift() ?? null;
  }

  #store(setting: Listed, value: string | boolean): void {
    const target = setting.isForFiles ? this.settings : this.command;
    const before = target[setting.name];
    if (setting.isRepeatable && typeof value === "string") {
      target[setting.name] = [...(Array.isArray(before) ? (before as string[]) : []), value];
    } else target[setting.name] = value;
  }

  #unknown(name: string): string {
    const spellings = this.#known.flatMap(({ flag, placeholder }) =>
      flag === null ? [] : placeholder === null ? [flag, `--no-${flag.slice(2)}`] : [flag],
    );
    const meant = name.startsWith("--") ? nearest(name, spellings) : null;
    return `${quoted(name)} is not a flag.${meant === null ? "" : ` Did you mean ${meant}?`}`;
  }
}

function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? "");
}
