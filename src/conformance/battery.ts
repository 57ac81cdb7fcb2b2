// Which requests show whether a handler keeps the contract? Some eighty that real clients send, and some that only odd ones do.

import type { LeavePhase, MemoryRequest } from "./memory-host.ts";

/** Targets that every handler has to answer in some way. */
const TARGETS = ["/", "/?q=%20&q=2", "/no/such/page", "//double/slash", "/a/../b/./c", "/%zz?%", "/caf%C3%A9"];

const METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

const ACCEPTS = [
  "*/*",
  "text/html",
  "application/json",
  "image/avif,*/*;q=0.1",
  "text/html;q=0",
  "nonsense",
  "",
  "a/b;q=9",
];
const CODINGS = ["gzip, deflate, br, zstd", "identity", "*;q=0", "gzip;q=0", "x-unknown"];
const RANGES = ["bytes=0-0", "bytes=-1", "bytes=5-", "bytes=9-1", "items=0-5", "bytes=0-1,3-4"];

/** Fields that change what a careful handler does. */
const FIELDS: readonly (readonly [string, string])[] = [
  ["if-none-match", "*"],
  ["if-none-match", '"a", W/"b"'],
  ["if-modified-since", "yesterday"],
  ["if-match", '"none"'],
  ["cookie", "a=1; b; =c; d=%zz"],
  ["authorization", "Basic !!!"],
  ["origin", "https://elsewhere.example"],
  ["x-forwarded-for", "192.0.2.66"],
  ["accept-language", "*"],
  ["user-agent", ""],
];

const BODIES: readonly (readonly [type: string, body: string])[] = [
  ["application/json", '{"a":1}'],
  ["application/json", "{not json"],
  ["application/json", ""],
  ["application/x-www-form-urlencoded", "a=1&b=%zz"],
  ["multipart/form-data; boundary=x", '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'],
  ["multipart/form-data", "no boundary"],
  ["text/plain", "text"],
  ["", "no type"],
];

const PHASES: readonly LeavePhase[] = ["before-result", "before-body", "mid-body", "during-upload"];

/** The battery, with each of `paths` as a target beside the usual ones. */
export function battery(paths: readonly string[] = []): MemoryRequest[] {
  const targets = [...TARGETS, ...paths];
  const main = paths[0] ?? "/";
  const with1 = (name: string, value: string): MemoryRequest => ({ target: main, fields: [[name, value]] });
  return [
    // Twice the same: what is shared between two answers shows at the second (A1). HEAD follows its GET (A3).
    ...targets.flatMap((target) => [{ target }, { target, method: "HEAD" }, { target }]),
    ...METHODS.map((method) => ({ target: main, method, ...(method !== "OPTIONS" && { body: "content" }) })),
    ...ACCEPTS.map((value) => with1("accept", value)),
    ...CODINGS.map((value) => with1("accept-encoding", value)),
    ...RANGES.map((value) => with1("range", value)),
    ...FIELDS.map(([name, value]) => with1(name, value)),
    ...BODIES.map(([type, body]) => ({
      ...(type === "" ? {} : with1("content-type", type)),
      target: main,
      method: "POST",
      body,
    })),
    ...PHASES.flatMap((leaves) => [
      { target: main, leaves },
      { target: main, method: "POST", body: "a body of some length", leaves },
    ]),
    { target: main, method: "HEAD", leaves: "before-result" },
    { target: main, authority: "[2001:db8::1]:8080" },
    { target: main, method: "POST" },
  ];
}
