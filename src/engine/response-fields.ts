// The header list of a light Response: field lines as long as that will do, the platform's object from then on.

import { fieldName, fieldValue } from "../http/header-list.ts";

/** The platform's own class, saved before anything can be installed over it. */
export const GenuineHeaders: typeof Headers = globalThis.Headers;

/** Whether each header is a property, as most people write them. */
export function isPlainRecord(headers: unknown): headers is Record<string, unknown> {
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) return false;
  const prototype: unknown = Object.getPrototypeOf(headers);
  return prototype === Object.prototype || prototype === null;
}

/** The record as field lines, or `null` for what `Headers` has to combine or refuse. */
export function fieldsOf(record: Record<string, unknown>, implicit: readonly string[]): readonly string[] | null {
  const fields: string[] = [];
  let typed = implicit.length === 0;
  for (const key of Object.keys(record)) {
    const given = record[key];
    const name = fieldName(key);
    const value = typeof given === "string" ? fieldValue(given) : null;
    if (name === null || value === null) return null;
    // Two spellings of one name make one field.
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return null;
    if (name === "content-type") typed = true;
    fields.push(name, value);
  }
  if (!typed) fields.push(implicit[0] as string, implicit[1] as string);
  return fields;
}

/** The field lines as the platform's object. */
export function headersOf(fields: readonly string[]): Headers {
  const headers = new GenuineHeaders();
  for (let i = 0; i < fields.length; i += 2) headers.append(fields[i] as string, fields[i + 1] as string);
  return headers;
}

/** Makes `to` say what `from` says. */
export function mirror(from: Headers, to: Headers): void {
  for (const name of Array.from(to.keys())) to.delete(name);
  for (const [name, value] of from) to.append(name, value);
}
