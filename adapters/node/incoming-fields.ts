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

// Requests come in runs with the same names in the same order: an object that has them all is filled sooner than one to
// which they are added.
let knownNames: readonly string[] = [];
let emptied: NodeJS.Dict<string | string[]> = {};
let misses = 0;

/** What is remembered is replaced now and then: where clients of different kinds take turns, that has to cost nothing. */
const MISSES_PER_LOOK = 8;

/** `headers`: name, value, name, value … with names in lower case become one object. */
export function joinedFields(fields: readonly string[]): NodeJS.Dict<string | string[]> {
  if (!hasKnownNames(fields)) return joinedAnew(fields);
  const joined = { ...emptied };
  for (let i = 0; i < fields.length; i += 2) joined[fields[i]!] = fields[i + 1]!;
  return joined;
}

function hasKnownNames(fields: readonly string[]): boolean {
  if (fields.length !== knownNames.length * 2 || fields.length === 0) return false;
  for (let i = 0; i < knownNames.length; i++) if (fields[2 * i] !== knownNames[i]) return false;
  return true;
}

/** Only what has one plain line for each name is filled in later. */
function remember(joined: NodeJS.Dict<string | string[]>, lineCount: number): void {
  if (misses++ % MISSES_PER_LOOK !== 0) return;
  const names = Object.keys(joined);
  if (names.length !== lineCount || joined["set-cookie"] !== undefined) return;
  knownNames = names;
  emptied = {};
  for (const name of names) emptied[name] = "";
}

function joinedAnew(fields: readonly string[]): NodeJS.Dict<string | string[]> {
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
  remember(joined, fields.length / 2);
  return joined;
}

/** `headersDistinct`: every line of every name. */
export function distinctFields(fields: readonly string[]): NodeJS.Dict<string[]> {
  const distinct = Object.create(null) as NodeJS.Dict<string[]>;
  for (let i = 0; i < fields.length; i += 2) (distinct[fields[i]!] ??= []).push(fields[i + 1]!);
  return distinct;
}
