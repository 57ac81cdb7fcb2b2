// An order from its first request to the chain (RFC 8555 section 7.4), at one authority.

import { isIP } from "node:net";
import { ServerError } from "../../errors.ts";
import type { Issued, Issuer, IssueRequest, RenewalAdvice } from "../issuer.ts";
import { newKey } from "../key.ts";
import { readPair } from "../pair.ts";
import { renewalId } from "../der.ts";
import type { Store } from "../store.ts";
import type { ChallengeTokens } from "../tokens.ts";
import { type AccountSettings, forgetAccount, openAccount } from "./account.ts";
import { poll, prove } from "./challenges.ts";
import type { AcmeClient, AcmeOrder, OrderRequest } from "./client.ts";
import { type Directory, directoryId, directoryReader } from "./directory.ts";
import type { DnsProvider, PropagationSettings } from "./dns.ts";
import { getJson } from "./get-json.ts";
import { createPace } from "./pace.ts";
import { acmeFailure, heldBack, problemFrom, problemOf, retryAfterOf, settingsFailure } from "./problem.ts";

/** How to deal with one authority. */
export interface AcmeSettings {
  readonly directoryUrl: string;
  readonly rootPem: string | null;
  readonly email: string | null;
  readonly agreeToTerms: boolean;
  readonly eab: { readonly kid: string; readonly hmacKey: string } | null;
  /** Profile to ask for where the authority has profiles; `null` for its own choice. */
  readonly profile: string | null;
  /** Common name of the root's certificate whose chain is wanted, where there are several. */
  readonly preferredChain: string | null;
  readonly dns: DnsProvider | null;
  readonly propagation: PropagationSettings;
}

export interface AcmeParts {
  readonly store: Store;
  readonly tokens: ChallengeTokens;
  readonly now: () => number;
  /** An account was made at the authority of this name. */
  readonly onAccount?: (label: string, termsUrl: string | null) => void;
}

// RFC 8555 leaves the number to the authority; these are Let's Encrypt's, and the smallest of those known (ops B11).
const MAX_NAMES = 100;
const MAX_NAMES_OF_PROFILE = 25;

/** An authority that speaks ACME, without a place for trials: lazy-issuer.ts knows that. */
export function createAcmeIssuer(settings: AcmeSettings, parts: AcmeParts): Issuer {
  return new AcmeIssuer(settings, parts);
}

class AcmeIssuer implements Issuer {
  readonly id: string;
  readonly label: string;
  readonly rehearsal: null = null;
  readonly #settings: AcmeSettings;
  readonly #parts: AcmeParts;
  readonly #account: AccountSettings;
  readonly #pace: ReturnType<typeof createPace>;
  readonly #directory: ReturnType<typeof directoryReader>;

  constructor(settings: AcmeSettings, parts: AcmeParts) {
    this.id = directoryId(settings.directoryUrl);
    this.label = new URL(settings.directoryUrl).host;
    this.#settings = settings;
    this.#parts = parts;
    const onAccount = (termsUrl: string | null): void => parts.onAccount?.(this.label, termsUrl);
    this.#account = { ...settings, authorityId: this.id, label: this.label, onAccount };
    this.#pace = createPace(parts.store, this.id, parts.now);
    this.#directory = directoryReader(settings.directoryUrl, settings.rootPem);
  }

  async quietUntil(): Promise<number> {
    return await this.#pace.quietUntil();
  }

  async issue(request: IssueRequest): Promise<Issued> {
    try {
      return await this.#issue(request);
    } catch (error) {
      const problem = problemOf(error);
      if (problem !== null && problem.retryAfterMs !== null && (problem.status === 429 || problem.status === 503)) {
        await this.#pace.rest(this.#parts.now() + problem.retryAfterMs);
      }
      if (problem?.type !== "accountDoesNotExist") throw error;
      await forgetAccount(this.#account, this.#parts.store);
      return await this.#issue(request);
    }
  }

  async renewalInfo(chainPem: string): Promise<RenewalAdvice | null> {
    const signal = AbortSignal.timeout(60_000);
    const { renewalInfoUrl } = await this.#directory(signal);
    const id = renewalId(chainPem);
    if (renewalInfoUrl === null || id === null) return null;
    const { value, retryAfter } = await getJson(`${renewalInfoUrl}/${id}`, this.#settings.rootPem, signal);
    const { start, end } = (value["suggestedWindow"] ?? {}) as { start?: string; end?: string };
    const window = { start: Date.parse(start ?? ""), end: Date.parse(end ?? "") };
    if (!(window.start <= window.end))
      throw new ServerError("ERR_CERTIFICATE", `${this.label} gave no renewal window.`);
    const { explanationURL } = value;
    return {
      window,
      retryAfterMs: retryAfterOf(retryAfter, Date.now()) ?? 6 * 3_600_000,
      explanationUrl: typeof explanationURL === "string" ? explanationURL : null,
    };
  }

  async #issue(request: IssueRequest): Promise<Issued> {
    const { store, tokens } = this.#parts;
    const { signal } = request;
    const directory = await this.#directory(signal);
    const wanted = orderFor(request, directory, this.#settings.profile, this.label);
    const client = await openAccount(this.#account, directory, store, signal);
    if (!(await this.#pace.take(signal))) {
      throw heldBack(this.label);
    }
    const order = await newOrder(client, wanted);
    const { dns, propagation } = this.#settings;
    await prove(order, { client, label: this.label, tokens, dns, propagation, signal });
    return await this.#finish(client, order, request);
  }

  async #finish(client: AcmeClient, order: AcmeOrder, request: IssueRequest): Promise<Issued> {
    const keyPem = request.keyPem ?? (await newKey());
    const csr = await client.csr(request.names, keyPem);
    const ready = await this.#until(client, order, request, ["ready", "valid"]);
    if (ready.status === "ready") await client.finalize(ready, csr);
    const done = await this.#until(client, ready, request, ["valid"]);
    const chainPem = await client.certificate(done, this.#settings.preferredChain);
    const pair = readPair(chainPem, keyPem, "acme");
    const missing = request.names.filter((name) => !pair.names.includes(name));
    if (missing.length === 0) return { chainPem, keyPem };
    throw new ServerError("ERR_CERTIFICATE", `${this.label} left out of the certificate: ${missing.join(", ")}.`);
  }

  // The library takes "ready" for done.
  async #until(
    client: AcmeClient,
    order: AcmeOrder,
    { names, signal }: IssueRequest,
    wanted: readonly string[],
  ): Promise<AcmeOrder> {
    return await poll(`the order for ${names[0]} was not finished`, signal, async () => {
      const found = await client.order(order);
      if (wanted.includes(found.status)) return found;
      if (found.status !== "invalid") return null;
      throw acmeFailure(`${this.label} refused the order`, problemFrom(400, found.error, null, Date.now()));
    });
  }
}

// A certificate that was already replaced, by a machine that lost its memory, can still be ordered anew (ops B25).
async function newOrder(client: AcmeClient, wanted: OrderRequest): Promise<AcmeOrder> {
  try {
    return await client.newOrder(wanted);
  } catch (error) {
    if (problemOf(error)?.type !== "alreadyReplaced" || wanted.replaces === undefined) throw error;
    const { replaces: _, ...fresh } = wanted;
    return await client.newOrder(fresh);
  }
}

function orderFor(request: IssueRequest, directory: Directory, profile: string | null, label: string): OrderRequest {
  const identifiers = request.names.map((name) => {
    return { type: isIP(name) === 0 ? "dns" : "ip", value: name } as const;
  });
  const chosen = profileFor(
    identifiers.some(({ type }) => type === "ip"),
    directory,
    profile,
    label,
  );
  const limit = chosen === null || chosen === "classic" ? MAX_NAMES : MAX_NAMES_OF_PROFILE;
  if (identifiers.length > limit) {
    throw settingsFailure(`One certificate may have ${limit} names here, not ${identifiers.length}.`);
  }
  const replaced = request.replaces === null || directory.renewalInfoUrl === null ? null : renewalId(request.replaces);
  return {
    identifiers,
    ...(chosen === null ? {} : { profile: chosen }),
    ...(replaced === null ? {} : { replaces: replaced }),
  };
}

function profileFor(hasAddress: boolean, { profiles }: Directory, wanted: string | null, label: string): string | null {
  if (profiles.length === 0) return null;
  // The only one for addresses at Let's Encrypt (ops B10).
  if (wanted === null) return hasAddress && profiles.includes("shortlived") ? "shortlived" : null;
  if (profiles.includes(wanted)) return wanted;
  throw settingsFailure(
    `${label} has no profile "${wanted}". It has: ${profiles.join(", ")}. Set --profile to one of them.`,
  );
}
