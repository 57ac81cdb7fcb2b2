// For which names is there HTTPS, and who vouches for them? The settings of the group "Certificates", with their types.

import { isIP, isIPv4, isIPv6 } from "node:net";
import type { z } from "zod";
import type { DnsProvider } from "../tls/acme/dns.ts";
import type { Ask } from "../tls/on-demand.ts";
import { about, type About, duration, onOff, same, type Schemas } from "./kinds.ts";
import * as zod from "./zod.ts";
import type { CertificateOptions, ResolvedCertificateOptions } from "./certificates-options.ts";

/** What nothing but the environment decides is not yet decided. */
export interface Certificates extends Omit<ResolvedCertificateOptions, "store"> {
  readonly store: string | undefined;
}

const GROUP = "Certificates";

const DOMAINS =
  'host names such as example.com, *.example.com or 192.0.2.1; in code a list, in which ["a.example", "b.example"] shares a ' +
  "certificate, and so does a.example+b.example as text";

function groupsFrom(given: string | readonly (string | readonly string[])[]): readonly (readonly string[])[] {
  const entries = typeof given === "string" ? given.split(",") : given;
  const groups = entries.map((entry) => (typeof entry === "string" ? entry.split("+") : entry));
  return groups.map((names) => names.map((name) => name.trim())).filter((names) => names.some((name) => name !== ""));
}

function list(
  facts: Omit<About, "group" | "fromText">,
  allowed: string,
  initially: readonly string[],
  isEntry: (entry: string) => boolean = () => true,
): Listing {
  return zod
    .union([zod.string(), zod.array(zod.string())], { error: allowed })
    .transform((given, context): readonly string[] => {
      const entries = typeof given === "string" ? given.split(",") : given;
      const written = entries.map((entry) => entry.trim()).filter((entry) => entry !== "");
      if (!written.every(isEntry)) context.addIssue({ code: "custom", message: allowed });
      return written;
    })
    .prefault([...initially])
    .register(about, { group: GROUP, ...facts, fromText: splitAtCommas });
}

type Listing = z.ZodType<readonly string[], string | readonly string[] | undefined>;

function splitAtCommas(text: string | readonly string[]): unknown {
  return (typeof text === "string" ? [text] : text).flatMap((part) => part.split(","));
}

type Words = z.ZodPrefault<z.ZodNullable<z.ZodString>>;

/** Text that may be absent. */
function words(allowed: string, facts: Omit<About, "group">): Words {
  return zod
    .string({ error: allowed })
    .min(1, { error: allowed })
    .nullable()
    .prefault(null)
    .register(about, { group: GROUP, ...facts });
}

function isDnsProvider(value: unknown): value is DnsProvider {
  if (typeof value !== "object" || value === null) return false;
  const { set, remove } = value as Record<string, unknown>;
  return typeof set === "function" && typeof remove === "function";
}

/** An address with or without port, as `dns.setServers` reads it. */
function isResolver(written: string): boolean {
  const [, bracketed, plain, port = "53"] = /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/u.exec(written) ?? [];
  if (bracketed === undefined && plain === undefined) return isIP(written) !== 0;
  return Number(port) <= 65_535 && (isIPv6(bracketed ?? "") || isIPv4(plain ?? ""));
}

/** What looks like a URL and is none of Redis would become a folder of that name, with private keys in it. */
function isStore(written: string): boolean {
  return /^rediss?:\/\/./u.test(written) || !/^[a-z][a-z\d+.-]+:/iu.test(written);
}

const EMAIL = "an e-mail address";
const STORE = "a folder, or redis:// and the address of a server";
const DNS_ENDPOINT = "an http:// or https:// URL";
const EAB_KEY = "text in base64url, as the authority gave it";
const DNS = "cloudflare, route53, or in code an object with the functions set and remove";
const ASK = "a URL, or in code a function (domain) => boolean";

export const certificateSettings: Schemas<Certificates, CertificateOptions> = {
  domains: zod
    .union([zod.string(), zod.array(zod.union([zod.string(), zod.array(zod.string()).readonly()])).readonly()], {
      error: DOMAINS,
    })
    .transform(groupsFrom)
    .prefault([])
    .register(about, {
      group: GROUP,
      flag: "domain",
      repeatable: true,
      placeholder: "<name>",
      defaultText: "none",
      fromText: splitAtCommas,
      help: "Serve this name over HTTPS, with a certificate that is obtained and renewed for you.",
      danger: "A public name orders a certificate, which agrees to the authority's terms.",
    }),
  https: onOff({ group: GROUP, help: "HTTPS for localhost, by a local authority: see easyserver trust." }, false),
  email: words(EMAIL, {
    placeholder: "<address>",
    defaultText: "none",
    help: "Where the authority may write to.",
  }).refine((address) => address === null || /^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(address), { error: EMAIL }),
  agreeToTerms: onOff(
    {
      group: GROUP,
      help: "Agree to the terms of the authority that is asked for certificates.",
      danger: "Without it no public certificate can be had.",
    },
    true,
  ),
  acmeDirectory: list(
    {
      placeholder: "<url>",
      repeatable: true,
      defaultText: "letsencrypt",
      help: "letsencrypt, zerossl, google or a directory's URL; of several, the next helps when one fails.",
    },
    "letsencrypt, zerossl, google, an https:// URL, or a list of these",
    ["letsencrypt"],
  ),
  acmeRoot: words("the path of a PEM file", {
    placeholder: "<pem>",
    defaultText: "the public roots",
    help: "Root by which a private authority's own API is trusted.",
  }),
  staging: onOff(
    { group: GROUP, help: "Use the authority's place for trials.", danger: "Browsers do not accept its certificates." },
    false,
  ),
  store: zod
    .string({ error: STORE })
    .min(1, { error: STORE })
    .refine(isStore, { error: STORE })
    .optional()
    .register(about, {
      group: GROUP,
      placeholder: "<folder|redis://…>",
      secret: true,
      variables: {
        STATE_DIRECTORY: (text) => text.split(":")[0],
        XDG_DATA_HOME: (text) => `${text}/easyserver`,
      },
      defaultText: "$STATE_DIRECTORY, else /var/lib/easyserver with --user, else easyserver in the user's data folder",
      help: "Where certificates, accounts and locks are kept; Redis for several machines.",
      danger: "It holds private keys.",
    }),
  storeSecret: words("text", {
    placeholder: "<secret>",
    secret: true,
    defaultText: "none",
    help: "Encrypt what the store holds, so that its copies have no keys; the same for every machine that shares it.",
    danger: "Whoever loses it has to order all certificates anew.",
  }),
  profile: words("the name of a profile", {
    placeholder: "<name>",
    defaultText: "the authority's choice",
    help: "Certificate profile to ask for.",
    danger: "Short ones need renewal every few days.",
  }),
  preferredChain: words("the common name of an issuer", {
    placeholder: "<name>",
    defaultText: "the authority's choice",
    help: "Issuer whose chain is wanted, where there are several.",
  }),
  eabKid: words("text", {
    placeholder: "<id>",
    defaultText: "none",
    help: "Key id of an external account, where one is asked for.",
  }),
  eabHmacKey: words(EAB_KEY, {
    placeholder: "<key>",
    secret: true,
    defaultText: "none",
    help: "The key that belongs to --eab-kid.",
  }).refine((key) => key === null || /^[\w+/-]+=*$/u.test(key), { error: EAB_KEY }),
  dns: zod
    .union([zod.literal(["cloudflare", "route53"]), zod.custom<DnsProvider>(isDnsProvider)], { error: DNS })
    .nullable()
    .prefault(null)
    .register(about, {
      group: GROUP,
      placeholder: "<cloudflare|route53>",
      choices: ["cloudflare", "route53"],
      defaultText: "none",
      help: "Prove names by DNS records, as wildcards need.",
    }),
  dnsToken: words("text", {
    placeholder: "<token>",
    secret: true,
    variables: { CLOUDFLARE_API_TOKEN: same },
    defaultText: "none",
    help: "API token of the DNS provider (Cloudflare).",
    danger: "It can change your DNS.",
  }),
  dnsEndpoint: words(DNS_ENDPOINT, {
    placeholder: "<url>",
    defaultText: "the provider's own",
    help: "Address of the DNS provider's API.",
  }).refine((url) => url === null || (/^https?:\/\//u.test(url) && URL.canParse(url)), { error: DNS_ENDPOINT }),
  dnsResolvers: list(
    {
      placeholder: "<address>",
      repeatable: true,
      defaultText: "those of the system",
      help: "Resolvers that find the name servers of a domain.",
    },
    "IP addresses of resolvers, such as 9.9.9.9, 127.0.0.1:5353 or [2620:fe::fe]:53",
    [],
    isResolver,
  ),
  dnsWaitMs: duration(
    "2m",
    "How long a DNS record may take to be seen by every name server.",
    "Too short fails slow providers.",
  ),
  reuseKey: onOff(
    { group: GROUP, help: "Keep the key when a certificate is renewed.", danger: "A stolen key stays good." },
    false,
  ),
  ask: zod
    .union([zod.string().min(1), zod.custom<Exclude<Ask, string>>((value) => typeof value === "function")], {
      error: ASK,
    })
    .nullable()
    .prefault(null)
    .register(about, {
      group: GROUP,
      placeholder: "<url>",
      defaultText: "none",
      help: "Certificates for names not listed: this URL is asked with ?domain= and says yes with 2xx.",
      danger: "Who always says yes lets strangers use up the authority's limits.",
    }),
  onCertificate: zod
    .custom<NonNullable<ResolvedCertificateOptions["onCertificate"]>>((value) => typeof value === "function", {
      error: "a function",
    })
    .nullable()
    .prefault(null)
    .register(about, {
      group: GROUP,
      programmatic: true,
      defaultText: "none",
      help: "Told what happens to certificates.",
    }),
};
