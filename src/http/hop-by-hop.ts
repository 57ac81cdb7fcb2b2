// Which request fields may a handler see? Those meant for the server, not for the connection (H13); pure.

import { hasOption } from "./header-list.ts";

/**
 * The combined value of one field as a handler sees it, or `null` when it is absent or belongs to the connection.
 *
 * `fields` is name, value, name, value …, names lower-case; `name` may be in any case. Lines of one name are joined by
 * `, `, those of `cookie` by `; ` (H12). Hidden (H13, RFC 9110 section 7.6.1): connection, expect, keep-alive,
 * proxy-connection, transfer-encoding, upgrade, `te` other than `trailers`, and what `Connection` nominates, except `host`
 * and `content-length`, which describe the message itself. Allocates nothing unless lines have to be joined.
 */
export function visibleValue(fields: readonly string[], name: string): string | null {
  let field = "";
  let value: string | null = null;
  let options = "";
  for (let i = 0; i < fields.length; i += 2) {
    const candidate = fields[i]!;
    if (isSameName(candidate, name)) {
      const line = fields[i + 1]!;
      if (isConnectionField(candidate, line)) continue;
      field = candidate;
      value = value === null ? line : value + separator(candidate) + line;
    } else if (candidate === "connection") {
      options = joined(options, fields[i + 1]!);
    }
  }
  return value === null || isNominated(options, field) ? null : value;
}

/** The lines a handler sees, in order of arrival: name, value, name, value …; the rules are those of `visibleValue`. */
export function visibleLines(fields: readonly string[]): string[] {
  let options = "";
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === "connection") options = joined(options, fields[i + 1]!);
  }
  const visible: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    if (!isConnectionField(name, value) && !isNominated(options, name)) visible.push(name, value);
  }
  return visible;
}

/**
 * Visible lines combined by name and sorted by it, as `Headers` iterates: `set-cookie` lines stay apart (Fetch standard,
 * "sort and combine").
 */
export function sortedPairs(fields: readonly string[]): [name: string, value: string][] {
  const lines = visibleLines(fields);
  const pairs: [string, string][] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i]!;
    const value = lines[i + 1]!;
    let at = pairs.length;
    while (at > 0 && pairs[at - 1]![0] > name) at -= 1;
    const previous = pairs[at - 1];
    if (previous !== undefined && previous[0] === name && name !== "set-cookie") {
      previous[1] += separator(name) + value;
    } else {
      pairs.splice(at, 0, [name, value]);
    }
  }
  return pairs;
}

/** `field` is lower-case already. No copy is made, since this runs for each line of each look-up. */
function isSameName(field: string, name: string): boolean {
  if (field === name) return true;
  if (field.length !== name.length) return false;
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i);
    const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
    if (lower !== field.charCodeAt(i)) return false;
  }
  return true;
}

function isConnectionField(name: string, value: string): boolean {
  switch (name) {
    case "connection":
    case "expect":
    case "keep-alive":
    case "proxy-connection":
    case "transfer-encoding":
    case "upgrade":
      return true;
    case "te":
      return value.toLowerCase() !== "trailers";
    default:
      return false;
  }
}

/** Whether the options of all `Connection` lines name the field. `keep-alive` alone, the usual case, is settled by length. */
function isNominated(options: string, name: string): boolean {
  if (name === "host" || name === "content-length") return false;
  if (options.length < name.length) return false;
  return (options.length === name.length || options.includes(",")) && hasOption(options, name);
}

function separator(name: string): string {
  return name === "cookie" ? "; " : ", ";
}

function joined(options: string, line: string): string {
  return options === "" ? line : `${options},${line}`;
}
