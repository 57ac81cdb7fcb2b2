// The types of the settings on certificates that look after themselves: what a caller may say, and what the server sees of it. Apart from their declaration, so that
// the types of the package need no other package.

import type { Ask } from "../tls/on-demand.ts";
import type { CertificateEvent } from "../tls/events.ts";
import type { DnsProvider } from "../tls/acme/dns.ts";
import type { CertificateSettings } from "../tls/settings.ts";

/** What `serve()` and a settings file take. */
export interface CertificateOptions {
  /**
   * Names to serve over HTTPS: `["example.com", "www.example.com"]`. Each gets a certificate of its own, obtained and renewed
   * for you; a list within the list shares one. Default `none`.
   *
   * Danger: naming a public domain orders a certificate, which agrees to the authority's terms (`agreeToTerms`).
   */
  domains?: string | readonly (string | readonly string[])[] | undefined;
  /** HTTPS for `localhost` by a local authority (`easyserver trust` makes browsers accept it). Default `false`. */
  https?: boolean | undefined;
  /** Where the authority may write to. Default `none`. */
  email?: string | null | undefined;
  /** Agree to the terms of the authority. Default `true`. Danger: without it no public certificate can be had. */
  agreeToTerms?: boolean | undefined;
  /** `letsencrypt`, `zerossl`, `google` or the URL of a directory; of several, the next helps when one fails. Default `letsencrypt`. */
  acmeDirectory?: string | readonly string[] | undefined;
  /** PEM file of the root that a private authority's own API is trusted by. Default `the public roots`. */
  acmeRoot?: string | null | undefined;
  /** Use the authority's place for trials. Default `false`. Danger: browsers do not accept its certificates. */
  staging?: boolean | undefined;
  /**
   * Where certificates, accounts and locks are kept: a folder, or `redis://…` for several machines. Default
   * `$STATE_DIRECTORY, else /var/lib/easyserver with --user, else easyserver in the user's data folder`.
   *
   * Danger: it holds private keys.
   */
  store?: string | undefined;
  /**
   * Encrypt what the store holds, the same for every machine that shares it. Default `none`. Danger: whoever loses it has to
   * order all certificates anew.
   */
  storeSecret?: string | null | undefined;
  /** Certificate profile to ask for. Default `the authority's choice`. Danger: short ones need renewal every few days. */
  profile?: string | null | undefined;
  /** Common name of the issuer whose chain is wanted, where an authority has several. Default `the authority's choice`. */
  preferredChain?: string | null | undefined;
  /** Key id of an external account, for authorities that ask for one. Default `none`. */
  eabKid?: string | null | undefined;
  /** The key that belongs to `eabKid`, base64url. Default `none`. Danger: a secret. */
  eabHmacKey?: string | null | undefined;
  /** Prove names by DNS records: `cloudflare`, `route53`, or an object `{ set, remove }` of yours. Default `none`. */
  dns?: "cloudflare" | "route53" | DnsProvider | null | undefined;
  /** API token of the DNS provider (Cloudflare). Default `none`. Danger: a secret that can change your DNS. */
  dnsToken?: string | null | undefined;
  /** Address of the DNS provider's API. Default `the provider's own`. */
  dnsEndpoint?: string | null | undefined;
  /** Resolvers to find name servers with, such as `["9.9.9.9"]`. Default `those of the system`. */
  dnsResolvers?: string | readonly string[] | undefined;
  /** How long a record may take to be seen by every name server. Default `2m`. Danger: too short fails slow providers. */
  dnsWaitMs?: number | string | undefined;
  /** Keep the key when a certificate is renewed. Default `false`. Danger: a stolen key stays good. */
  reuseKey?: boolean | undefined;
  /**
   * Certificates for names not listed: a function, or a URL asked with `?domain=`, that says which. Default `none`.
   *
   * Danger: who always says yes lets strangers use up the authority's limits.
   */
  ask?: Ask | null | undefined;
  /** Told what happens to certificates. Must not throw. Default `none`. */
  onCertificate?: ((event: CertificateEvent) => void) | null | undefined;
}

/** The same, checked and filled in. */
export type ResolvedCertificateOptions = CertificateSettings;
