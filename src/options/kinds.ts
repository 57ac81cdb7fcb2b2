// Of which kinds are settings, and what is known of each beside its schema? The bricks of the declaration.

import type { z } from "zod";
import { parseDuration, parseSize } from "./quantity.ts";
import * as zod from "./zod.ts";

/** A schema for each setting, which takes what `Input` allows and gives what `Output` promises. */
export type Schemas<Output, Input> = {
  readonly [Name in keyof Output]-?: z.ZodType<Output[Name], Name extends keyof Input ? Input[Name] : never>;
};

/** What the schema itself cannot say about a setting. */
export interface About {
  readonly group: "Serving" | "HTTPS" | "Certificates" | "Limits" | "Logs" | "Command";
  /** One sentence: what the setting does. */
  readonly help: string;
  /** What goes wrong with an unlucky value; one sentence. */
  readonly danger?: string;
  /** What stands for the value in `--help`, such as `<port>`; absent for a switch. */
  readonly placeholder?: string;
  /** Default as people read it, where the schema's own does not tell. */
  readonly defaultText?: string;
  /** Name of the flag and, in capitals, of the variable, where it is not the setting's own. */
  readonly flag?: string;
  /** Its variable has a companion that ends in `_FILE` and names a file to read the value from (ops D7). */
  readonly secret?: true;
  /** One-letter flag. */
  readonly letter?: string;
  /** The flag may be given more than once. */
  readonly repeatable?: true;
  /** Only `serve()` and a settings file take it: no flag, no environment variable. */
  readonly programmatic?: true;
  /** Only a flag: no variable could sensibly set it. */
  readonly flagOnly?: true;
  /** Further environment variables, weaker than `EASYSERVER_*`, and what their text means; `undefined` = says nothing. */
  readonly variables?: Readonly<Record<string, (text: string) => string | undefined>>;
  /** Turns the text of flags and variables into the value that a file would hold. Text it cannot read stays text. */
  readonly fromText?: (text: string | readonly string[]) => unknown;
  /** Words a choice allows: for suggestions. */
  readonly choices?: readonly string[];
}

/** What is known of each setting, found by its schema. */
export const about: z.core.$ZodRegistry<About> = zod.registry<About>();

// setTimeout fires at once for anything larger.
const LONGEST_TIMER_MS = 2_147_483_647;

/** A variable whose text is the value itself. */
export const same = (text: string): string => text;

/** Reads the text of a switch. */
export function switchFromText(text: string | readonly string[]): unknown {
  if (typeof text !== "string") return text;
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  return text;
}

/** A switch. */
export function onOff(facts: Omit<About, "fromText">, initially: boolean): z.ZodPrefault<z.ZodBoolean> {
  return zod
    .boolean({ error: "true or false" })
    .prefault(initially)
    .register(about, { ...facts, fromText: switchFromText });
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  initially: NoInfer<Word>,
  facts: Omit<About, "choices" | "placeholder">,
): z.ZodPrefault<z.ZodEnum<{ [K in Word]: K }>> {
  const allowed = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return zod
    .enum(words, { error: allowed })
    .prefault(initially as z.input<z.ZodEnum<{ [K in Word]: K }>>)
    .register(about, { ...facts, choices: words, placeholder: `<${words.join("|")}>` });
}

/** A number, or text that stands for one. */
export type Amount = z.ZodPrefault<
  z.ZodPipe<z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>, z.ZodTransform<number, string | number>>
>;

/** A number within a range, which `parse` reads. */
export function amount(
  parse: (value: string | number) => number | null,
  range: { readonly from: number; readonly to: number; readonly allowed: string },
  initially: string | number,
  facts: About,
): Amount {
  return zod
    .union([zod.number(), zod.string()], { error: range.allowed })
    .transform((value, context) => {
      const parsed = parse(value);
      if (parsed !== null && parsed >= range.from && parsed <= range.to) return parsed;
      context.addIssue({ code: "custom", message: range.allowed });
      return zod.NEVER;
    })
    .prefault(initially)
    .register(about, facts);
}

/** Bytes, or text such as `10mb`. */
export function size(
  range: readonly [from: string, to: string],
  initially: string,
  help: string,
  danger: string,
): Amount {
  const [from, to] = range;
  const allowed = `a size from ${from} to ${to}, such as 10mb, 16kb or a number of bytes`;
  const limits = { from: parseSize(from) ?? 0, to: parseSize(to) ?? 0, allowed };
  return amount(parseSize, limits, initially, { group: "Limits", placeholder: "<size>", help, danger });
}

/** Milliseconds, or text such as `30s`. */
export function duration(initially: string, help: string, danger: string, group: About["group"] = "Limits"): Amount {
  const allowed = "a duration from 0 to 24 days, such as 30s, 500ms or a number of milliseconds";
  const limits = { from: 0, to: LONGEST_TIMER_MS, allowed };
  return amount(parseDuration, limits, initially, { group, placeholder: "<time>", help, danger });
}

/** A whole number that is not negative, as a number or as text; else `null`. */
export function wholeNumber(value: string | number): number | null {
  if (typeof value === "string") return /^\d{1,9}$/.test(value.trim()) ? Number(value) : null;
  return Number.isInteger(value) ? value : null;
}

/** What the text is as JSON; text that is none comes back as it is. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
