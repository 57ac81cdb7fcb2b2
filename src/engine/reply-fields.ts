// Which fields does a reply have already?

/** Of `always` the lines whose names are not in `fields`. Both are name, value, name, value …, names lower-case. */
export function missingFields(fields: readonly string[], always: readonly string[]): string[] {
  const missing: string[] = [];
  for (let i = 0; i < always.length; i += 2)
    if (!hasField(fields, always[i]!)) missing.push(always[i]!, always[i + 1]!);
  return missing;
}

function hasField(fields: readonly string[], name: string): boolean {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return true;
  return false;
}
