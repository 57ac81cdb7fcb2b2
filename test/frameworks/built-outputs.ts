// What frameworks build for Node, and the questions that each has to answer alike on its own server and on ours.

import { type DeviationsOf, KNOWN_LENGTH } from "../next/example-probe.ts";
import type { Answered, Fields, Probe, Step } from "../parity/probe.ts";

export interface Framework {
  /** Of `outputs/`. */
  readonly folder: string;
  /** Exact: another version is another answer. */
  readonly packages: readonly string[];
  /** A program of `node_modules/.bin`, and its arguments. */
  readonly build: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly ways: readonly Way[];
}

/** A way to run what was built. */
export interface Way {
  readonly name: string;
  /** Builds it anew first. */
  readonly rebuiltWith?: Readonly<Record<string, string>>;
  /** Arguments of Node, for the framework's own server or one that its documentation shows. */
  readonly node: readonly string[];
  /** Arguments of the command. */
  readonly easyserver: readonly string[];
  /** What the command says about it on stderr. */
  readonly says?: string;
  readonly steps: readonly Step[];
  /** Files that the reference leaves to somebody else, with their content. */
  readonly files?: Readonly<Record<string, string>>;
  readonly deviations: DeviationsOf;
}

type Earlier = ReadonlyMap<string, Answered>;

const JSON_BODY: Fields = [["Content-Type", "application/json"]];
const gzip: Fields = [["Accept-Encoding", "gzip"]];
const unchanged =
  (name: string) =>
  (earlier: Earlier): Fields => [["If-None-Match", earlier.get(name)?.field("etag") ?? ""]];

/** The first script or style sheet of the page, which the build has made. */
function builtFile(earlier: Earlier): string {
  const page = earlier.get("the page")?.text ?? "";
  return /(?:src|href)="\.?(\/[^"]+\.(?:js|css))"/u.exec(page)?.[1] ?? "/no-script";
}

const PAGES: readonly Step[] = [
  { name: "the page", target: "/" },
  { name: "HEAD of the page", method: "HEAD", target: "/" },
  { name: "the page, compressed", target: "/", fields: gzip },
  { name: "the page, posted to", method: "POST", target: "/", fields: JSON_BODY, body: "{}" },
  { name: "JSON", method: "POST", target: "/echo?a=1&a=%20&b", fields: JSON_BODY, body: '{"a":[1,"\\u00e9"]}' },
  { name: "broken JSON", method: "POST", target: "/echo", fields: JSON_BODY, body: "{" },
  { name: "a query", target: "/echo?a=1&a=%20&b" },
  { name: "a method that is not there", method: "DELETE", target: "/echo" },
  { name: "a stream", target: "/stream" },
  { name: "a redirect", target: "/go" },
  { name: "no such page", target: "/nowhere" },
  { name: "a path that climbs", target: "/%2e%2e/%2e%2e/package.json" },
  { name: "two slashes", target: "//echo" },
  {
    name: "a body in chunks",
    octets:
      "POST /echo HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n",
  },
];

const FILES: readonly Step[] = [
  { name: "a public file", target: "/plain.txt" },
  { name: "HEAD of a public file", method: "HEAD", target: "/plain.txt" },
  { name: "a public file, unchanged", target: "/plain.txt", fields: unchanged("a public file") },
  { name: "part of a public file", target: "/plain.txt", fields: [["Range", "bytes=1-2"]] },
  { name: "a public file, posted to", method: "POST", target: "/plain.txt", body: "x" },
];

/** Where files are mounted, those say themselves that this is no path. */
const BROKEN_ESCAPE: Step = { name: "an escape that is none", target: "/%ff" };

const LARGE = "0123456789".repeat(40_000);

const largeBody = (target: string): Step => ({ name: "a large body", method: "PUT", target, body: LARGE });

const BUILT: readonly Step[] = [
  { name: "a built file", target: builtFile },
  { name: "a built file, unchanged", target: builtFile, fields: unchanged("a built file") },
  { name: "part of a built file", target: builtFile, fields: [["Range", "bytes=0-3"]] },
];

const FORM: readonly Step[] = [
  {
    name: "a form",
    method: "POST",
    target: "/form",
    fields: [
      ["Content-Type", "application/x-www-form-urlencoded"],
      ["Origin", "http://a.example"],
    ],
    body: "word=two+words",
  },
  {
    name: "a form from elsewhere",
    method: "POST",
    target: "/form",
    fields: [
      ["Content-Type", "application/x-www-form-urlencoded"],
      ["Origin", "http://b.example"],
    ],
    body: "word=x",
  },
];

export function probeOf(steps: readonly Step[]): Probe {
  return { kind: "node", app: () => () => {}, steps: steps.map((step) => ({ ...step, exchanges: 0 })) };
}

/** The engine ends a connection behind a body in chunks (docs/decisions/002). */
const CLOSES = ["+ connection: close", "+ the end of the connection is announced"];
const CHUNKED_BODY: DeviationsOf = { "a body in chunks": CLOSES.join("\n") };

/** Ended without a length by code of the framework's. */
function endedAtOnce(...steps: readonly string[]): DeviationsOf {
  return Object.fromEntries(steps.map((step) => [step, KNOWN_LENGTH]));
}

const PLAIN: Readonly<Record<string, string>> = { "/plain.txt": "plain\n" };

const NITRO_STEPS: readonly Step[] = [...PAGES, largeBody("/size"), { name: "an error of its own", target: "/teapot" }];

export const NITRO: Framework = {
  folder: "nitro",
  packages: ["nitropack@2.13.6"],
  build: ["nitropack", "build"],
  ways: [
    {
      name: "Nitro's server (node-server)",
      node: [".output/server/index.mjs"],
      easyserver: ["."],
      says: "found a Nitro project, .output/server/index.mjs (.output/nitro.json)",
      steps: [
        ...NITRO_STEPS,
        BROKEN_ESCAPE,
        ...FILES,
        { name: "a public file, compressed", target: "/long.txt", fields: gzip },
      ],
      deviations: CHUNKED_BODY,
    },
    {
      name: "Nitro's listener (node-listener)",
      rebuiltWith: { NITRO_PRESET: "node-listener" },
      node: ["listener.mjs"],
      easyserver: ["."],
      says: "found a Nitro project, .output/server/index.mjs (.output/nitro.json)",
      steps: NITRO_STEPS,
      files: PLAIN,
      deviations: CHUNKED_BODY,
    },
  ],
};

const SVELTEKIT_STEPS: readonly Step[] = [...PAGES, BROKEN_ESCAPE, largeBody("/echo"), ...FILES, ...BUILT, ...FORM];

export const SVELTEKIT: Framework = {
  folder: "svelte",
  packages: [
    "@sveltejs/kit@2.70.4",
    "@sveltejs/adapter-node@5.5.7",
    "@sveltejs/vite-plugin-svelte@5.1.1",
    "svelte@5.57.3",
    "vite@6.4.6",
  ],
  build: ["vite", "build"],
  variables: { ORIGIN: "http://a.example" },
  ways: [
    {
      name: "SvelteKit's server",
      node: ["build/index.js"],
      easyserver: ["."],
      says: "found a SvelteKit project, build/index.js (@sveltejs/kit in package.json)",
      steps: SVELTEKIT_STEPS,
      deviations: { ...CHUNKED_BODY, ...endedAtOnce("a redirect") },
    },
    {
      name: "SvelteKit's handler",
      node: ["listener.mjs"],
      easyserver: ["build/handler.js"],
      steps: SVELTEKIT_STEPS,
      deviations: { ...CHUNKED_BODY, ...endedAtOnce("a redirect") },
    },
  ],
};

/** Astro's answers have no length: the engine ends them, and the connection with them. */
const ASTRO_BODY: DeviationsOf = { "a body in chunks": "+ connection: close\n+ the connection ended (end)" };

const ASTRO_STEPS: readonly Step[] = [...PAGES, largeBody("/echo")];

export const ASTRO: Framework = {
  folder: "astro",
  packages: ["astro@5.18.2", "@astrojs/node@9.5.5"],
  build: ["astro", "build"],
  variables: { ASTRO_TELEMETRY_DISABLED: "1" },
  ways: [
    {
      name: "Astro's server (standalone)",
      node: ["dist/server/entry.mjs"],
      easyserver: ["."],
      says: "found an Astro project, dist/server/entry.mjs (astro.config.js)",
      steps: [
        ...ASTRO_STEPS,
        BROKEN_ESCAPE,
        ...FILES,
        ...BUILT,
        { name: "a page made at build time", target: "/still" },
      ],
      deviations: { ...ASTRO_BODY, ...endedAtOnce("a redirect", "broken JSON", "an escape that is none") },
    },
    {
      name: "Astro's middleware",
      rebuiltWith: { ASTRO_MODE: "middleware" },
      node: ["listener.mjs"],
      easyserver: ["."],
      says: "found an Astro project, dist/server/entry.mjs (astro.config.js)",
      steps: ASTRO_STEPS,
      files: PLAIN,
      deviations: { ...ASTRO_BODY, ...endedAtOnce("a redirect", "broken JSON") },
    },
  ],
};

/** Its files are served by Express and `compression`, ours as all our files are. */
const KEPT: readonly string[] = ["- cache-control: public, max-age=0", "+ cache-control: no-cache"];
const TEXT: readonly string[] = [
  "- content-type: text/plain; charset=UTF-8",
  "+ content-type: text/plain; charset=utf-8",
];
const SCRIPT: readonly string[] = [
  "- content-type: application/javascript; charset=UTF-8",
  "+ content-type: text/javascript; charset=utf-8",
];
const PAGE: readonly string[] = [
  "- content-type: text/html; charset=utf-8",
  "- vary: Accept-Encoding",
  "+ content-type: text/html",
];
const TAG: readonly string[] = ['- etag: W/"*"', '+ etag: "*"', "+ x-content-type-options: nosniff"];
const VARY: readonly string[] = ["- vary: Accept-Encoding", "+ vary: accept-encoding"];
const NOT_MODIFIED: readonly string[] = ["- last-modified: *", "+ vary: accept-encoding"];

const SERVED_BY_EXPRESS: DeviationsOf = {
  "the page": inOrder(PAGE),
  "a public file, posted to": inOrder(PAGE),
  "a public file": inOrder(KEPT, TEXT, TAG, VARY),
  "HEAD of a public file": inOrder(KEPT, TEXT, TAG, VARY),
  "part of a public file": inOrder(KEPT, TEXT, TAG, VARY),
  "a public file, unchanged": inOrder(KEPT, TAG, NOT_MODIFIED),
  "a built file": inOrder(SCRIPT, TAG, VARY),
  "part of a built file": inOrder(SCRIPT, TAG, VARY),
  "a built file, unchanged": inOrder(TAG, NOT_MODIFIED),
};

/** Lines of a difference, as it has them: what is missing, then what is added; of each the fields first, by name. */
function inOrder(...parts: readonly (readonly string[])[]): string {
  const lines = parts.flat().toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return [...lines.filter((line) => line.startsWith("-")), ...lines.filter((line) => line.startsWith("+"))].join("\n");
}

function placeOf(line: string): string {
  return `${/^..[\w-]+: /u.test(line) ? 0 : 1}${line.slice(2)}`;
}

export const REACT_ROUTER: Framework = {
  folder: "react-router",
  packages: [
    "react-router@7.18.4",
    "@react-router/dev@7.18.4",
    "@react-router/node@7.18.4",
    "@react-router/serve@7.18.4",
    "isbot@5.2.3",
    "react@19.2.0",
    "react-dom@19.2.0",
    "vite@6.4.6",
  ],
  build: ["react-router", "build"],
  ways: [
    {
      name: "React Router's listener",
      node: ["listener.mjs"],
      easyserver: ["."],
      says: "found a React Router project, build/server/index.js (react-router.config.js)",
      steps: [...PAGES, largeBody("/echo"), ...FORM],
      files: PLAIN,
      deviations: {
        ...endedAtOnce("JSON", "broken JSON", "a query", "a method that is not there", "a redirect"),
        ...endedAtOnce("a large body", "a form from elsewhere"),
        "a body in chunks": inOrder(KNOWN_LENGTH.split("\n"), CLOSES),
        // Their listener takes the second segment for a host, and shows the home page.
        "two slashes": "- status 200 OK\n- x-page: home\n- another body\n+ status 404 Not Found\n+ another body",
      },
    },
    {
      name: "react-router-serve",
      node: ["node_modules/@react-router/serve/bin.js", "build/server/index.js"],
      easyserver: ["build/server/index.js"],
      steps: [{ name: "the page", target: "/" }, ...FILES, ...BUILT],
      deviations: SERVED_BY_EXPRESS,
    },
  ],
};
