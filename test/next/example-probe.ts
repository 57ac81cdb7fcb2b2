// The questions about `examples/next`, which every way to serve it has to answer alike.

import type { Answered, Fields, Probe, Step } from "../parity/probe.ts";

const gzip: Fields = [["Accept-Encoding", "gzip, deflate, br"]];
const modern: Fields = [["Accept", "image/avif,image/webp,*/*"]];
const rsc: Fields = [
  ["RSC", "1"],
  ["Next-Url", "/"],
];

const browser: Fields = [
  ["Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"],
  ["Accept-Language", "en"],
  ["Cookie", "seen=1"],
  ["Sec-Fetch-Dest", "document"],
  ["Upgrade-Insecure-Requests", "1"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0"],
];

type Earlier = ReadonlyMap<string, Answered>;

/** The first script of the page. */
function script(earlier: Earlier): string {
  return /src="(\/_next\/static\/chunks\/[^"]+\.js)"/u.exec(earlier.get("the page")?.text ?? "")?.[1] ?? "/no-script";
}

/** What a browser without scripts sends for the form of the page of notes. */
function form(earlier: Earlier): readonly [type: string, body: string] {
  const page = earlier.get("the notes")?.text ?? "";
  const action = /name="(\$ACTION_ID_[0-9a-f]+)"/u.exec(page)?.[1] ?? "no action";
  const part = (name: string, value: string): string =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  return ["multipart/form-data; boundary=b", `${part(action, "")}${part("text", "a <note> & more")}--b--\r\n`];
}

const conditions =
  (name: string, ...more: Fields) =>
  (earlier: Earlier): Fields => [["If-None-Match", earlier.get(name)?.field("etag") ?? ""], ...more];

const pages: readonly Step[] = [
  { name: "the page", target: "/" },
  { name: "the page, compressed", target: "/", fields: gzip },
  { name: "the page, unchanged", target: "/", fields: conditions("the page") },
  { name: "HEAD of the page", method: "HEAD", target: "/" },
  { name: "the page for the client's router", target: "/", fields: rsc },
  { name: "a stream", target: "/slow" },
  { name: "a stream, compressed", target: "/slow", fields: gzip },
  { name: "a redirect of the proxy", target: "/old-notes" },
  { name: "a redirect of the proxy for the client's router", target: "/old-notes", fields: rsc },
  { name: "no such page", target: "/nowhere" },
  { name: "a slash too many", target: "/notes/" },
  { name: "two slashes", target: "//notes" },
  { name: "an escape that is none", target: "/%ff" },
];

/** When Next has answered once: where it may be left out, and where it must not. */
const finished: readonly Step[] = [
  { name: "the page, again", target: "/" },
  { name: "the page, again, as a browser asks", target: "/", fields: [...gzip, ...browser] },
  { name: "the page, again, unchanged", target: "/", fields: conditions("the page") },
  { name: "the page, again, unchanged and compressed", target: "/", fields: conditions("the page", ...gzip) },
  { name: "the page, again, in another version", target: "/", fields: [["If-None-Match", '"another"']] },
  { name: "the page, again, in any version", target: "/", fields: [["If-None-Match", "*"]] },
  { name: "the page, again, reloaded", target: "/", fields: conditions("the page", ["Cache-Control", "no-cache"]) },
  {
    name: "the page, again, since a date",
    target: "/",
    fields: [["If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"]],
  },
  { name: "part of the page", target: "/", fields: [["Range", "bytes=0-9"]] },
  { name: "the page, again, for who takes no gzip", target: "/", fields: [["Accept-Encoding", "br"]] },
  { name: "the page, again, gzip refused", target: "/", fields: [["Accept-Encoding", "gzip;q=0, *"]] },
  { name: "the page, again, deflated", target: "/", fields: [["Accept-Encoding", "deflate"]] },
  { name: "the page, again, with a query", target: "/?a=1" },
  { name: "HEAD of the page, again", method: "HEAD", target: "/" },
  { name: "the page, again, for the client's router", target: "/", fields: rsc },
  { name: "the page, again, posted to", method: "POST", target: "/", body: "x" },
  {
    name: "the page, again, for a crawler",
    target: "/",
    fields: [["User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"]],
  },
  { name: "the page, again, with a key that is none", target: "/", fields: [["X-Prerender-Revalidate", "a"]] },
  { name: "the page, again, in a draft that is none", target: "/", fields: [["Cookie", "__prerender_bypass=a"]] },
];

const actions: readonly Step[] = [
  { name: "the notes", target: "/notes" },
  {
    name: "a note by form",
    method: "POST",
    target: "/notes",
    fields: (earlier) => [
      ["Content-Type", form(earlier)[0]],
      ["Origin", "http://a.example"],
    ],
    body: (earlier) => form(earlier)[1],
  },
  {
    name: "an action that is none",
    method: "POST",
    target: "/notes",
    fields: [["Next-Action", "0".repeat(42)]],
    body: "[]",
  },
  { name: "the notes afterwards", target: "/notes" },
  // The action has revalidated a path: from then on every page is Next's to answer.
  { name: "the page after a revalidation", target: "/", fields: [...gzip, ...browser] },
];

const routes: readonly Step[] = [
  { name: "a route handler", target: "/api/hello?name=Ada" },
  { name: "after() has run", target: "/api/hello" },
  { name: "HEAD of a route handler", method: "HEAD", target: "/api/hello" },
  { name: "OPTIONS of a route handler", method: "OPTIONS", target: "/api/hello" },
  { name: "a method without a handler", method: "DELETE", target: "/api/hello" },
  { name: "a body", method: "POST", target: "/api/hello", body: "abc".repeat(40_000) },
  {
    name: "a body in chunks",
    octets:
      "POST /api/hello HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
  },
];

const files: readonly Step[] = [
  { name: "a script", target: script },
  { name: "a script, compressed", target: script, fields: gzip },
  { name: "a script for who takes no gzip", target: script, fields: [["Accept-Encoding", "br"]] },
  { name: "a script, gzip refused", target: script, fields: [["Accept-Encoding", "gzip;q=0, *"]] },
  { name: "a script, unchanged", target: script, fields: conditions("a script") },
  {
    name: "a script, reloaded",
    target: script,
    fields: (earlier) => [
      ["If-None-Match", earlier.get("a script")?.field("etag") ?? ""],
      ["Cache-Control", "no-cache"],
    ],
  },
  { name: "HEAD of a script", method: "HEAD", target: script, fields: gzip },
  { name: "part of a script", target: script, fields: [["Range", "bytes=10-19"]] },
  { name: "the end of a script", target: script, fields: [["Range", "bytes=-5"]] },
  { name: "parts of a script", target: script, fields: [["Range", "bytes=0-4, 10-14"]] },
  { name: "part of a script, compressed", target: script, fields: [["Range", "bytes=0-4095"], ...gzip] },
  { name: "beyond a script", target: script, fields: [["Range", "bytes=99999999-"]] },
  {
    name: "part of a script that has changed",
    target: script,
    fields: [
      ["Range", "bytes=0-4"],
      ["If-Range", '"x"'],
    ],
  },
  { name: "a script only if it is another", target: script, fields: [["If-Match", '"x"']] },
  { name: "a script with a query", target: (earlier) => `${script(earlier)}?v=1` },
  { name: "a script, posted to", method: "POST", target: script, body: "x" },
  { name: "no such script", target: "/_next/static/chunks/none.js" },
  { name: "a public picture", target: "/sunset.png", fields: gzip },
  { name: "a public drawing", target: "/logo.svg", fields: gzip },
  {
    name: "a public drawing, old",
    target: "/logo.svg",
    fields: [["If-Modified-Since", "Fri, 01 Jan 1999 00:00:00 GMT"]],
  },
  {
    name: "a public drawing, unchanged",
    target: "/logo.svg",
    fields: [["If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"]],
  },
  { name: "a public drawing, escaped", target: "/l%6fgo.svg" },
  { name: "a public folder", target: "/_next/static" },
  { name: "a path that climbs", target: "/_next/static/../../package.json" },
  { name: "a path that climbs, escaped", target: "/_next/static/%2e%2e/%2e%2e/BUILD_ID" },
];

const images: readonly Step[] = [
  { name: "an image", target: "/_next/image?url=%2Fsunset.png&w=640&q=75", fields: modern },
  {
    name: "an image, unchanged",
    target: "/_next/image?url=%2Fsunset.png&w=640&q=75",
    fields: (earlier) => [...modern, ["If-None-Match", earlier.get("an image")?.field("etag") ?? ""]],
  },
  { name: "an image of a size that is not allowed", target: "/_next/image?url=%2Fsunset.png&w=641&q=75" },
  { name: "an image from elsewhere", target: "/_next/image?url=http%3A%2F%2Fb.example%2Fx.png&w=640&q=75" },
];

const aborts: readonly Step[] = [
  {
    name: "a client that leaves while it streams",
    isFresh: true,
    async client(client) {
      await client.send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n");
      while (!client.receivedText.includes("Waiting for the rest")) await client.peek(client.receivedBytes + 1);
      client.leave();
      return ["it had begun"];
    },
  },
  { name: "an answer for the next one", target: "/api/hello?name=next", isFresh: true },
];

const all: readonly Step[] = [...pages, ...finished, ...actions, ...routes, ...files, ...images, ...aborts];

export const exampleProbe: Probe = {
  kind: "node",
  app: () => () => {},
  steps: all.map((step) => ({ ...step, exchanges: 0 })),
  blurs: [
    { pattern: /^x-nextjs-cache: (?:HIT|MISS|STALE)/iu, becomes: "x-nextjs-cache: *", reason: "The cache is on disk." },
    { pattern: /"answered":\d+/u, becomes: '"answered":*', reason: "after() runs when it gets to it." },
  ],
};

/** What differs from `next start`, by step: exactly this. */
export type DeviationsOf = Readonly<Record<string, string>>;

/** A length is announced where the whole body is there when its head is sent; Node's streams chunks of it. */
export const KNOWN_LENGTH: string = [
  "- transfer-encoding: chunked",
  "- framing chunked",
  "+ content-length: *",
  "+ framing length",
].join("\n");

/** Files that are sent natively. */
const NATIVE_FILES: DeviationsOf = {
  // Compressed once, and kept.
  "a script, compressed": KNOWN_LENGTH,
  // Next compresses the part, of which no client can make anything: the range is one of the plain bytes.
  "part of a script, compressed": [
    "- content-encoding: gzip",
    "- transfer-encoding: chunked",
    "- framing chunked",
    "- another body",
    "+ content-length: *",
    "+ framing length",
    "+ another body",
  ].join("\n"),
};

/** A finished page that Next itself would compress anew for each request. That it is not shows that it comes without Next. */
const NATIVE_PAGES: DeviationsOf = { "the page, again, as a browser asks": KNOWN_LENGTH };

/** On uWebSockets.js, of answers that are ended without a length by code of Next's. */
const ENDED_AT_ONCE: DeviationsOf = {
  "the page for the client's router": KNOWN_LENGTH,
  "the page, again, for the client's router": KNOWN_LENGTH,
  "the page, again, posted to": KNOWN_LENGTH,
  "a redirect of the proxy": KNOWN_LENGTH,
  "a redirect of the proxy for the client's router": KNOWN_LENGTH,
  "a slash too many": KNOWN_LENGTH,
  "two slashes": KNOWN_LENGTH,
  "a method without a handler": KNOWN_LENGTH,
  "no such script": KNOWN_LENGTH,
  "an image of a size that is not allowed": KNOWN_LENGTH,
  "an image from elsewhere": KNOWN_LENGTH,
};

/** The engine ends a connection behind a body in chunks (docs/decisions/002). */
const CHUNKED_BODY: DeviationsOf = { "a body in chunks": "+ connection: close\n+ the connection ended (end)" };

export const DEVIATIONS: Readonly<Record<"uws" | "node" | "standalone", DeviationsOf>> = {
  uws: { ...NATIVE_FILES, ...NATIVE_PAGES, ...ENDED_AT_ONCE, ...CHUNKED_BODY },
  node: { ...NATIVE_FILES, ...NATIVE_PAGES },
  standalone: { ...ENDED_AT_ONCE, ...CHUNKED_BODY },
};

/** They change with each version of Next. */
export function withoutNumbers(difference: string): string {
  return difference
    .replace(/content-length: \d+/u, "content-length: *")
    .replaceAll(/^([-+]) body of \d+ bytes.*$/gmu, "$1 another body");
}
