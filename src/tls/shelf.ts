// What does the store hold about certificates? Pairs with their facts, and the attempts that failed.

import { createHash, randomUUID } from "node:crypto";
import { type ReadPair, readPair } from "./pair.ts";
import { loadJson, segment, type Store, storeJson } from "./store.ts";
import type { RenewalWindow } from "./renewal.ts";

/** The folder of pairs that somebody brought along (`easyserver certs import`). */
export const IMPORTED_ID = "imported";

/** What is known of a stored pair beside itself. All of it can be lost without harm. */
export interface Facts {
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly obtained: number;
  /** Made because somebody asked for the name. */
  readonly onDemand: boolean;
  /** When the authority wants it renewed: the moment we chose in its window (ops B23). */
  readonly renewal: { readonly window: RenewalWindow; readonly chosen: number; readonly askAgain: number } | null;
}

/** A stored pair. */
export interface Shelved {
  /** The folder it lies in: the authority it is from. */
  readonly authority: string;
  readonly pair: ReadPair;
  readonly facts: Facts;
}

/** Attempts in a row that failed, and one that is being made: a process that dies in the middle leaves it behind. */
export interface Attempts {
  readonly count: number;
  /** Time of the first of them. */
  readonly since: number;
  /** No attempt before this moment. */
  readonly next: number;
  readonly error: string | null;
  readonly names: readonly string[];
}

/** One folder for each set of names. */
export function shelfId(names: readonly string[]): string {
  const [first = ""] = names;
  if (names.length === 1) return segment(first);
  const digest = createHash("sha256").update(names.toSorted().join(" ")).digest("hex");
  return `${segment(first)}_${digest.slice(0, 8)}`;
}

function pairKey(authority: string, id: string, kind: "pem" | "json"): string {
  return `certificates/${authority}/${id}/${id}.${kind}`;
}

/** The pair of an authority for an id; `null` where there is none that could be served. */
export async function loadPair(store: Store, authority: string, id: string): Promise<Shelved | null> {
  const bytes = await store.load(pairKey(authority, id, "pem"));
  if (bytes === null) return null;
  const text = Buffer.from(bytes).toString("utf8");
  const start = text.search(/-----BEGIN [A-Z ]*PRIVATE KEY-----/u);
  if (start === -1) return null;
  try {
    const pair = readPair(text.slice(0, start), text.slice(start), authority === "local" ? "local-ca" : "acme");
    const found = await loadJson<Facts>(store, pairKey(authority, id, "json"));
    return { authority, pair, facts: factsFrom(found, pair) };
  } catch {
    return null;
  }
}

function factsFrom(found: Partial<Facts> | null, pair: ReadPair): Facts {
  const renewal = found?.renewal ?? null;
  const isComplete = [renewal?.chosen, renewal?.askAgain, renewal?.window?.start, renewal?.window?.end].every(
    Number.isFinite,
  );
  return {
    names: pair.names,
    obtained: found?.obtained ?? pair.notBefore,
    onDemand: found?.onDemand === true,
    renewal: isComplete ? renewal : null,
  };
}

/** Chain and key are one value, so that no reader and no crash can see a new one with an old one. */
export async function savePair(store: Store, id: string, { authority, pair, facts }: Shelved): Promise<void> {
  const text = `${pair.chainPem.trim()}\n${pair.keyPem.trim()}\n`;
  await store.store(pairKey(authority, id, "pem"), Buffer.from(text));
  await saveFacts(store, id, authority, facts);
  await storeJson(store, GENERATION, { id: randomUUID() });
}

export async function saveFacts(store: Store, id: string, authority: string, facts: Facts): Promise<void> {
  await storeJson(store, pairKey(authority, id, "json"), facts);
}

const GENERATION = "generation.json";

/** A word that changes whenever any process stores a pair. */
export async function generation(store: Store): Promise<string> {
  return (await loadJson<{ id: string }>(store, GENERATION))?.id ?? "";
}

/** Every pair in the store. */
export async function listPairs(store: Store): Promise<readonly (Shelved & { readonly id: string })[]> {
  const found: (Shelved & { id: string })[] = [];
  for (const key of await store.list("certificates")) {
    const [, authority = "", id = ""] = /^certificates\/([^/]+)\/([^/]+)\/[^/]+\.pem$/u.exec(key) ?? [];
    const shelved = id === "" ? null : await loadPair(store, authority, id);
    if (shelved !== null) found.push({ ...shelved, id });
  }
  return found;
}

export async function removePair(store: Store, authority: string, id: string): Promise<void> {
  await store.delete(`certificates/${authority}/${id}`);
}

function attemptsKey(id: string): string {
  return `attempts/${id}.json`;
}

export async function loadAttempts(store: Store, id: string): Promise<Attempts | null> {
  const found = await loadJson<Attempts>(store, attemptsKey(id));
  if (typeof found?.count !== "number" || typeof found.next !== "number") return null;
  const names = Array.isArray(found.names) ? found.names : [];
  return { count: found.count, since: found.since ?? 0, next: found.next, error: found.error ?? null, names };
}

export async function saveAttempts(store: Store, id: string, attempts: Attempts | null): Promise<void> {
  if (attempts === null) await store.delete(attemptsKey(id));
  else await storeJson(store, attemptsKey(id), attempts);
}

/** Every name that failed lately, by id. */
export async function listAttempts(store: Store): Promise<ReadonlyMap<string, Attempts>> {
  const found = new Map<string, Attempts>();
  for (const key of await store.list("attempts")) {
    const id = key.replace(/^attempts\/|\.json$/gu, "");
    const attempts = await loadAttempts(store, id);
    if (attempts !== null) found.set(id, attempts);
  }
  return found;
}
