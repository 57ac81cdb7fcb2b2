// One certificate: what is served for it, whether it is due, and how it is replaced.

import { setTimeout as wait } from "node:timers/promises";
import { type CertificateEvent, plainEvent } from "./events.ts";
import type { Issued, Issuer } from "./issuer.ts";
import { type ReadPair, readPair } from "./pair.ts";
import { PACED } from "./acme/problem.ts";
import { isPastHelp, problemType } from "./failing.ts";
import { askAgainIn, momentIn, renewAt, retryDelay } from "./renewal.ts";
import {
  type Attempts,
  IMPORTED_ID,
  loadAttempts,
  loadPair,
  saveAttempts,
  saveFacts,
  savePair,
  shelfId,
  type Shelved,
} from "./shelf.ts";
import type { Store } from "./store.ts";

/** What all certificates of a manager share. */
export interface ManagedParts {
  readonly store: Store;
  readonly now: () => number;
  readonly random: () => number;
  readonly onEvent: (event: CertificateEvent) => void;
  /** A new certificate was made, and `pair` gives it. */
  readonly onReplaced: () => void;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
  readonly reuseKey: boolean;
}

/** One certificate's wishes. */
export interface ManagedSettings {
  readonly names: readonly string[];
  /** In order of preference; the next is asked when one fails (ops B18). */
  readonly issuers: readonly Issuer[];
  readonly onDemand: boolean;
}

// While another process is at work on the same names.
const LOCK_POLL_MS = 1000;

const STORE_RETRY_MS = 30_000;

// A problem that only people can solve is not worth an attempt a minute.
const LASTING_RETRY_MS = 3_600_000;

export class ManagedCertificate {
  readonly names: readonly string[];
  readonly onDemand: boolean;
  readonly id: string;
  /** When there is something to do next; milliseconds since 1970. */
  nextAt = 0;
  #current: Shelved | null = null;
  #attempts: Attempts | null = null;
  #working: Promise<boolean> | null = null;
  #askedUntil = 0;
  /** Nothing has been attended to yet. */
  #isFresh = true;
  readonly #issuers: readonly Issuer[];
  readonly #parts: ManagedParts;

  constructor(settings: ManagedSettings, parts: ManagedParts) {
    this.names = settings.names;
    this.onDemand = settings.onDemand;
    this.id = shelfId(settings.names);
    this.#issuers = settings.issuers;
    this.#parts = parts;
  }

  /** What can be served, also past its end; `null` before the first certificate. */
  get pair(): ReadPair | null {
    return this.#current?.pair ?? null;
  }

  /** When renewal may begin; 0 without a certificate. */
  get dueAt(): number {
    return this.#current === null ? 0 : dueAt(this.#current);
  }

  get isDue(): boolean {
    return this.dueAt <= this.#parts.now();
  }

  /** Takes over what the store has, if it is better. @throws ServerError `ERR_STORE` */
  async adopt(): Promise<boolean> {
    const { store, now } = this.#parts;
    let best = this.#current;
    for (const authority of [IMPORTED_ID, ...this.#issuers.map(({ id }) => id)]) {
      const found = await loadPair(store, authority, this.id);
      if (found !== null && this.#fits(found.pair) && isBetter(found, best, now())) best = found;
    }
    this.#attempts = await loadAttempts(store, this.id);
    const isNew = best !== null && best.pair.chainPem !== this.#current?.pair.chainPem;
    this.#current = best;
    this.nextAt = best === null ? 0 : Math.min(dueAt(best), best.facts.renewal?.askAgain ?? this.nextAt);
    return isNew;
  }

  /** Puts back what a store that lost its memory no longer has. @throws ServerError `ERR_STORE` */
  async heal(): Promise<void> {
    const current = this.#current;
    if (current === null || (await loadPair(this.#parts.store, current.authority, this.id)) !== null) return;
    await savePair(this.#parts.store, this.id, current);
  }

  announceCached(): void {
    if (this.#current !== null) this.#say("cert_cached", null, { nextTry: dueAt(this.#current) });
  }

  /**
   * Does what is to be done now, and says whether `pair` was taken over from the store; a new one is told by `onReplaced`.
   * Calls while one runs share its result. Never rejects.
   */
  async attend(force = false): Promise<boolean> {
    if (force) await this.#working;
    this.#working ??= this.#attend(force)
      .catch((error: unknown) => {
        this.nextAt = this.#parts.now() + STORE_RETRY_MS;
        if (!this.#parts.signal.aborted)
          this.#say("cert_store", null, { ...problemFacts(error), nextTry: this.nextAt });
        return false;
      })
      .finally(() => {
        this.#working = null;
      });
    return await this.#working;
  }

  get isWorking(): boolean {
    return this.#working !== null;
  }

  /** When nothing is being done any more. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #attend(force: boolean): Promise<boolean> {
    const { store, now, signal } = this.#parts;
    const changed = await this.adopt();
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    if (signal.aborted) return changed;
    if (!force && !this.isDue) {
      await this.#askAuthority();
      if (!this.isDue) return changed;
    }
    if (!force && this.#attempts !== null && this.#attempts.next > now()) {
      this.nextAt = this.#attempts.next;
      // Who starts the server anew sees no certificate, and why not was said by a process that is gone.
      if (isFresh) this.#pause(`the attempt before failed: ${this.#attempts.error ?? "it was cut short"}`);
      return changed;
    }
    const held = await store.tryLock(`issue-${this.id}`);
    if (held === null) {
      this.nextAt = now() + LOCK_POLL_MS;
      return changed;
    }
    try {
      const before = this.#attempts?.count ?? 0;
      // Whoever held the lock before may have done the work, or have failed at it.
      if ((await this.adopt()) && !this.isDue) return true;
      if (!force && (this.#attempts?.count ?? 0) !== before && (this.#attempts?.next ?? 0) > now()) return changed;
      await this.#obtain(AbortSignal.any([signal, held.lost]));
      return changed;
    } finally {
      await held.release();
    }
  }

  async #obtain(signal: AbortSignal): Promise<void> {
    const { store, now } = this.#parts;
    const quiet = await Promise.all(this.#issuers.map((issuer) => issuer.quietUntil()));
    const ready = this.#issuers.filter((_, index) => (quiet[index] ?? 0) <= now());
    if (ready.length === 0) return this.#wait(quiet);
    const before = this.#attempts;
    const count = (before?.count ?? 0) + 1;
    // Written down first: a process that dies in the middle of an order must not order again at once (ops B30).
    await this.#remember({ count, error: before?.error ?? null, delayMs: retryDelay(count, this.#parts.random) });
    let failure: unknown;
    for (const issuer of ready) {
      try {
        this.#say("cert_obtaining", issuer.label, {});
        const issued = await this.#issueAt(issuer, count, signal);
        await this.#keep(issuer, issued);
        return;
      } catch (error) {
        failure = error;
        if (signal.aborted) {
          await saveAttempts(store, this.id, before).catch(() => {});
          return;
        }
        this.#checkClock(error);
      }
    }
    if (problemType(failure) === PACED) {
      // Others took the last place meanwhile: nothing was asked, so nothing has failed.
      this.#attempts = before;
      await saveAttempts(store, this.id, before);
      return this.#wait(await Promise.all(this.#issuers.map((issuer) => issuer.quietUntil())));
    }
    const delayMs = Math.max(retryDelay(count, this.#parts.random), isPastHelp(failure) ? LASTING_RETRY_MS : 0);
    await this.#remember({ count, error: sentence(failure), delayMs });
    this.#say("cert_failed", ready.at(-1)?.label ?? null, { ...problemFacts(failure), nextTry: this.nextAt });
  }

  #wait(quiet: readonly number[]): void {
    this.nextAt = Math.min(...quiet);
    this.#pause("it asked to be left alone, or had enough orders for now");
  }

  #pause(problem: string): void {
    this.#say("cert_waiting", this.#issuers[0]?.label ?? null, { problem, nextTry: this.nextAt });
  }

  // After a failure, trials go where they cost nothing; success there earns one more real order (ops B17).
  async #issueAt(issuer: Issuer, count: number, signal: AbortSignal): Promise<Issued> {
    const current = this.#current;
    const request = {
      names: this.names,
      replaces: current !== null && current.authority === issuer.id ? current.pair.chainPem : null,
      keyPem: this.#parts.reuseKey ? (current?.pair.keyPem ?? null) : null,
      signal,
    };
    if (count > 1 && issuer.rehearsal !== null) await issuer.rehearsal.issue({ ...request, replaces: null });
    return await issuer.issue(request);
  }

  async #keep(issuer: Issuer, { chainPem, keyPem }: Issued): Promise<void> {
    const { now } = this.#parts;
    const wasThere = this.#current !== null;
    // A look at the store may forget them before the end of this.
    const attempt = this.#attempts?.count ?? 0;
    const pair = readPair(chainPem, keyPem, issuer.id === "local" ? "local-ca" : "acme");
    const facts = { names: this.names, obtained: now(), onDemand: this.onDemand, renewal: null };
    this.#current = { authority: issuer.id, pair, facts };
    const due = dueAt(this.#current);
    // Not at once: one that wants everything back would get an order with each answer.
    this.#askedUntil = now() + askAgainIn(null);
    this.nextAt = Math.min(due, this.#askedUntil);
    // What was paid for is served, even if the store fails now.
    this.#parts.onReplaced();
    await this.#persist(this.#current);
    if (pair.notBefore > now() + 60_000)
      this.#say("cert_clock", issuer.label, { problem: "a new certificate is not valid yet" });
    this.#say(wasThere ? "cert_renewed" : "cert_obtained", issuer.label, { attempt, nextTry: due });
    this.#attempts = null;
  }

  async #persist(shelved: Shelved): Promise<void> {
    const { store, signal } = this.#parts;
    for (let tries = 0; ; tries++) {
      try {
        await savePair(store, this.id, shelved);
        await saveAttempts(store, this.id, null);
        return;
      } catch (error) {
        this.#say("cert_store", null, problemFacts(error));
        if (tries >= 5 || signal.aborted) return;
        await wait(1000 * 2 ** tries, undefined, { ref: false });
      }
    }
  }

  async #remember(facts: { count: number; error: string | null; delayMs: number }): Promise<void> {
    const { store, now } = this.#parts;
    const { count, error } = facts;
    this.nextAt = now() + facts.delayMs;
    this.#attempts = { count, error, since: this.#attempts?.since ?? now(), next: this.nextAt, names: this.names };
    await saveAttempts(store, this.id, this.#attempts);
  }

  /** RFC 9773: asks when the authority wants this certificate renewed, if it is time to ask. */
  async #askAuthority(): Promise<void> {
    const current = this.#current;
    const issuer = this.#issuers.find(({ id }) => id === current?.authority);
    const { store, now, random } = this.#parts;
    if (current === null) return;
    const old = current.facts.renewal;
    const askAgain = issuer === undefined ? Number.POSITIVE_INFINITY : (old?.askAgain ?? this.#askedUntil);
    this.nextAt = Math.min(dueAt(current), askAgain);
    if (issuer === undefined || askAgain > now()) return;
    const advice = await issuer.renewalInfo(current.pair.chainPem).catch(() => undefined);
    this.#askedUntil = now() + askAgainIn(advice === null ? 43_200_000 : (advice?.retryAfterMs ?? null));
    this.nextAt = Math.min(dueAt(current), this.#askedUntil);
    if (advice === null || advice === undefined) return;
    const isSame = old !== null && old.window.start === advice.window.start && old.window.end === advice.window.end;
    const chosen = isSame ? old.chosen : momentIn(advice.window, random);
    const renewal = { window: advice.window, chosen, askAgain: this.#askedUntil };
    this.#current = { ...current, facts: { ...current.facts, renewal } };
    this.nextAt = Math.min(dueAt(this.#current), this.#askedUntil);
    await saveFacts(store, this.id, current.authority, this.#current.facts);
  }

  #fits(pair: ReadPair): boolean {
    return this.names.every((name) => pair.names.includes(name));
  }

  #checkClock(error: unknown): void {
    if (!/not yet valid|has expired|badSignatureAlgorithm/iu.test(sentence(error))) return;
    this.#say("cert_clock", null, { problem: sentence(error) });
  }

  #say(type: CertificateEvent["type"], issuer: string | null, facts: Partial<CertificateEvent>): void {
    const attempt = type === "cert_cached" ? 0 : (this.#attempts?.count ?? 0);
    const notAfter = this.#current?.pair.notAfter ?? null;
    this.#parts.onEvent(plainEvent(type, { issuer, names: this.names, attempt, notAfter, ...facts }));
  }
}

/** When the renewal of a stored pair may begin. */
export function dueAt({ pair, facts }: Shelved): number {
  return renewAt(pair, facts.renewal?.chosen ?? null);
}

// One that is not due beats one that is, and then one that somebody brought along. Else the one in hand stays, unless the
// other lives longer.
function isBetter(found: Shelved, best: Shelved | null, now: number): boolean {
  if (best === null) return true;
  const isFresh = dueAt(found) > now;
  const bestIsFresh = dueAt(best) > now;
  if (isFresh !== bestIsFresh) return isFresh;
  if (isFresh && found.authority === IMPORTED_ID) return true;
  if (found.authority === best.authority) return found.pair.notBefore >= best.pair.notBefore;
  return !bestIsFresh && found.pair.notAfter > best.pair.notAfter;
}

function problemFacts(error: unknown): Pick<CertificateEvent, "problem" | "problemType"> {
  return { problem: sentence(error), problemType: problemType(error) };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
