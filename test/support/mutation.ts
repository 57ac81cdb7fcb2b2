// Valid requests, spoilt at random: what a hostile or broken client might send.

import type { Random } from "./random.ts";

/** What every marker begins with. */
export const MARKER_PREFIX = "/marker-";

/** What one client sends. */
export interface Hostile {
  readonly pieces: readonly Buffer[];
  /** All of it, as latin-1. */
  readonly bytes: string;
}

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
const post = (path: string, more: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n${body}`;

/** A request inside of a body, where the target is one that nobody else uses. */
const hidden = (chance: Random): string => get(`${MARKER_PREFIX}${100_000_000 + chance.below(900_000_000)}`);

type Seed = string | ((chance: Random) => string);

const SEEDS: readonly Seed[] = [
  get("/small"),
  get("/bytes?size=40000", "Connection: close\r\n"),
  get("/later?ms=2"),
  get("/stream?size=20000", "Connection: close\r\n"),
  get("/sized?size=70000"),
  "HEAD /small HTTP/1.1\r\nHost: a.example\r\n\r\n",
  post("/text", "Content-Length: 5\r\nConnection: close\r\n", "hello"),
  post("/text", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\n\r\n"),
  post("/echo", "Transfer-Encoding: chunked\r\nConnection: close\r\n", "5\r\nhello\r\n0\r\n\r\n"),
  (chance) => {
    const inner = hidden(chance);
    return post("/read", `Content-Length: ${inner.length}\r\n`, inner);
  },
  (chance) => {
    const inner = hidden(chance);
    const size = inner.length.toString(16);
    return post("/echo", "Transfer-Encoding: chunked\r\n", `${size}\r\n${inner}\r\n0\r\n\r\n`);
  },
  (chance) => {
    const inner = hidden(chance);
    return `DELETE /small HTTP/1.1\r\nContent-Length: ${inner.length}\r\nHost: a.example\r\n\r\n${inner}`;
  },
  (chance) => get("/small", "Connection: close\r\n") + hidden(chance),
  post("/ignore", "Content-Length: 50\r\n", `hello${"x".repeat(45)}`),
  post("/forbidden", "Content-Length: 3\r\nExpect: 100-continue\r\n", "abc"),
  post("/read-and-throw", "Content-Length: 2\r\n", "ab"),
  "\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0cGET /small HTTP/1.1\r\nHost: a.example\r\n\r\n",
];

const SPLINTERS = "\r\n\t :;,0123456789abcdefgXx\x00\xff\x80";

/** One to five requests, with up to six faults, cut into pieces. */
export function hostile(chance: Random): Hostile {
  let bytes = Array.from({ length: 1 + chance.below(5) }, () => grown(chance.pick(SEEDS), chance)).join("");
  const faults = chance.below(7);
  for (let i = 0; i < faults; i++) bytes = spoil(bytes, chance);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = chance.pick([1, 3, 10, 40, 1_000]);
    pieces.push(Buffer.from(bytes.slice(at, at + length), "latin1"));
    at += length;
  }
  return { pieces, bytes };
}

function grown(seed: Seed, chance: Random): string {
  return typeof seed === "string" ? seed : seed(chance);
}

function spoil(bytes: string, chance: Random): string {
  const at = chance.below(bytes.length + 1);
  const before = bytes.slice(0, at);
  switch (chance.below(5)) {
    case 0:
      return before + String.fromCharCode(chance.below(256)) + bytes.slice(at + 1);
    case 1:
      return before + bytes.slice(at + 1 + chance.below(12));
    case 2:
      return before + splinters(1 + chance.below(20), chance) + bytes.slice(at);
    case 3:
      return before + bytes.slice(chance.below(bytes.length + 1)).slice(0, 1 + chance.below(40)) + bytes.slice(at);
    default:
      return (
        before +
        chance.pick(["\r\n", "\r\n\r\n", "Content-Length: 7\r\n", "Transfer-Encoding: x\r\n"]) +
        bytes.slice(at)
      );
  }
}

function splinters(count: number, chance: Random): string {
  return Array.from({ length: count }, () => SPLINTERS[chance.below(SPLINTERS.length)]).join("");
}
