// How is TLS served? The settings of the group "HTTPS" that are about ports and files, with their types.

import type { z } from "zod";
import { about, amount, type Amount, type Schemas, wholeNumber } from "./kinds.ts";
import * as zod from "./zod.ts";
import type { HttpsOptions, ResolvedHttpsOptions } from "./https-options.ts";

const PORTS = { from: 0, to: 65_535, allowed: "a whole number from 0 to 65535" };

const PLAIN_PORT = "a whole number from 0 to 65535, or off";

const httpPort = zod
  .union([zod.number(), zod.string(), zod.literal(false)], { error: PLAIN_PORT })
  .transform((value, context) => {
    if (value === false || value === "off") return false;
    const port = wholeNumber(value);
    if (port !== null && port >= PORTS.from && port <= PORTS.to) return port;
    context.addIssue({ code: "custom", message: PLAIN_PORT });
    return zod.NEVER;
  })
  .prefault(80)
  .register(about, {
    group: "HTTPS",
    placeholder: "<port|off>",
    help: "Port that sends plain requests on to HTTPS and answers challenges; off opens none.",
  });

function file(help: string): z.ZodPrefault<z.ZodNullable<z.ZodString>> {
  const error = "the path of a PEM file";
  return zod
    .string({ error })
    .min(1, { error })
    .nullable()
    .prefault(null)
    .register(about, { group: "HTTPS", placeholder: "<file>", defaultText: "none", help });
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

const HSTS = 'a time such as 1d or 365d, off, or a value such as "max-age=31536000; includeSubDomains"';

/** The field value (RFC 6797 section 6.1) for what a user wrote, or `undefined`. */
function hstsValue(written: string): string | null | undefined {
  if (written === "off") return null;
  const [, count = "", unit = "s"] = /^(\d{1,10})([smhd]?)$/.exec(written) ?? [];
  if (count !== "") return `max-age=${Number(count) * (SECONDS[unit === "" ? "s" : unit] ?? 1)}`;
  return /^max-age=\d{1,10}(?:; ?(?:includeSubDomains|preload))*$/i.test(written) ? written : undefined;
}

const hsts = zod
  .string({ error: HSTS })
  .nullable()
  .transform((value, context) => {
    const field = value === null ? null : hstsValue(value);
    if (field !== undefined) return field;
    context.addIssue({ code: "custom", message: HSTS });
    return zod.NEVER;
  })
  .prefault(null)
  .register(about, {
    group: "HTTPS",
    placeholder: "<time>",
    defaultText: "off",
    help: "Tell browsers to use HTTPS only, for this long (Strict-Transport-Security).",
    danger: "Browsers remember it: without HTTPS the site is out of their reach for that long.",
  });

const httpsPort: Amount = amount(wholeNumber, PORTS, 443, {
  group: "HTTPS",
  placeholder: "<port>",
  help: "Port of HTTPS where there are domains or a certificate; 0 picks a free one.",
});

export const httpsSettings: Schemas<ResolvedHttpsOptions, HttpsOptions> = {
  cert: file("Certificate chain in PEM, the certificate itself first; read again when the file changes."),
  key: file("Private key of --cert in PEM, not encrypted; read again when the file changes."),
  httpsPort,
  httpPort,
  hsts,
};

/** What decides whether there are names to serve. */
interface Named {
  readonly cert: string | null;
  readonly domains: readonly unknown[];
  readonly ask: unknown;
}

/** Whether the server is one for the internet, on the two ports of HTTPS and HTTP. */
export function isPublicServer({ cert, domains, ask }: Named): boolean {
  return cert !== null || domains.length > 0 || ask !== null;
}

/** The ports that a server with these settings opens, the one that it is known by first. */
export function portsOf(
  settings: Named & Pick<ResolvedHttpsOptions, "httpPort"> & { readonly port: number },
): readonly number[] {
  const { port, httpPort: plain } = settings;
  return plain === false || !isPublicServer(settings) ? [port] : [port, plain];
}

/** What two settings together cannot be: one sentence for each fault. */
export function httpsProblems(settings: ResolvedHttpsOptions & Named): readonly string[] {
  const { cert, key, domains, ask, httpPort: plain, httpsPort: secure } = settings;
  const problems: string[] = [];
  if (cert !== null && key === null)
    problems.push('"cert" is set and "key" is not: a certificate is of no use without its key.');
  if (key !== null && cert === null)
    problems.push('"key" is set and "cert" is not: name the certificate that the key belongs to.');
  if (cert !== null && (domains.length > 0 || ask !== null)) {
    problems.push('"cert" and "domains" are both set: either you look after the certificate, or the server does.');
  }
  if (isPublicServer(settings) && plain === secure && plain !== 0)
    problems.push(`"httpPort" and "httpsPort" are both ${secure}.`);
  return problems;
}
