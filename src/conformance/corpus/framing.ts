// H1, H2, H24: no octet of an ambiguous message may ever be taken for a request.

import type { Level } from "../../spec/registry.ts";
import type { Expectation, RawCase } from "../case.ts";
import { get, message } from "../octets.ts";

export const SMUGGLED: string = get("/{tag}/smuggled");

const REFUSED: Expectation = { status: [400, 501], orClosed: true, dispatched: "never", closed: true };

type Named = readonly (readonly [name: string, says: string, ...lines: string[]])[];

const LENGTHS: Named = [
  ["two-lengths", "two different lengths", "Content-Length: 5", "Content-Length: 6"],
  ["far-lengths", "two lengths far apart", "Content-Length: 5", "X-A: 1", "X-B: 2", "Content-Length: 0"],
  ["length-list", "a list of lengths", "Content-Length: 5, 5"],
  ["plus-sign", "a length with a plus sign", "Content-Length: +5"],
  ["minus-sign", "a length with a minus sign", "Content-Length: -5"],
  ["empty-length", "an empty length", "Content-Length:"],
  ["hexadecimal", "a hexadecimal length", "Content-Length: 0x5"],
  ["inner-space", "a length with a space in it", "Content-Length: 1 5"],
  ["fraction", "a length with a fraction", "Content-Length: 5.0"],
  ["letter", "a length with a letter", "Content-Length: 5a"],
  ["huge-length", "a length beyond exact numbers", "Content-Length: 18446744073709551621"],
];

const CODINGS: Named = [
  ["length-chunked", "a length before chunked", "Content-Length: 5", "Transfer-Encoding: chunked"],
  ["chunked-length", "a length after chunked", "Transfer-Encoding: chunked", "Content-Length: 5"],
  ["zero-chunked", "a length of zero and chunked", "Content-Length: 0", "Transfer-Encoding: chunked"],
  ["gzip-chunked", "a coding before chunked", "Transfer-Encoding: gzip, chunked"],
  ["chunked-gzip", "a coding after chunked", "Transfer-Encoding: chunked, gzip"],
  ["xchunked", "an unknown coding", "Transfer-Encoding: xchunked"],
  ["gzip", "a coding other than chunked", "Transfer-Encoding: gzip"],
  ["identity", "the coding identity", "Transfer-Encoding: identity"],
  ["chunked-twice", "chunked twice", "Transfer-Encoding: chunked, chunked"],
  ["two-lines", "chunked in two lines", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
  ["other-line", "another coding in a second line", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
  ["parameter", "chunked with a parameter", "Transfer-Encoding: chunked;q=1"],
  ["quoted", "chunked in quotes", 'Transfer-Encoding: "chunked"'],
  ["vertical-tab", "chunked behind a vertical tab", "Transfer-Encoding: \x0bchunked"],
  ["empty-coding", "an empty coding", "Transfer-Encoding:"],
  ["leading-comma", "a comma before chunked", "Transfer-Encoding: , chunked"],
];

/** Octets that only some readers trim, and lines that two readers would split differently. */
const MALFORMED: Named = [
  ["nbsp-length", "a no-break space before a length", "Content-Length: \xa05"],
  ["length-nbsp", "a no-break space after a length", "Content-Length: 5\xa0"],
  ["nel-length", "a next-line octet before a length", "Content-Length: \x855"],
  ["nbsp-chunked", "a no-break space before chunked", "Transfer-Encoding: \xa0chunked"],
  ["folded-coding", "a folded coding", "Transfer-Encoding:", " chunked"],
  ["space-colon", "a space before the colon", "Transfer-Encoding : chunked"],
  ["length-space-colon", "a space before the colon of a length", "Content-Length : 5"],
  ["name-space", "a space in a name", "Content Length: 5"],
  ["no-colon", "a line without a colon", "Content-Length"],
  ["name-nul", "a NUL in a name", "X\0A: b"],
  ["name-control", "a control octet in a name", "X\x01A: b"],
];

/** RFC 9110 section 5.5 and RFC 9112 section 5.2 let a recipient replace these by spaces; refusing is safer. */
const LENIENT: Named = [
  ["folded-line", "a folded line", "X-A: 1", " Content-Length: 5"],
  ["value-nul", "a NUL in a value", "X-A: a\0b"],
  ["bare-cr", "a CR in a value", "X-A: a\rContent-Length: 5"],
];

function refused(cases: Named, level: Level = "MUST"): RawCase[] {
  return cases.map(([name, says, ...lines]) => ({
    id: `H1/${name}`,
    says: `${says} reaches no handler and ends the connection`,
    level,
    bytes: message("POST", "/{tag}/first", lines, `0\r\n\r\n${SMUGGLED}`),
    expect: REFUSED,
  }));
}

const LENGTH = SMUGGLED.length;

const HIDDEN: readonly RawCase[] = [
  {
    id: "H2/later",
    says: "what arrives after a framing error is not a request",
    bytes: [message("POST", "/{tag}/first", ["Content-Length: 1", "Content-Length: 2"]), SMUGGLED, SMUGGLED],
    expect: { status: [400, 501], orClosed: true, dispatched: "never" },
  },
  {
    id: "H2/nameless",
    says: "a line with an empty name hides no length of a POST",
    bytes: message("POST", "/{tag}/first", [": x", `Content-Length: ${LENGTH}`], SMUGGLED),
    expect: { orClosed: true, closed: true },
  },
  {
    id: "H2/nameless-bodyless",
    says: "a line with an empty name hides no length of a GET either",
    bytes: message("GET", "/{tag}/first", [": x", `Content-Length: ${LENGTH}`], SMUGGLED),
    expect: { orClosed: true, next: true },
  },
  {
    id: "H2/proxy-preamble",
    says: "a PROXY v2 preamble from a client is not skipped",
    level: "SHOULD",
    bytes: `\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\0P\0P${get("/{tag}/behind")}`,
    expect: { orClosed: true, dispatched: "never" },
  },
];

/** Names and bodies of uploads that no reader may take for complete. */
export const BAD_CHUNKS: readonly (readonly [name: string, body: string])[] = [
  ["minus", "-1\r\nX\r\n0\r\n\r\n"],
  ["plus", "+1\r\nX\r\n0\r\n\r\n"],
  ["0x", "0x1\r\nX\r\n0\r\n\r\n"],
  ["no-digit", "G\r\nX\r\n0\r\n\r\n"],
  ["underscore", "1_0\r\nX\r\n0\r\n\r\n"],
  ["overflow", "FFFFFFFFFFFFFFFFF\r\nX\r\n0\r\n\r\n"],
  ["vertical-tab", "\x0b1\r\nX\r\n0\r\n\r\n"],
  ["empty", "\r\nX\r\n0\r\n\r\n"],
  ["inner-space", "1 1\r\nX\r\n0\r\n\r\n"],
  ["longer", "1\r\nXY\r\n0\r\n\r\n"],
  ["shorter", "2\r\nX\r\n0\r\n\r\n"],
  ["no-crlf", "1\r\nX0\r\n\r\n"],
];

export function upload(route: string, body: string): string {
  return message("POST", `/{tag}/${route}`, ["Transfer-Encoding: chunked"], body);
}

const CHUNKS: readonly RawCase[] = BAD_CHUNKS.map(([name, body]) => ({
  id: `H2/chunk-${name}`,
  says: `what follows a malformed chunk (${name}) is no request`,
  bytes: upload("read", body) + SMUGGLED,
  expect: { orClosed: true, closed: true },
}));

const FILLERS = { letters: "XX", "two-cr": "\r\r", "two-lf": "\n\n", nothing: "", letter: "X" };

const TRAILERS: readonly RawCase[] = [
  ...Object.entries(FILLERS).map(([name, filler]) => ({
    id: `H24/after-last-${name}`,
    says: `octets in the place of the last CRLF (${name}) are not the start of a request`,
    bytes: upload("echo", `5\r\nhello\r\n0\r\n${filler}${SMUGGLED}`),
    expect: { orClosed: true },
  })),
  {
    id: "H24/extensions",
    says: "chunk extensions are read past",
    bytes: upload("echo", '5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'),
    expect: { status: [200], text: "hello" },
  },
  {
    id: "H24/legal",
    says: "a trailer section belongs to its message",
    bytes: upload("echo", "5\r\nhello\r\n0\r\nX-Trailer: 1\r\nHost: b.example\r\n\r\n"),
    expect: { status: [200], text: "hello", next: true },
  },
  {
    id: "H24/in-step",
    says: "after a trailer section the next request is in step, or the connection is closed",
    bytes: upload("echo", "5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"),
    expect: { orClosed: true, next: true },
  },
];

export const FRAMING: readonly RawCase[] = [
  ...refused(LENGTHS),
  ...refused(CODINGS),
  ...refused(MALFORMED),
  ...refused(LENIENT, "SHOULD"),
  ...HIDDEN,
  ...CHUNKS,
  ...TRAILERS,
];
