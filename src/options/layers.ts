// Which value holds for each setting? Merges what file, environment, flags and code say, and explains what is wrong.

import { readFileSync } from "node:fs";
import type { z } from "zod";
import { about } from "./kinds.ts";
import { shortened, shown } from "./shown.ts";
import { nearest } from "./suggestion.ts";

/** A value as somebody wrote it, and the name they wrote it under. */
export interface Given {
  readonly value: unknown;
  readonly label: string;
}

/** What one source says, by setting. */
export type Layer = ReadonlyMap<string, Given>;

/** The settings of a schema. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** `maxBodyBytes` -> `max-body-bytes`, unless the setting names its flag itself. */
export function flagName(setting: string, schema: z.ZodType | undefined): string {
  const given = schema === undefined ? undefined : about.get(schema)?.flag;
  return given ?? setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxBodyBytes` -> `EASYSERVER_MAX_BODY_BYTES`. */
export function variableName(setting: string, schema: z.ZodType): string {
  return `EASYSERVER_${flagName(setting, schema).replaceAll("-", "_").toUpperCase()}`;
}

/** Every variable that says something about the setting, strongest first. */
export function variableNames(setting: string, schema: z.ZodType): readonly string[] {
  const facts = about.get(schema);
  if (facts?.programmatic === true || facts?.flagOnly === true) return [];
  const own = variableName(setting, schema);
  return [own, ...(facts?.secret === true ? [`${own}_FILE`] : []), ...Object.keys(facts?.variables ?? {})];
}

/** Reads an object of settings, such as a file's; `where` follows a name in messages. */
export function objectLayer(source: unknown, shape: Shape, where: string, problems: string[]): Layer {
  const layer = new Map<string, Given>();
  if (source === undefined) return layer;
  if (typeof source !== "object" || source === null || Array.isArray(source)) {
    problems.push(`The settings ${where} are ${shown(source)}; they must be an object.`);
    return layer;
  }
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const label = `"${shortened(name)}" ${where}`;
    if (Object.hasOwn(shape, name)) layer.set(name, { value, label });
    else problems.push(unknownName(label, name, Object.keys(shape), (known) => `"${known}"`));
  }
  return layer;
}

/** Reads what the command line parser found: text by setting, a boolean for a switch, a list for a repeatable flag. */
export function flagLayer(source: unknown, shape: Shape, problems: string[]): Layer {
  const layer = new Map<string, Given>();
  for (const [name, value] of Object.entries(source ?? {})) {
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const label = `--${flagName(name, schema)}`;
    if (schema === undefined || about.get(schema)?.programmatic === true) {
      problems.push(unknownName(label, name, flagged(shape), (known) => `--${flagName(known, shape[known])}`));
    } else if (value !== undefined) layer.set(name, { value: fromText(schema, value), label });
  }
  return layer;
}

/** Settings that have a flag. */
export function flagged(shape: Shape): readonly string[] {
  return Object.keys(shape).filter((name) => {
    const schema = shape[name];
    return schema !== undefined && about.get(schema)?.programmatic !== true;
  });
}

/** Reads the variables of each setting. An empty one counts as unset. */
export function environmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  shape: Shape,
  problems: string[] = [],
): Layer {
  const layer = new Map<string, Given>();
  for (const [name, schema] of Object.entries(shape)) {
    for (const label of variableNames(name, schema)) {
      const text = environment[label];
      if (text === undefined || text === "" || isServiceLink(label, text)) continue;
      const meaning = about.get(schema)?.variables?.[label];
      const isFile = label === `${variableName(name, schema)}_FILE`;
      const value = isFile ? secretIn(text, label, problems) : meaning === undefined ? text : meaning(text);
      if (value === undefined) continue;
      layer.set(name, { value: fromText(schema, value), label });
      break;
    }
  }
  return layer;
}

function secretIn(path: string, label: string, problems: string[]): string | undefined {
  try {
    // Editors and `echo` end a file with a line end that is no part of the secret.
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    problems.push(`${label} is ${shown(path)}, a file that cannot be read: ${(error as Error).message}.`);
    return undefined;
  }
}

/** One line for each `EASYSERVER_*` variable that no schema of `shapes` knows. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  shapes: readonly Shape[],
): readonly string[] {
  const known = shapes
    .flatMap((shape) => Object.entries(shape).flatMap(([name, schema]) => variableNames(name, schema)))
    .filter((name) => name.startsWith("EASYSERVER_"));
  return Object.keys(environment)
    .filter((name) => name.startsWith("EASYSERVER_") && !known.includes(name))
    .filter((name) => environment[name] !== "" && !isServiceLink(name, environment[name] ?? ""))
    .map((name) => unknownName(shortened(name), name, known, (other) => other));
}

// Kubernetes describes a service called "easyserver" to every pod in variables of this shape, and images often carry
// the version they installed. Neither is a setting.
function isServiceLink(name: string, value: string): boolean {
  return (
    /^EASYSERVER_(SERVICE_(HOST|PORT)(_.*)?|PORT_\d+_.*|VERSION)$/.test(name) || /^(tcp|udp|sctp):\/\//.test(value)
  );
}

function fromText(schema: z.ZodType, value: unknown): unknown {
  const read = about.get(schema)?.fromText;
  const isText = typeof value === "string" || (Array.isArray(value) && value.every((part) => typeof part === "string"));
  return read !== undefined && isText ? read(value) : value;
}

/**
 * Checks what the strongest layer says about each setting and fills the rest with defaults.
 *
 * A value that a stronger layer overrides is not looked at: a bad `PORT` of the platform must not defeat `--port`.
 */
export function settle<S extends Shape>(
  schema: z.ZodObject<S>,
  weakestFirst: readonly Layer[],
  problems: string[],
): z.output<z.ZodObject<S>> | null {
  const winners = new Map<string, Given>(weakestFirst.flatMap((layer) => [...layer]));
  const values = Object.fromEntries([...winners].map(([name, given]) => [name, given.value]));
  // Code made for one schema pays where it runs often, and this runs once.
  const result = schema.safeParse(values, { jitless: true });
  if (result.success) return result.data;
  const reported = new Set<string>();
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    const given = winners.get(name);
    if (given === undefined || reported.has(name)) continue;
    reported.add(name);
    // What knows better than the setting as a whole which part of a value is wrong.
    if (issue.code === "custom" && issue.params?.["isSentence"] === true) {
      problems.push(`${given.label}: ${issue.message}`);
      continue;
    }
    problems.push(wrongValue(given, allowedBy(schema, name) ?? issue.message, choicesOf(schema, name)));
  }
  return null;
}

// The words for nested faults come from zod; a setting's own sentence says what is allowed as a whole.
function allowedBy(schema: z.ZodObject, name: string): string | null {
  const result = schema.shape[name] === undefined ? null : (schema.shape[name] as z.ZodType).safeParse(Symbol("none"));
  return result?.error?.issues[0]?.message ?? null;
}

function choicesOf(schema: z.ZodObject, name: string): readonly string[] {
  const setting = schema.shape[name] as z.ZodType | undefined;
  return (setting && about.get(setting)?.choices) ?? [];
}

function wrongValue(given: Given, allowed: string, choices: readonly string[]): string {
  const meant = typeof given.value === "string" ? nearest(given.value, choices) : null;
  const question = meant === null ? "" : ` Did you mean "${meant}"?`;
  return `${given.label} is ${shown(given.value)}; it must be ${allowed}.${question}`;
}

function unknownName(
  label: string,
  written: string,
  known: readonly string[],
  spelled: (name: string) => string,
): string {
  const meant = nearest(written, known);
  return `${label} is not a setting.${meant === null ? "" : ` Did you mean ${spelled(meant)}?`}`;
}
