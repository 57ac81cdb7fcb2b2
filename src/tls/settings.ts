// What decides about certificates: the settings, checked and filled in, and what can be said of them before a start. Every server
// loads this; what obtains certificates (open.ts) is loaded by those that want some.

import { resolve } from "node:path";
import { AUTHORITY_NAMES, directoryUrl } from "./acme/directory.ts";
import type { DnsProvider } from "./acme/dns.ts";
import type { CertificateEvent } from "./events.ts";
import { subjectName } from "./names.ts";
import type { Ask } from "./on-demand.ts";

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
  /** What values of the store are encrypted with. */
  readonly storeSecret: string | null;
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

/** The folder that these settings keep certificates in; `null` where they keep none, or not in a folder. */
export function storeFolder(settings: CertificateSettings): string | null {
  return wantsCertificates(settings) && !isRedis(settings.store) ? resolve(settings.store) : null;
}

/** Whether the store is no folder. */
export function isRedis(store: string): boolean {
  return /^rediss?:\/\//u.test(store);
}
