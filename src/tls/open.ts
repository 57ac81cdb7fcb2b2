// From settings to a certificate source that looks after itself: which names, which authorities, which store.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { ServerError } from "../errors.ts";
import { AUTHORITY_NAMES, directoryUrl, stagingOf } from "./acme/directory.ts";
import type { DnsProvider } from "./acme/dns.ts";
import type { AcmeSettings } from "./acme/issuer.ts";
import { lazyAcmeIssuer } from "./acme/lazy-issuer.ts";
import type { CertificateEvent } from "./events.ts";
import { createLocalIssuer } from "./local-ca.ts";
import { createManager, type Manager } from "./manager.ts";
import { type SubjectName, subjectName } from "./names.ts";
import { type Ask, createOnDemand } from "./on-demand.ts";
import { createFileStore } from "./store-file.ts";
import type { Store } from "./store.ts";
import { createTokens } from "./tokens.ts";

/** The settings that decide about certificates, as `serve()` resolves them. */
export interface CertificateSettings {
  /** Names of each certificate, as they were written. */
  readonly domains: readonly (readonly string[])[];
  readonly https: boolean;
  readonly email: string | null;
  readonly agreeToTerms: boolean;
  /** Names or URLs of directories, in order of preference. */
  readonly acmeDirectory: readonly string[];
  /** A PEM file. */
  readonly acmeRoot: string | null;
  readonly staging: boolean;
  /** A folder or a `redis://` URL. */
  readonly store: string;
  readonly profile: string | null;
  readonly preferredChain: string | null;
  readonly eabKid: string | null;
  readonly eabHmacKey: string | null;
  readonly dns: "cloudflare" | "route53" | DnsProvider | null;
  readonly dnsToken: string | null;
  readonly dnsEndpoint: string | null;
  readonly dnsResolvers: readonly string[];
  readonly dnsWaitMs: number;
  readonly reuseKey: boolean;
  readonly ask: Ask | null;
  readonly onCertificate: ((event: CertificateEvent) => void) | null;
}

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

/** Whether these settings ask for certificates that look after themselves. */
export function wantsCertificates({ domains, https, ask }: CertificateSettings): boolean {
  return domains.length > 0 || https || ask !== null;
}

/** What is wrong with the settings, in sentences; empty when nothing is. Takes no time: for the moment before the start. */
export function certificateProblems(settings: CertificateSettings): readonly string[] {
  const problems: string[] = [];
  for (const group of settings.domains) problems.push(...groupProblems(group, settings));
  for (const written of settings.acmeDirectory) {
    if (directoryUrl(written) !== null) continue;
    const known = AUTHORITY_NAMES.join(", ");
    problems.push(`--acme-directory is "${written}"; it must be an https:// URL or one of: ${known}.`);
  }
  if ((settings.eabKid === null) !== (settings.eabHmacKey === null)) {
    problems.push("--eab-kid and --eab-hmac-key belong together: one of them is missing.");
  }
  if (settings.dns === "cloudflare" && settings.dnsToken === null) {
    problems.push(
      "--dns cloudflare needs an API token: set --dns-token, EASYSERVER_DNS_TOKEN_FILE or CLOUDFLARE_API_TOKEN.",
    );
  }
  if (typeof settings.ask === "string" && !/^https?:\/\//u.test(settings.ask)) {
    problems.push(`--ask is "${settings.ask}"; it must be an http:// or https:// URL.`);
  }
  return problems;
}

function groupProblems(group: readonly string[], { dns }: CertificateSettings): readonly string[] {
  const read = group.map((written) => ({ written, name: subjectName(written) }));
  const problems = read.flatMap(({ written, name }) =>
    "fault" in name ? [`--domain "${written}" ${name.fault}.`] : [],
  );
  const names = read.flatMap(({ name }) => ("fault" in name ? [] : [name]));
  if (new Set(names.map(({ scope }) => scope)).size > 1) {
    problems.push(`--domain "${group.join("+")}" mixes public and local names, which no authority does.`);
  }
  for (const { name, kind, scope } of names) {
    if (kind !== "wildcard" || scope === "local" || dns !== null) continue;
    problems.push(`--domain "${name}" is a wildcard, which can be proven by a DNS record only: set --dns.`);
  }
  return problems;
}

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
  const store = await openStore(settings.store);
  const tokens = createTokens(store);
  const dns = await dnsProvider(settings);
  return createManager({
    store,
    tokens,
    now,
    random,
    certificates: certificatesOf(settings),
    issuers: settings.acmeDirectory.map((written) =>
      lazyAcmeIssuer({ ...acmeSettings(settings, written, rootPem), dns }, { store, tokens, now }),
    ),
    local: createLocalIssuer(store, now),
    onDemand: settings.ask === null ? null : createOnDemand(settings.ask, now),
    reuseKey: settings.reuseKey,
    lookMs: parts.lookMs ?? LOOK_MS,
    processId: `${hostname()}-${process.pid}`,
    onEvent: (event) => {
      parts.onEvent(event);
      settings.onCertificate?.(event);
    },
  });
}

/** Opens a store by its name: `redis://…` or a folder. @throws ServerError `ERR_STORE` */
export async function openStore(where: string): Promise<Store> {
  if (!/^rediss?:\/\//u.test(where)) return createFileStore(resolve(where));
  const { openRedisStore } = await import("./store-redis.ts");
  return await openRedisStore(where);
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
