// Where does each request begin, by the letter of RFC 9112? A second opinion to hold the servers' against.

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) (\\S+) HTTP/1\\.1$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([^\\r\\n\\0]*?)[ \\t]*$`);
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?$/;

/**
 * The targets of all requests that a server may find in `bytes` (latin-1), in order. Where the framing of one is invalid, or
 * it is the last of its connection, nothing behind it counts.
 */
export function requestTargets(bytes: string): string[] {
  const targets: string[] = [];
  for (let at = 0; at < bytes.length;) {
    while (bytes.startsWith("\r\n", at)) at += 2;
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const [requestLine = "", ...lines] = bytes.slice(at, end).split("\r\n");
    targets.push(requestLine.split(" ")[1] ?? "");
    const fields = lines.map((line) => FIELD_LINE.exec(line));
    if (!REQUEST_LINE.test(requestLine) || fields.includes(null)) break;
    const next = afterBody(bytes, end + 4, (name) =>
      fields.flatMap((field) => (field?.[1]?.toLowerCase() === name ? [field[2] ?? ""] : [])),
    );
    if (next === null) break;
    at = next;
  }
  return targets;
}

/** Where the next request may begin, or `null` when nothing behind this one is to be believed. */
function afterBody(bytes: string, at: number, values: (name: string) => string[]): number | null {
  const lengths = values("content-length");
  const codings = values("transfer-encoding");
  if (values("connection").some((value) => /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(value))) return null;
  if (codings.length > 0) {
    return codings.length > 1 || lengths.length > 0 || codings[0]?.toLowerCase() !== "chunked"
      ? null
      : afterChunks(bytes, at);
  }
  if (lengths.length === 0) return at;
  if (lengths.some((length) => !/^\d{1,15}$/.test(length) || Number(length) !== Number(lengths[0]))) return null;
  return at + Number(lengths[0]);
}

function afterChunks(bytes: string, from: number): number | null {
  for (let at = from; ;) {
    const end = bytes.indexOf("\r\n", at);
    const size = CHUNK_SIZE.exec(bytes.slice(at, end))?.[1];
    if (end < 0 || size === undefined) return null;
    const length = Number.parseInt(size, 16);
    if (length === 0) return afterTrailers(bytes, end + 2);
    at = end + 2 + length;
    if (!bytes.startsWith("\r\n", at)) return null;
    at += 2;
  }
}

function afterTrailers(bytes: string, from: number): number | null {
  for (let at = from; ;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return null;
    if (end === at) return end + 2;
    if (!FIELD_LINE.test(bytes.slice(at, end))) return null;
    at = end + 2;
  }
}
