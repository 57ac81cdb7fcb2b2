// Which certificates does this server have, and who looks after them? The one source that obtains and renews by itself.

import { setTimeout as wait } from "node:timers/promises";
import type { CertificatePair, CertificateSource } from "./certificate.ts";
import { type CertificateEvent, plainEvent } from "./events.ts";
import type { Issuer } from "./issuer.ts";
import { ManagedCertificate, type ManagedParts } from "./managed.ts";
import { covers, type SubjectName, subjectName } from "./names.ts";
import type { OnDemand } from "./on-demand.ts";
import { isLongGone } from "./renewal.ts";
import { generation, IMPORTED_ID, listPairs, removePair } from "./shelf.ts";
import { checkStore, type Store } from "./store.ts";
import { type ChallengeTokens, cleanTokens } from "./tokens.ts";

/** What a manager is made of. */
export interface ManagerParts {
  readonly store: Store;
  readonly tokens: ChallengeTokens;
  /** Names of each certificate; the first certificate is the default one. */
  readonly certificates: readonly (readonly SubjectName[])[];
  /** For public names, in order of preference. */
  readonly issuers: readonly Issuer[];
  /** For names that no public authority knows. */
  readonly local: Issuer;
  readonly onDemand: OnDemand | null;
  readonly reuseKey: boolean;
  readonly onEvent: (event: CertificateEvent) => void;
  readonly now: () => number;
  readonly random: () => number;
  /** Shares the store's probes with no other process. */
  readonly processId: string;
  /** How often it looks at the store and the clock, in milliseconds. */
  readonly lookMs: number;
}

const CLEAN_MS = 86_400_000;
const STALE_TOKEN_MS = 86_400_000;

// A request to an authority may hang for a minute; a server that stops does not wait for it.
const CLOSE_MS = 3000;

// While more names than this are due, the rest waits for a later turn of the loop.
const AT_ONCE = 5;

// Before this, no copy of this program existed: a clock that says so is wrong (ops B35).
const WRITTEN_MS = Date.UTC(2026, 10, 1);

/** A source that looks after itself. It takes no time and no network until `start`. */
export function createManager(parts: ManagerParts): Manager {
  return new Manager(parts);
}

export class Manager implements CertificateSource {
  onChange: CertificateSource["onChange"] = null;
  readonly #parts: ManagerParts;
  readonly #managed: ManagedCertificate[] = [];
  readonly #placeholders = new Map<ManagedCertificate, CertificatePair>();
  readonly #stopping = new AbortController();
  #generation = "";
  #isStarted = false;
  #cleanAt = 0;
  #loop: Promise<void> | null = null;
  #nap = new AbortController();

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    for (const names of parts.certificates) this.#managed.push(this.#certificate(names, false));
  }

  async start(): Promise<readonly CertificatePair[]> {
    const { store, processId, now, onEvent } = this.#parts;
    await checkStore(store, processId);
    if (now() < WRITTEN_MS) {
      const problem = `it says ${new Date(now()).toISOString()}`;
      onEvent(plainEvent("cert_clock", { problem, problemType: "clock" }));
    }
    this.#generation = await generation(store);
    await this.#findOnDemand();
    await Promise.all(this.#managed.map((managed) => managed.adopt()));
    for (const managed of this.#managed) {
      const isLocal = managed.names.every((name) => isLocalName(name));
      // The local authority takes milliseconds: no browser need ever see a placeholder there.
      if (isLocal && managed.isDue) await managed.attend();
      else managed.announceCached();
      if (managed.pair === null) this.#placeholders.set(managed, await placeholderFor(managed.names, now()));
    }
    this.#isStarted = true;
    if (this.#managed.length === 0) return [await placeholderFor(["localhost"], now())];
    return this.#pairs();
  }

  /** The ports are open, so that an authority can reach us: orders may begin. */
  listening(): void {
    this.#loop ??= this.#run();
  }

  challenge(_host: string, token: string): string | null | Promise<string | null> {
    return this.#parts.tokens.find(token);
  }

  async firstContact(host: string): Promise<void> {
    const { onDemand } = this.#parts;
    const name = subjectName(host);
    if (onDemand === null || "fault" in name || name.kind !== "dns" || name.scope !== "public") return;
    let managed = this.#managed.find(({ names }) => covers(names, name.name));
    if (managed === undefined) {
      if (!(await onDemand.allows(name.name))) return;
      managed = this.#managed.find(({ names }) => covers(names, name.name));
    }
    if (managed === undefined) {
      managed = this.#certificate([name], true);
      this.#managed.push(managed);
    }
    if (managed.pair === null && managed.nextAt <= this.#parts.now() && (await managed.attend())) this.#announce();
  }

  /** Renews these names now, or all, whatever their age. For `easyserver certs renew`. Never rejects. */
  async renew(names: readonly string[]): Promise<void> {
    const wanted = this.#managed.filter(
      (managed) => names.length === 0 || managed.names.some((name) => names.includes(name)),
    );
    for (const managed of wanted) await managed.attend(true);
    this.#announce();
  }

  get certificates(): readonly ManagedCertificate[] {
    return this.#managed;
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error("the server stops"));
    this.#nap.abort();
    const settled = Promise.all([this.#loop, ...this.#managed.map((managed) => managed.settled())]);
    await Promise.race([settled, wait(CLOSE_MS, undefined, { ref: false })]);
    await this.#parts.store.close();
  }

  async #run(): Promise<void> {
    const { now, lookMs } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      await this.#look();
      const idle = this.#managed.filter(({ isWorking }) => !isWorking);
      const due = idle.filter(({ nextAt }) => nextAt <= now());
      const free = AT_ONCE - (this.#managed.length - idle.length);
      for (const managed of due.slice(0, Math.max(free, 0))) void this.#attend(managed);
      if (now() >= this.#cleanAt) await this.#clean();
      const next = Math.min(...this.#managed.filter(({ isWorking }) => !isWorking).map(({ nextAt }) => nextAt));
      // Computed anew from the time of day each time, so that sleep and a changed clock cost half a minute (ops B29).
      const pauseMs = free <= due.length ? lookMs : Math.min(Math.max(next - now(), 50), lookMs);
      if (!this.#stopping.signal.aborted) await this.#pause(pauseMs);
    }
  }

  async #attend(managed: ManagedCertificate): Promise<void> {
    if (await managed.attend()) this.#announce();
    this.#nap.abort();
  }

  async #pause(ms: number): Promise<void> {
    this.#nap = new AbortController();
    await wait(ms, undefined, { signal: this.#nap.signal, ref: false }).catch(() => {});
  }

  /** Sees whether another process stored something, or the store forgot everything. */
  async #look(): Promise<void> {
    const { store } = this.#parts;
    try {
      const current = await generation(store);
      if (current === this.#generation) return;
      const changed = [];
      for (const managed of this.#managed) {
        if (current === "") await managed.heal();
        changed.push(await managed.adopt());
      }
      this.#generation = await generation(store);
      if (changed.some(Boolean)) this.#announce();
    } catch {
      // The next look will tell; what is due reports by itself.
    }
  }

  async #clean(): Promise<void> {
    const { store, now } = this.#parts;
    this.#cleanAt = now() + CLEAN_MS;
    try {
      for (const { authority, id, pair } of await listPairs(store)) {
        if (isLongGone(pair.notAfter, now()) && !this.#isServed(pair)) await removePair(store, authority, id);
      }
      await cleanTokens(store, Date.now() - STALE_TOKEN_MS);
    } catch {
      // Tomorrow, then.
    }
  }

  #isServed({ chainPem }: CertificatePair): boolean {
    return this.#managed.some(({ pair }) => pair?.chainPem === chainPem);
  }

  /** Certificates that were made on demand are served again after a restart. */
  async #findOnDemand(): Promise<void> {
    if (this.#parts.onDemand === null) return;
    for (const { facts, authority } of await listPairs(this.#parts.store)) {
      const [first = ""] = facts.names;
      const name = subjectName(first);
      if (!facts.onDemand || authority === IMPORTED_ID || "fault" in name) continue;
      if (!this.#managed.some(({ names }) => covers(names, first))) this.#managed.push(this.#certificate([name], true));
    }
  }

  #certificate(names: readonly SubjectName[], onDemand: boolean): ManagedCertificate {
    const { store, issuers, local, now, random, onEvent, reuseKey } = this.#parts;
    const isLocal = names.some(({ scope }) => scope === "local");
    const { signal } = this.#stopping;
    const onReplaced = (): void => this.#announce();
    const parts: ManagedParts = { store, now, random, onEvent, reuseKey, signal, onReplaced };
    const wishes = { names: names.map(({ name }) => name), issuers: isLocal ? [local] : issuers, onDemand };
    return new ManagedCertificate(wishes, parts);
  }

  #pairs(): readonly CertificatePair[] {
    return this.#managed.flatMap((managed) => managed.pair ?? this.#placeholders.get(managed) ?? []);
  }

  #announce(): void {
    if (this.#isStarted) this.onChange?.(this.#pairs());
  }
}

// Loaded when it is needed: most starts find what they had before.
async function placeholderFor(names: readonly string[], now: number): Promise<CertificatePair> {
  const { placeholder } = await import("./local-ca.ts");
  return await placeholder(names, now);
}

function isLocalName(name: string): boolean {
  const read = subjectName(name);
  return !("fault" in read) && read.scope === "local";
}
