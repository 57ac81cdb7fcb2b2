// Which fields does a reply have already?

/** `fields` is name, value, name, value …, names lower-case. */
export function hasField(fields: readonly string[], name: string): boolean {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return true;
  return false;
}
