// Proving that we hold the names of an order: choose a challenge for each, put the proof in place, tell the authority, wait.

import { setTimeout as wait } from "node:timers/promises";
import { ServerError } from "../../errors.ts";
import type { ChallengeTokens } from "../tokens.ts";
import type { AcmeAuthorization, AcmeChallenge, AcmeClient, AcmeOrder } from "./client.ts";
import { type DnsProvider, propagated, type PropagationSettings, recordName } from "./dns.ts";
import { acmeFailure, problemFrom, settingsFailure } from "./problem.ts";

/** What proofs are made with. */
export interface ProofParts {
  readonly client: AcmeClient;
  readonly label: string;
  readonly tokens: ChallengeTokens;
  readonly dns: DnsProvider | null;
  readonly propagation: PropagationSettings;
  readonly signal: AbortSignal;
}

/** One proof in place. */
interface Proof {
  readonly authorization: AcmeAuthorization;
  readonly challenge: AcmeChallenge;
  /** Resolves when the authority can see it. */
  visible(): Promise<void>;
  remove(): Promise<void>;
}

// An authority looks several times from several places. More than this, and it has forgotten us.
const VALIDATION_MS = 90_000;
const POLL_FROM_MS = 250;
const POLL_TO_MS = 5000;

/**
 * Gets every authorization of the order to `valid`. What was put in place is gone afterwards, whatever happened.
 *
 * @throws ServerError `ERR_CERTIFICATE` saying for which name, and why
 */
export async function prove(order: AcmeOrder, parts: ProofParts): Promise<void> {
  const authorizations = await parts.client.authorizations(order);
  const open = authorizations.filter(({ status }) => status !== "valid");
  const proofs: Proof[] = [];
  try {
    for (const authorization of open) {
      parts.signal.throwIfAborted();
      proofs.push(await present(authorization, parts));
    }
    await Promise.all(proofs.map((proof) => proof.visible()));
    for (const { challenge } of proofs) await parts.client.complete(challenge);
    await Promise.all(proofs.map(({ authorization }) => untilValid(order, authorization, parts)));
  } catch (error) {
    // An order that is given up leaves pending authorizations behind, of which an account may have only so many.
    for (const authorization of open) await parts.client.deactivate(authorization).catch(() => {});
    throw error;
  } finally {
    for (const proof of proofs) await proof.remove().catch(() => {});
  }
}

async function present(authorization: AcmeAuthorization, parts: ProofParts): Promise<Proof> {
  const name = authorization.identifier.value;
  const isWildcard = authorization.wildcard === true;
  const wanted = authorization.identifier.type === "ip" || (parts.dns === null && !isWildcard) ? "http-01" : "dns-01";
  const challenge = authorization.challenges.find(({ type }) => type === wanted);
  if (challenge === undefined) {
    const offered = authorization.challenges.map(({ type }) => type).join(", ");
    throw new ServerError(
      "ERR_CERTIFICATE",
      `${parts.label} offers no ${wanted} for ${name}, only ${offered || "nothing"}.`,
    );
  }
  const proof = await parts.client.keyAuthorization(challenge);
  if (wanted === "http-01") {
    await parts.tokens.add(challenge.token, proof);
    return {
      authorization,
      challenge,
      visible: async () => {},
      remove: async () => await parts.tokens.remove(challenge.token),
    };
  }
  if (parts.dns === null) {
    throw settingsFailure(`*.${name} can be proven by a DNS record only. Set --dns.`);
  }
  return await presentRecord(authorization, challenge, proof, parts.dns, parts);
}

async function presentRecord(
  authorization: AcmeAuthorization,
  challenge: AcmeChallenge,
  value: string,
  dns: DnsProvider,
  { propagation, signal }: ProofParts,
): Promise<Proof> {
  const record = await recordName(authorization.identifier.value, propagation);
  try {
    await dns.set(record, value);
  } catch (error) {
    await dns.remove(record, value).catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("ERR_CERTIFICATE", `The DNS plug-in could not set ${record}: ${reason}`, { cause: error });
  }
  return {
    authorization,
    challenge,
    visible: () => propagated(record, value, propagation, signal),
    remove: () => dns.remove(record, value),
  };
}

async function untilValid(order: AcmeOrder, { url, identifier }: AcmeAuthorization, parts: ProofParts): Promise<void> {
  await poll(`${identifier.value} was not validated`, parts.signal, async () => {
    const found = (await parts.client.authorizations({ ...order, authorizations: [url] }))[0];
    if (found === undefined || found.status === "pending" || found.status === "processing") return null;
    if (found.status === "valid") return found;
    const failed = found.challenges.find(({ error }) => error !== undefined);
    const where = `${parts.label} could not validate ${identifier.value}`;
    const status = (failed?.error as { status?: unknown } | undefined)?.status;
    throw acmeFailure(where, problemFrom(typeof status === "number" ? status : 400, failed?.error, null, Date.now()));
  });
}

/**
 * Asks again until there is an answer, with growing pauses.
 *
 * @throws ServerError `ERR_CERTIFICATE` when the time is over
 */
export async function poll<Value>(what: string, signal: AbortSignal, ask: () => Promise<Value | null>): Promise<Value> {
  const deadline = performance.now() + VALIDATION_MS;
  for (let pause = POLL_FROM_MS; ; pause = Math.min(pause * 1.5, POLL_TO_MS)) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) {
      throw new ServerError("ERR_CERTIFICATE", `${what} within ${VALIDATION_MS / 1000} s.`);
    }
    await wait(pause, undefined, { signal, ref: false });
  }
}
