// The fields of a request as Node shows them: joined by its rules for repeated names. Pure.

/** Of these the first line counts; of all others the lines are joined. */
const SINGLE: ReadonlySet<string> = new Set([
  "age",
  "authorization",
  "content-length",
  "content-type",
  "etag",
  "expires",
  "from",
  "host",
  "if-modified-since",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "referer",
  "retry-after",
  "server",
  "user-agent",
]);

/** `headers`: name, value, name, value … with names in lower case become one object. */
export function joinedFields(fields: readonly string[]): NodeJS.Dict<string | string[]> {
  const joined: NodeJS.Dict<string | string[]> = {};
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    const earlier = joined[name];
    if (earlier === undefined) joined[name] = name === "set-cookie" ? [value] : value;
    else if (typeof earlier === "string") {
      if (!SINGLE.has(name)) joined[name] = earlier + (name === "cookie" ? "; " : ", ") + value;
    } else if (Array.isArray(earlier)) earlier.push(value);
    // A member that every object has: `constructor` is a valid field name.
    else joined[name] = value;
  }
  return joined;
}

/** `headersDistinct`: every line of every name. */
export function distinctFields(fields: readonly string[]): NodeJS.Dict<string[]> {
  const distinct = Object.create(null) as NodeJS.Dict<string[]>;
  for (let i = 0; i < fields.length; i += 2) (distinct[fields[i]!] ??= []).push(fields[i + 1]!);
  return distinct;
}
