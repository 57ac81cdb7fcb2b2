// The signed requests of RFC 8555, by the package `acme-client`. No other file may name it: it sleeps for hours inside a call,
// waits for ever, loses the kind of a problem and keeps its settings in a global, and all that ends here
// (docs/decisions/045-acme-client-fenced.md).

import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { Agent } from "node:https";
import type * as acmeModule from "acme-client";
import { reason } from "./get-json.ts";
import { acmeFailure, problemFrom } from "./problem.ts";

const REQUEST_MS = 30_000;

// Each signed request can meet a nonce that has run out. At the worst rate that an authority was seen to have, one in two,
// the library's own five would lose one order in five.
const NONCE_RETRIES = 25;

/** What a client is made of. */
export interface ClientParts {
  readonly directoryUrl: string;
  /** Trust anchors for the authority's own API; `null` for the public ones. */
  readonly rootPem: string | null;
  readonly accountKeyPem: string;
  /** `null` before the account exists. */
  readonly accountUrl: string | null;
  readonly eab: { readonly kid: string; readonly hmacKey: string } | null;
}

export interface AcmeIdentifier {
  readonly type: "dns" | "ip";
  readonly value: string;
}

export interface AcmeChallenge {
  readonly type: string;
  readonly url: string;
  readonly token: string;
  readonly error?: unknown;
}

export interface AcmeAuthorization {
  readonly url: string;
  readonly status: string;
  readonly identifier: AcmeIdentifier;
  readonly wildcard?: boolean;
  readonly challenges: readonly AcmeChallenge[];
}

export interface AcmeOrder {
  readonly url: string;
  readonly status: string;
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  readonly error?: unknown;
}

/** One account's way to speak to one authority. Every method rejects with `ERR_CERTIFICATE` and a problem, within a minute. */
export interface AcmeClient {
  /** Creates or finds the account, and gives its URL. */
  account(email: string | null): Promise<string>;
  newOrder(order: OrderRequest): Promise<AcmeOrder>;
  order(order: AcmeOrder): Promise<AcmeOrder>;
  authorizations(order: AcmeOrder): Promise<readonly AcmeAuthorization[]>;
  /** The content of a token (http-01), or of a TXT record (dns-01). */
  keyAuthorization(challenge: AcmeChallenge): Promise<string>;
  complete(challenge: AcmeChallenge): Promise<void>;
  deactivate(authorization: AcmeAuthorization): Promise<void>;
  finalize(order: AcmeOrder, csr: string): Promise<void>;
  certificate(order: AcmeOrder, preferredChain: string | null): Promise<string>;
  csr(names: readonly string[], keyPem: string): Promise<string>;
}

export interface OrderRequest {
  readonly identifiers: readonly AcmeIdentifier[];
  readonly profile?: string;
  readonly replaces?: string;
}

interface Session {
  readonly host: string;
  readonly agent: Agent;
}

// The library's axios is one for all clients: this says which of them a request belongs to.
const sessions = new AsyncLocalStorage<Session>();

let loading: Promise<typeof acmeModule> | null = null;

/** Loads the library, once, which takes a quarter of a second and 28 MB. */
async function library(): Promise<typeof acmeModule> {
  loading ??= import("acme-client").then((acme) => {
    fence(acme);
    return acme;
  });
  return await loading;
}

type Adapter = (config: object) => Promise<unknown>;

interface AxiosSettings {
  adapter: Adapter | string;
  timeout: number;
  maxContentLength: number;
  acmeSettings: { retryMaxAttempts: number };
}

function fence(acme: typeof acmeModule): void {
  const defaults = acme.axios.defaults as unknown as AxiosSettings;
  const send = axiosOfLibrary().getAdapter("http");
  defaults.acmeSettings.retryMaxAttempts = 0;
  defaults.timeout = REQUEST_MS;
  defaults.maxContentLength = 1024 * 1024;
  defaults.adapter = async (config) => {
    const session = sessions.getStore();
    if (session === undefined) throw new Error("an ACME request outside of a session");
    const signal = AbortSignal.timeout(2 * REQUEST_MS);
    try {
      return await send({ ...config, httpsAgent: session.agent, signal });
    } catch (error) {
      throw translated(session.host, error);
    }
  };
}

/** The very axios that acme-client loads, wherever npm has put it. */
function axiosOfLibrary(): { getAdapter(name: string): Adapter } {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve("acme-client"))("axios") as { getAdapter(name: string): Adapter };
}

// An error with the fields of axios would be retried or lost by the library; one of ours passes through it untouched. A bad
// nonce alone stays as it is, since repeating that request is the library's to do.
function translated(host: string, error: unknown): unknown {
  const { response } = error as { response?: { status: number; data: unknown; headers: Record<string, string> } };
  if (response === undefined) {
    return acmeFailure(host, { type: "network", detail: reason(error), status: null, parts: [], retryAfterMs: null });
  }
  // The library makes every answer a failure first, and sorts them afterwards.
  if (response.status < 400) return error;
  const problem = problemFrom(
    response.status,
    json(response.data),
    response.headers["retry-after"] ?? null,
    Date.now(),
  );
  return problem.type === "badNonce" ? error : acmeFailure(host, problem);
}

function json(data: unknown): unknown {
  try {
    return typeof data === "string" ? (JSON.parse(data) as unknown) : data;
  } catch {
    return null;
  }
}

/** Opens a client; nothing is asked of the authority yet. */
export async function openClient(parts: ClientParts): Promise<AcmeClient> {
  const acme = await library();
  const { eab, accountUrl } = parts;
  const client = new acme.Client({
    directoryUrl: parts.directoryUrl,
    accountKey: parts.accountKeyPem,
    ...(accountUrl === null ? {} : { accountUrl }),
    ...(eab === null ? {} : { externalAccountBinding: { kid: eab.kid, hmacKey: eab.hmacKey } }),
  });
  (client as unknown as { http: { maxBadNonceRetries: number } }).http.maxBadNonceRetries = NONCE_RETRIES;
  const { host } = new URL(parts.directoryUrl);
  const agent = new Agent(parts.rootPem === null ? {} : { ca: parts.rootPem });
  const ask = <Value>(run: () => Promise<Value>): Promise<Value> =>
    sessions.run({ host, agent }, () => run().catch((error: unknown) => Promise.reject(described(host, error))));

  return {
    account: (email) =>
      ask(async () => {
        const contact = email === null ? {} : { contact: [`mailto:${email}`] };
        await client.createAccount({ termsOfServiceAgreed: true, ...contact });
        return client.getAccountUrl();
      }),
    newOrder: (order) => ask(() => client.createOrder({ ...order } as never)) as Promise<AcmeOrder>,
    order: (order) => ask(() => client.getOrder(order as never)) as Promise<AcmeOrder>,
    authorizations: (order) => ask(() => client.getAuthorizations(order as never)) as Promise<AcmeAuthorization[]>,
    keyAuthorization: (challenge) => ask(() => client.getChallengeKeyAuthorization(challenge as never)),
    complete: (challenge) => ask(async () => void (await client.completeChallenge(challenge as never))),
    deactivate: (authorization) => ask(async () => void (await client.deactivateAuthorization(authorization as never))),
    finalize: (order, csr) => ask(async () => void (await client.finalizeOrder(order as never, csr))),
    certificate: (order, preferred) => ask(() => client.getCertificate(order as never, preferred ?? undefined)),
    csr: (names, keyPem) =>
      ask(async () => (await acme.crypto.createCsr({ altNames: [...names] }, keyPem))[1].toString()),
  };
}

// What is left without a problem are the library's own complaints about answers that make no sense to it.
function described(host: string, error: unknown): unknown {
  if (error instanceof Error && "code" in error && error.code === "ERR_CERTIFICATE") return error;
  return acmeFailure(host, { type: "malformed", detail: reason(error), status: null, parts: [], retryAfterMs: null });
}
