// Pages that a Next app has rendered for good at its build, answered with what Next itself says of them as long as nothing
// has been revalidated.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Exchange, gzipChoice, type NativeEntry, type Reply } from "../src/internal.ts";
import { type Answer, question } from "./node/question.ts";
import { manifest, type NextBuild, type NextConfig, type NextRequire } from "./next-files.ts";
import { finishedPaths, type PrerenderManifest } from "./next-manifests.ts";

/** Paths whose pages never change by themselves, and a look at whether anybody has changed one. */
export interface FinishedPages {
  readonly paths: ReadonlySet<string>;
  /** Something was revalidated in this process: from then on only Next knows what a page is. */
  readonly isOutdated: () => boolean;
  /** With it a request may have a page made anew; `null` for none. */
  readonly revalidationKey: string | null;
}

/** The list of what was revalidated, where Next 15 and 16 keep it in memory. Earlier ones have it elsewhere. */
const REVALIDATED = "next/dist/server/lib/incremental-cache/tags-manifest.external.js";

/**
 * The finished pages of a built app, or `null` for none. There are none, either, where something beyond Next's own cache may have a
 * say (a cache of the app's own, languages), or wants to hear of each request (`instrumentation`).
 */
export function findFinishedPages(built: NextBuild, config: NextConfig, load: NextRequire): FinishedPages | null {
  if (config.i18n != null || config.cacheHandler != null) return null;
  if (Object.values(config.cacheHandlers ?? {}).some((handler) => handler != null)) return null;
  const server = join(built.distDir, "server");
  if (existsSync(join(server, "instrumentation.js"))) return null;
  // `res.revalidate()` has pages made anew, and leaves no trace in the list.
  if (Object.keys(manifest(server, "pages-manifest.json")).some((page) => page.startsWith("/api"))) return null;
  const prerendered = manifest(built.distDir, "prerender-manifest.json") as PrerenderManifest;
  const paths = finishedPaths(prerendered, { ...built, isMeaningless: (name) => WITHOUT_MEANING.has(name) });
  const revalidated = revalidatedTags(load);
  if (paths.size === 0 || revalidated === null) return null;
  const key = prerendered.preview?.previewModeId;
  return {
    paths,
    isOutdated: () => revalidated.size > 0,
    revalidationKey: typeof key === "string" ? key : null,
  };
}

function revalidatedTags(load: NextRequire): ReadonlyMap<string, unknown> | null {
  try {
    const { tagsManifest } = load(REVALIDATED) as { readonly tagsManifest?: unknown };
    return tagsManifest instanceof Map ? tagsManifest : null;
  } catch {
    return null;
  }
}

/** Of a request: Next answers a finished page alike whatever they say. Any other field may mean something to it. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "connection",
  "cookie",
  "dnt",
  "forwarded",
  "host",
  "if-none-match",
  "pragma",
  "priority",
  "referer",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "sec-gpc",
  "upgrade-insecure-requests",
  "user-agent",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
]);

/** Draft mode and preview mode, and a test of Next's own. */
const TELLING_COOKIE = /__prerender_bypass|__next_preview_data|next-instant-navigation-testing/;

/** Of an answer: a length is the engine's to say. */
const LENGTH = "content-length";

/** What is kept at most, in all; and of how many answers of one path a learner looks at before it leaves them to Next. */
const KEEP_BYTES = 32 * 1024 * 1024;
const MAX_TRIES = 3;

type Coding = NonNullable<ReturnType<typeof gzipChoice>>;
type Around = Parameters<NativeEntry>[1];

/** What Next answers to a request for one path in one coding. */
interface Learned {
  readonly whole: Reply;
  readonly etag: string | null;
  readonly notModified: Reply | null;
}

export class NextPages {
  readonly #pages: FinishedPages;
  readonly #render: NativeEntry;
  readonly #learned = new Map<string, Learned>();
  readonly #tries = new Map<string, number>();
  #keptBytes = 0;
  #isOutdated = false;

  /** `render` is the way to Next. */
  constructor(pages: FinishedPages, render: NativeEntry) {
    this.#pages = pages;
    this.#render = render;
  }

  /** `null` for what Next has to answer. What it answers for the first time is learned meanwhile. */
  answer(exchange: Exchange, around: Around): Reply | null {
    const { method, path, target } = exchange;
    if (method !== "GET" || target !== path || !this.#pages.paths.has(path)) return null;
    if (!isPlain(exchange.fields)) {
      this.#suspect(exchange);
      return null;
    }
    const coding = gzipChoice(exchange.field("accept-encoding"));
    if (coding === null || this.#isOutdated || this.#pages.isOutdated()) return null;
    const key = `${coding} ${path}`;
    const learned = this.#learned.get(key);
    if (learned === undefined) {
      this.#learn(key, path, coding, around);
      return null;
    }
    if (!exchange.isConditional) return learned.whole;
    const isKnown = exchange.field("if-none-match") === learned.etag;
    const isReloaded = exchange.field("cache-control") !== null;
    return isKnown && !isReloaded ? learned.notModified : null;
  }

  /** Who knows the key has a page made anew, and other pages perhaps. */
  #suspect(exchange: Exchange): void {
    const { revalidationKey } = this.#pages;
    if (revalidationKey !== null && exchange.field("x-prerender-revalidate") === revalidationKey)
      this.#isOutdated = true;
  }

  #learn(key: string, path: string, coding: Coding, around: Around): void {
    const tries = this.#tries.get(key) ?? 0;
    if (tries >= MAX_TRIES || this.#keptBytes >= KEEP_BYTES) return;
    // Nobody else learns it meanwhile.
    this.#tries.set(key, MAX_TRIES);
    const accepted = coding === "gzip" ? ["accept-encoding", "gzip"] : [];
    const render = this.#render;
    void learn((more) => question(render, around, path, ["host", "localhost", ...accepted, ...more])).then(
      (learned) => this.#learnedOf(key, tries + 1, learned),
      // Whoever asked gets the same failure from Next itself, and Next has reported it.
      () => this.#learnedOf(key, tries + 1, null),
    );
  }

  #learnedOf(key: string, tries: number, learned: Learned | null): void {
    this.#tries.set(key, tries);
    if (learned === null || this.#pages.isOutdated()) return;
    this.#learned.set(key, learned);
    this.#keptBytes += (learned.whole.body as Uint8Array).byteLength;
  }
}

/** Next's own words for the page, or `null` where they are not those of a finished one. */
async function learn(ask: (more: readonly string[]) => Promise<Answer>): Promise<Learned | null> {
  const first = await ask([]);
  const { status, fields } = first;
  if (status !== 200 || valueOf(fields, "x-nextjs-cache") !== "HIT" || valueOf(fields, "set-cookie") !== null)
    return null;
  const whole = replyOf(first);
  const etag = valueOf(fields, "etag");
  if (etag === null) return { whole, etag, notModified: null };
  const second = await ask(["if-none-match", etag]);
  return { whole, etag, notModified: second.status === 304 ? replyOf(second) : null };
}

function replyOf({ status, fields, bytes }: Answer): Reply {
  const kept = fields.filter((_, i) => fields[i - (i % 2)]!.toLowerCase() !== LENGTH);
  const body = status === 304 ? null : bytes;
  return Object.freeze({ status, reason: "", fields: kept, body, sizeBytes: null, close: false });
}

function valueOf(fields: readonly string[], name: string): string | null {
  const at = fields.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? null : fields[at + 1]!;
}

/** Whether the request says nothing that Next may want to hear. */
function isPlain(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    if (!WITHOUT_MEANING.has(name)) return false;
    if (name === "cookie" && TELLING_COOKIE.test(fields[i + 1]!)) return false;
  }
  return true;
}

/** Answers for finished pages, and leaves everything else to `next`. */
export function pagesFirst(pages: NextPages, next: NativeEntry): NativeEntry {
  return (exchange, around, scope) => {
    const answer = exchange.upgrade == null ? pages.answer(exchange, around) : null;
    if (answer === null) next(exchange, around, scope);
    else exchange.send(answer);
  };
}
