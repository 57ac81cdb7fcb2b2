// H3 to H7, H14, H16, H17: which requests are there no answer of a handler for?

import type { Level } from "../../spec/registry.ts";
import type { Expectation, RawCase } from "../case.ts";
import { get, message } from "../octets.ts";
import { SMUGGLED } from "./framing.ts";

const BAD: Expectation = { status: [400], dispatched: "never" };

const BAD_HOSTS = {
  empty: "",
  blank: " ",
  user: "u@b",
  password: "u:p@b",
  list: "a, b",
  space: "a b",
  path: "a/b",
  dots: "x/../y",
  query: "a?b",
  fragment: "a#b",
  backslash: "a\\b",
  escaped: "%41",
  "escaped-nul": "a%00",
  "port-99999": "a:99999",
  "port-65536": "a:65536",
  "port-minus": "a:-1",
  "port-name": "a:b",
  "two-ports": "a:80:80",
  "port-only": ":80",
  "open-bracket": "[::",
  "no-bracket": "[::1",
  "after-bracket": "[::1]x",
  "v6-port": "[::1]:99999",
  "v6-long": "[1:2:3:4:5:6:7:8:9]",
  "v6-letter": "[g::1]",
  "bare-v6": "::1",
  latin: "a\xe9.example",
  "first-octet": "\xe9a.example",
};

/** Names by the letter of RFC 9110, which a URL refuses or reads as an address of another spelling. */
const ODD_HOSTS = {
  "v4-256": "256.1.1.1",
  "v4-three": "1.2.3",
  "last-number": "a.1",
  "v4-hex": "0x7f.1",
  // Newer URL parsers take any ASCII label as it is; RFC 9110 and H3 have nothing against it.
  ...(URL.canParse("http://xn--a/") ? {} : { punycode: "xn--a" }),
  "two-dots": "..",
};

function badHost([name, host]: [string, string], level: Level): RawCase {
  return {
    id: `H3/${name}`,
    says: `Host: ${JSON.stringify(host)} is answered 400 and reaches no handler`,
    level,
    bytes: `GET /{tag}/describe HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    expect: BAD,
  };
}

const HOST_COUNTS = {
  none: "",
  "none-but-others": "X: y\r\n",
  "twice-the-same": "Host: a\r\nHost: a\r\n",
  "two-different": "Host: a\r\nHost: b\r\n",
  "empty-first": "Host:\r\nHost: b\r\n",
  "empty-second": "Host: a\r\nhost:\r\n",
};

const HOSTS: readonly RawCase[] = [
  ...Object.entries(BAD_HOSTS).map((entry) => badHost(entry, "MUST")),
  ...Object.entries(ODD_HOSTS).map((entry) => badHost(entry, "SHOULD")),
  ...Object.entries(HOST_COUNTS).map(([name, lines]) => ({
    id: `H3/${name}`,
    says: `a request with the Host lines ${JSON.stringify(lines)} is answered 400`,
    bytes: `GET /{tag}/describe HTTP/1.1\r\n${lines}\r\n`,
    expect: BAD,
  })),
];

const FORBIDDEN = ["CONNECT", "TRACE", "TRACK", "get", "Get", "post", "head", "delete", "options", "put", "connect"];
const NO_TOKENS = { brace: "G{T", at: "G@T", parentheses: "(GET)", quotes: '"GET"', comma: "G,T" };
const NO_ASCII = { latin: "G\xc9T", control: "G\x01T" };

const METHODS: readonly RawCase[] = [
  ...FORBIDDEN.map((method) => ({
    id: `H4/${method}`,
    says: `the method ${method}, which a Request cannot carry faithfully, is answered 501 and reaches no handler`,
    bytes: message(method, "/{tag}/describe"),
    expect: { status: method === "TRACE" ? [501, 405] : [501], dispatched: "never" as const },
  })),
  {
    id: "H4/authority",
    says: "CONNECT to an authority reaches no handler",
    bytes: "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nX-FSGI-Case: {tag}\r\n\r\n",
    expect: { status: [4, 5], orClosed: true, dispatched: "never" },
  },
  ...Object.entries(NO_TOKENS).map(([name, method]) => ({
    id: `H4/no-token-${name}`,
    says: `the method ${method}, which is no token, is answered 400 or 501`,
    bytes: message(method, "/{tag}/describe"),
    expect: { status: [400, 501], orClosed: true, dispatched: "never" as const },
  })),
  ...Object.entries(NO_ASCII).map(([name, method]) => ({
    id: `H4/octets-${name}`,
    says: `the method ${JSON.stringify(method)} is answered 400`,
    bytes: message(method, "/{tag}/describe"),
    expect: { status: [400], orClosed: true, dispatched: "never" as const },
  })),
];

const BAD_TARGETS = {
  fragment: "/{tag}/describe#b",
  "only-fragment": "/{tag}/#",
  "query-fragment": "/{tag}/describe?b#c",
  delete: "/{tag}/a\x7fb",
  latin: "/{tag}/\xe9",
  "query-utf8": "/{tag}/a?\xc3\xa9",
  nul: "/{tag}/\x00",
  control: "/{tag}/a\x1fb",
  tab: "/{tag}/a\tb",
};

const SHOULD_TARGETS = { backslash: "/{tag}/a\\b", "query-backslash": "/{tag}/a?b\\c" };

const NO_PATHS = {
  word: "{tag}",
  relative: "a/{tag}",
  query: "?{tag}",
  backslash: "\\{tag}",
  ftp: "ftp://a.example/{tag}",
  mailto: "mailto:{tag}",
  "one-slash": "http:/{tag}",
  "no-scheme": "://{tag}",
  "star-get": "*",
};

function badTarget([name, target]: [string, string], level: Level): RawCase {
  return {
    id: `H5/${name}`,
    says: `the target ${JSON.stringify(target)} is answered 400`,
    level,
    bytes: get(target),
    expect: BAD,
  };
}

const TARGETS_: readonly RawCase[] = [
  ...Object.entries(BAD_TARGETS).map((entry) => badTarget(entry, "MUST")),
  ...Object.entries(SHOULD_TARGETS).map((entry) => badTarget(entry, "SHOULD")),
  ...Object.entries(NO_PATHS).map(([name, target]) => ({
    id: `H5/form-${name}`,
    says: `the target ${JSON.stringify(target)}, which is no path, is refused`,
    bytes: get(target, ["X-FSGI-Case: {tag}"]),
    expect: { status: [400, 505], orClosed: true, dispatched: "never" as const },
  })),
  {
    id: "H7/options",
    says: "OPTIONS * is answered by the host and never becomes a path",
    bytes: "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nX-FSGI-Case: {tag}\r\n\r\n",
    expect: { status: [204, 4, 505], orClosed: true, dispatched: "never" },
  },
];

const VERSIONS = ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9", "http/1.1", "HTTP/1", "FTP/1.1"];

const OTHERS: readonly RawCase[] = [
  ...VERSIONS.map((version) => ({
    id: `H17/${version.toLowerCase() === version ? "lower-case" : version.replace("/", "-")}`,
    says: `the version ${version} is answered 505 or 400, and closed`,
    bytes: `GET /{tag}/describe ${version}\r\nHost: a.example\r\n\r\n`,
    expect: { status: [400, 505], orClosed: true, dispatched: "never" as const, closed: true },
  })),
  {
    id: "H17/no-version",
    says: "a request line without a version gets a fast end",
    bytes: "GET /{tag}/describe\r\n\r\n",
    expect: { status: [400, 505], orClosed: true, dispatched: "never" },
  },
  ...["GET", "HEAD"].map((method) => ({
    id: `H14/${method.toLowerCase()}`,
    says: `content sent with ${method} is consumed or the connection closed, and never run`,
    bytes: message(method, "/{tag}/path", [`Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    expect: { status: [200], next: true },
  })),
  {
    id: "H16/fields",
    says: "field lines of 300,000 octets are refused",
    bytes: `GET /{tag}/describe HTTP/1.1\r\nHost: a.example\r\nX-A: ${"a".repeat(300_000)}`,
    expect: { status: [431], orClosed: true, dispatched: "never", closed: true },
  },
  {
    id: "H16/target",
    says: "a target of 300,000 octets is refused",
    bytes: get(`/{tag}/${"a".repeat(300_000)}`),
    expect: { status: [414, 431], orClosed: true, dispatched: "never", closed: true },
  },
];

export const TARGETS: readonly RawCase[] = [...HOSTS, ...METHODS, ...TARGETS_, ...OTHERS];
