// The questions about `fixture`: what the example leaves out. The same for every version of Next.

import type { Answered, Fields, Probe, Step } from "../parity/probe.ts";
import { type DeviationsOf, KNOWN_LENGTH } from "./example-probe.ts";

type Earlier = ReadonlyMap<string, Answered>;

const gzip: Fields = [["Accept-Encoding", "gzip"]];
const cookieOf =
  (name: string) =>
  (earlier: Earlier): Fields => [["Cookie", (earlier.get(name)?.all("set-cookie") ?? []).map(first).join("; ")]];

function first(cookie: string): string {
  return cookie.split(";")[0] ?? "";
}

function script(earlier: Earlier): string {
  return (
    /src="(\/base\/_next\/static\/[^"]+\.js)"/u.exec(earlier.get("a page of the app router")?.text ?? "")?.[1] ?? "/no"
  );
}

const form = (word: string): Pick<Step, "method" | "target" | "fields" | "body"> => ({
  method: "POST",
  target: "/base/act",
  fields: [
    ["Content-Type", "multipart/form-data; boundary=b"],
    ["Origin", "http://a.example"],
  ],
  body: (earlier) => {
    const action = /name="(\$ACTION_ID_[0-9a-f]+)"/u.exec(earlier.get("a form")?.text ?? "")?.[1] ?? "none";
    const part = (name: string, value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    return `${part(action, "")}${part("word", word)}--b--\r\n`;
  },
});

const steps: readonly Step[] = [
  { name: "outside of the prefix", target: "/" },
  { name: "the first page", target: "/base" },
  { name: "the first page in German", target: "/base/de" },
  { name: "a page that is kept", target: "/base/about" },
  { name: "a page that is kept, compressed", target: "/base/de/about", fields: gzip },
  { name: "a page by another name", target: "/base/renamed" },
  { name: "data for the client's router", target: "/base/_next/data/none/about.json" },
  { name: "a page made in time", target: "/base/blog/second" },
  { name: "a page that is none", target: "/base/blog/none" },
  { name: "a redirect", target: "/base/old/first" },
  { name: "a redirect elsewhere", target: "/outside" },
  { name: "a fallback", target: "/base/anything/third" },
  { name: "what the middleware answers", target: "/base/closed" },
  { name: "an API route", target: "/base/api/echo?a=1&a=2" },
  {
    name: "an API route with JSON",
    method: "POST",
    target: "/base/api/echo",
    fields: [["Content-Type", "application/json"]],
    body: '{"a":[1,2]}',
  },
  {
    name: "an API route with broken JSON",
    method: "POST",
    target: "/base/api/echo",
    fields: [["Content-Type", "application/json"]],
    body: "{",
  },
  { name: "a page of the app router", target: "/base/now" },
  { name: "a page of the app router, for its client", target: "/base/now", fields: [["RSC", "1"]] },
  { name: "a stream", target: "/base/late" },
  { name: "a form", target: "/base/act" },
  { name: "an action", ...form("kept") },
  { name: "an action that redirects", ...form("go") },
  { name: "a page without draft mode", target: "/base/draft" },
  { name: "draft mode on", target: "/base/go?draft" },
  { name: "a page in draft mode", target: "/base/draft", fields: cookieOf("draft mode on") },
  { name: "draft mode on by an API route", target: "/base/api/echo?draft=1" },
  { name: "a large body", method: "PUT", target: "/base/go", body: "0123456789".repeat(50_000) },
  { name: "a script", target: script },
  { name: "a script, compressed", target: script, fields: gzip },
  { name: "a public file", target: "/base/plain.txt" },
  { name: "a public file, compressed", target: "/base/long.txt", fields: gzip },
  { name: "a public file with a header of its own", target: "/base/special.txt" },
  { name: "a public file that is covered", target: "/base/covered.txt" },
  { name: "a public file in German", target: "/base/de/plain.txt" },
  { name: "a public file in the first language", target: "/base/en/plain.txt" },
  {
    name: "an image",
    target: "/base/_next/image?url=%2Fbase%2Fphoto.png&w=640&q=75",
    fields: [["Accept", "image/webp"]],
  },
];

export const fixtureProbe: Probe = {
  kind: "node",
  app: () => () => {},
  steps: steps.map((step) => ({ ...step, exchanges: 0 })),
  blurs: [
    { pattern: /^x-nextjs-cache: (?:HIT|MISS|STALE)/iu, becomes: "x-nextjs-cache: *", reason: "The cache is on disk." },
    {
      pattern: /^(set-cookie: __prerender_bypass|set-cookie: __next_preview_data)=[^;]+/u,
      becomes: "$1=*",
      reason: "Drawn by lot.",
    },
  ],
};

/** Of every version, as the example's. */
const ALWAYS: DeviationsOf = {
  // Compressed once, and kept.
  "a script, compressed": KNOWN_LENGTH,
  "a public file, compressed": KNOWN_LENGTH,
  // Ended without a length by code of Next's.
  "a redirect": KNOWN_LENGTH,
  "a redirect elsewhere": KNOWN_LENGTH,
  "an API route with broken JSON": KNOWN_LENGTH,
  "an action that redirects": KNOWN_LENGTH,
};

export const DEVIATIONS_14: DeviationsOf = ALWAYS;
export const DEVIATIONS_15: DeviationsOf = { ...ALWAYS, "data for the client's router": KNOWN_LENGTH };
export const DEVIATIONS_16: DeviationsOf = {
  ...DEVIATIONS_15,
  "a page of the app router, for its client": KNOWN_LENGTH,
};
