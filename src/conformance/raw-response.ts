// What a server sent, taken apart by the letter of RFC 9112: how a strict client would read it.

export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  readonly version: string;
  /** Status line and field lines, as latin-1 text, without the empty line. */
  readonly head: string;
  /** Names in lower case, values as latin-1, in order of arrival. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>;
  /** How the length of the body was told. */
  readonly framing: "none" | "length" | "chunked" | "close";
  readonly body: Buffer;
  readonly text: string;
  /** First value, or `null`. */
  readonly field: (name: string) => string | null;
  /** Every value. */
  readonly all: (name: string) => string[];
}

/** How far a body in chunks has been read whose end had not come: whoever asks again with more bytes need not begin anew. */
export class ChunkProgress {
  /** Where the next chunk begins. */
  offset = 0;
  /** Begin and end of each chunk so far. */
  readonly parts: (readonly [from: number, to: number])[] = [];
}

export interface Parsed {
  readonly response: RawResponse;
  /** Bytes used up. */
  readonly length: number;
}

/**
 * The first response in `bytes`, or `null` when more is needed. `ended` says that the server closed, which is the end of a
 * body without any other. `isHead`: the response answers HEAD. `progress`: of earlier calls with a beginning of the same bytes.
 *
 * @throws Error for what no server may send: both framings, several lengths, a malformed line or chunk.
 */
export function parseResponse(
  bytes: Buffer,
  isHead: boolean,
  ended: boolean,
  progress: ChunkProgress = new ChunkProgress(),
): Parsed | null {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  const [statusLine = "", ...lines] = head.split("\r\n");
  const match = /^(HTTP\/1\.[01]) (\d{3}) ([\t\x20-\x7e\x80-\xff]*)$/.exec(statusLine);
  if (match === null) throw new Error(`malformed status line ${JSON.stringify(statusLine)}`);
  const fields = lines.map(parseLine);
  const status = Number(match[2]);
  const framing = framingOf(fields, status, isHead);
  const found = bodyOf(bytes.subarray(headEnd + 4), framing, fields, ended, progress);
  if (found === null) return null;
  const { body, length } = found;
  return {
    length: headEnd + 4 + length,
    response: {
      status,
      reason: match[3] ?? "",
      version: match[1] ?? "",
      head,
      fields,
      framing,
      body,
      text: body.toString("utf8"),
      field: (name) => valuesOf(fields, name)[0] ?? null,
      all: (name) => valuesOf(fields, name),
    },
  };
}

function valuesOf(fields: ReadonlyArray<readonly [string, string]>, name: string): string[] {
  return fields.filter((line) => line[0] === name).map((line) => line[1]);
}

function parseLine(line: string): readonly [string, string] {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line);
  if (match === null) throw new Error(`malformed field line ${JSON.stringify(line)}`);
  return [(match[1] ?? "").toLowerCase(), match[2] ?? ""];
}

function framingOf(
  fields: ReadonlyArray<readonly [string, string]>,
  status: number,
  isHead: boolean,
): RawResponse["framing"] {
  const lengths = fields.filter(([name]) => name === "content-length");
  const codings = fields.filter(([name]) => name === "transfer-encoding");
  if (lengths.length > 1) throw new Error("several Content-Length lines");
  if (codings.length > 1) throw new Error("several Transfer-Encoding lines");
  if (lengths.length > 0 && codings.length > 0) throw new Error("Content-Length and Transfer-Encoding together");
  if (codings.length > 0 && codings[0]?.[1] !== "chunked") throw new Error(`transfer coding ${codings[0]?.[1]}`);
  if (lengths.length > 0 && !/^\d+$/.test(lengths[0]?.[1] ?? "")) throw new Error(`length ${lengths[0]?.[1]}`);
  if (isHead || status < 200 || status === 204 || status === 304) return "none";
  if (codings.length > 0) return "chunked";
  return lengths.length > 0 ? "length" : "close";
}

function bodyOf(
  rest: Buffer,
  framing: RawResponse["framing"],
  fields: ReadonlyArray<readonly [string, string]>,
  ended: boolean,
  progress: ChunkProgress,
): { body: Buffer; length: number } | null {
  switch (framing) {
    case "none":
      return { body: Buffer.alloc(0), length: 0 };
    case "close":
      return ended ? { body: rest, length: rest.length } : null;
    case "length": {
      const length = Number(fields.find(([name]) => name === "content-length")?.[1]);
      return rest.length < length ? null : { body: rest.subarray(0, length), length };
    }
    case "chunked":
      return unchunked(rest, progress);
  }
}

function unchunked(bytes: Buffer, progress: ChunkProgress): { body: Buffer; length: number } | null {
  for (;;) {
    let { offset } = progress;
    const lineEnd = bytes.indexOf("\r\n", offset);
    if (lineEnd < 0) return null;
    const line = bytes.toString("latin1", offset, lineEnd);
    if (!/^[0-9A-Fa-f]+(?:;.*)?$/.test(line)) throw new Error(`malformed chunk size ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    offset = lineEnd + 2;
    if (size === 0) return afterTrailers(bytes, offset, progress);
    if (bytes.length < offset + size + 2) return null;
    if (bytes.toString("latin1", offset + size, offset + size + 2) !== "\r\n") throw new Error("no CRLF after a chunk");
    progress.parts.push([offset, offset + size]);
    progress.offset = offset + size + 2;
  }
}

function afterTrailers(bytes: Buffer, from: number, { parts }: ChunkProgress): { body: Buffer; length: number } | null {
  let offset = from;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", offset);
    if (lineEnd < 0) return null;
    const isLast = lineEnd === offset;
    offset = lineEnd + 2;
    if (isLast) return { body: Buffer.concat(parts.map(([begin, end]) => bytes.subarray(begin, end))), length: offset };
  }
}
