// From settings to a certificate source that looks after itself: which names, which authorities, which store.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { ServerError } from "../errors.ts";
import { directoryUrl, stagingOf } from "./acme/directory.ts";
import type { DnsProvider } from "./acme/dns.ts";
import type { AcmeSettings } from "./acme/issuer.ts";
import { lazyAcmeIssuer } from "./acme/lazy-issuer.ts";
import { type CertificateEvent, plainEvent } from "./events.ts";
import type { Issuer } from "./issuer.ts";
import { createManager, type Manager } from "./manager.ts";
import { type SubjectName, subjectName } from "./names.ts";
import { createOnDemand } from "./on-demand.ts";
import { certificateProblems, type CertificateSettings, isRedis } from "./settings.ts";
import { createFileStore } from "./store-file.ts";
import { sealedStore } from "./store-sealed.ts";
import type { Store } from "./store.ts";
import { createTokens } from "./tokens.ts";

/** What the outside adds: time, chance and ears. All but `onEvent` are for tests. */
export interface OpenParts {
  readonly onEvent: (event: CertificateEvent) => void;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly lookMs?: number;
}

// How soon the others of a fleet see what one of them obtained, and a sleeping laptop that time has passed.
const LOOK_MS = 30_000;

const LOCALHOST = ["localhost", "*.localhost", "127.0.0.1", "::1"];

/**
 * Opens the store and puts the manager together. Asks nothing of the network but Redis, if that is the store.
 *
 * @throws ServerError `ERR_STORE`, or `ERR_OPTIONS_INVALID` for what `certificateProblems` would have said
 */
export async function openCertificates(settings: CertificateSettings, parts: OpenParts): Promise<Manager> {
  const problems = certificateProblems(settings);
  if (problems.length > 0) throw new ServerError("ERR_OPTIONS_INVALID", problems.join("\n"));
  const rootPem = settings.acmeRoot === null ? null : readRoot(settings.acmeRoot);
  const now = parts.now ?? Date.now;
  const random = parts.random ?? Math.random;
  const store = await openStore(settings);
  const tokens = createTokens(store);
  const dns = await dnsProvider(settings);
  const onEvent = (event: CertificateEvent): void => {
    parts.onEvent(event);
    settings.onCertificate?.(event);
  };
  const onAccount = (issuer: string, termsUrl: string | null): void =>
    onEvent(plainEvent("cert_account", { issuer, termsUrl }));
  return createManager({
    store,
    tokens,
    now,
    random,
    certificates: certificatesOf(settings),
    issuers: settings.acmeDirectory.map((written) =>
      lazyAcmeIssuer({ ...acmeSettings(settings, written, rootPem), dns }, { store, tokens, now, onAccount }),
    ),
    local: lazyLocalIssuer(store, now),
    onDemand: settings.ask === null ? null : createOnDemand(settings.ask, now),
    reuseKey: settings.reuseKey,
    lookMs: parts.lookMs ?? LOOK_MS,
    processId: `${hostname()}-${process.pid}`,
    onEvent,
  });
}

/** The local authority, whose code is loaded with its first certificate. */
function lazyLocalIssuer(store: Store, now: () => number): Issuer {
  return {
    id: "local",
    label: "the local authority",
    rehearsal: null,
    quietUntil: async () => 0,
    renewalInfo: async () => null,
    issue: async (request) => {
      const { createLocalIssuer } = await import("./local-ca.ts");
      return await createLocalIssuer(store, now).issue(request);
    },
  };
}

/** Opens the store that settings name: `redis://…` or a folder, sealed or not. @throws ServerError `ERR_STORE` */
export async function openStore({
  store,
  storeSecret,
}: Pick<CertificateSettings, "store" | "storeSecret">): Promise<Store> {
  const place = isRedis(store)
    ? (await import("./store-redis.ts")).openRedisStore(store)
    : createFileStore(resolve(store));
  return sealedStore(await place, storeSecret);
}

/** Names of each certificate. Local ones share one, since they cost nothing. */
function certificatesOf({ domains, https }: CertificateSettings): readonly (readonly SubjectName[])[] {
  const groups = domains.map(namesOf);
  const wantsLocalhost = https && !groups.some((names) => names.some(({ name }) => name === "localhost"));
  return wantsLocalhost ? [...groups, namesOf(LOCALHOST)] : groups;
}

function namesOf(written: readonly string[]): readonly SubjectName[] {
  return written.map(subjectName).flatMap((name) => ("fault" in name ? [] : [name]));
}

function acmeSettings(
  settings: CertificateSettings,
  written: string,
  rootPem: string | null,
): Omit<AcmeSettings, "dns"> {
  const production = directoryUrl(written) ?? written;
  const { eabKid, eabHmacKey } = settings;
  return {
    directoryUrl: settings.staging ? (stagingOf(production) ?? production) : production,
    rootPem,
    email: settings.email,
    agreeToTerms: settings.agreeToTerms,
    eab: eabKid === null || eabHmacKey === null ? null : { kid: eabKid, hmacKey: eabHmacKey },
    profile: settings.profile,
    preferredChain: settings.preferredChain,
    propagation: { resolvers: settings.dnsResolvers, timeoutMs: settings.dnsWaitMs, port: 53 },
  };
}

async function dnsProvider({ dns, dnsToken, dnsEndpoint }: CertificateSettings): Promise<DnsProvider | null> {
  const endpoint = dnsEndpoint ?? undefined;
  if (dns === "cloudflare") {
    const { cloudflare } = await import("./acme/cloudflare.ts");
    return cloudflare({ token: dnsToken ?? "", endpoint });
  }
  if (dns !== "route53") return dns;
  const { route53 } = await import("./acme/route53.ts");
  return await route53({ endpoint });
}

function readRoot(path: string): string {
  try {
    const pem = readFileSync(path, "utf8");
    if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("ERR_OPTIONS_INVALID", `--acme-root "${path}" cannot be read: ${reason}`, { cause: error });
  }
  throw new ServerError("ERR_OPTIONS_INVALID", `--acme-root "${path}" has no certificate in PEM form.`);
}
