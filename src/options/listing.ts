// What is there to say about each setting? The rows that `--help`, the argument parser and the README table show.

import type { z } from "zod";
import { COMMAND_SETTINGS, SETTINGS } from "./declaration.ts";
import { about, type About } from "./kinds.ts";
import { flagName, variableNames } from "./layers.ts";

/** One setting, described. */
export interface Listed {
  readonly name: string;
  readonly group: About["group"];
  /** `null` when only code can set it. */
  readonly flag: string | null;
  readonly letter: string | null;
  /** What stands for the value; `null` for a switch. */
  readonly placeholder: string | null;
  readonly isRepeatable: boolean;
  /** Whether the setting is on unless switched off. */
  readonly isOnByDefault: boolean;
  /** Whether a settings file can hold it. */
  readonly isForFiles: boolean;
  readonly variables: readonly string[];
  readonly defaultText: string;
  readonly help: string;
  readonly danger: string | null;
}

/** Every setting, those of the command last. */
export function listedSettings(): readonly Listed[] {
  return [
    ...Object.entries<z.ZodType>(SETTINGS.shape).map(([name, schema]) => listed(name, schema, true)),
    ...Object.entries<z.ZodType>(COMMAND_SETTINGS.shape).map(([name, schema]) => listed(name, schema, false)),
  ];
}

function listed(name: string, schema: z.ZodType, isForFiles: boolean): Listed {
  const facts = about.get(schema);
  if (facts === undefined) throw new TypeError(`The setting "${name}" is not described.`);
  const initially = "defaultValue" in schema.def ? schema.def.defaultValue : undefined;
  return {
    name,
    group: facts.group,
    flag: facts.programmatic === true ? null : `--${flagName(name, schema)}`,
    letter: facts.letter ?? null,
    placeholder: facts.placeholder ?? null,
    isRepeatable: facts.repeatable === true,
    isOnByDefault: initially === true,
    isForFiles,
    variables: variableNames(name, schema),
    defaultText: facts.defaultText ?? String(initially),
    help: facts.help,
    danger: facts.danger ?? null,
  };
}
