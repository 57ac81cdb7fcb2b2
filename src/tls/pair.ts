// Are this chain and this key a pair that can be served, and what does the certificate say?

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ServerError } from "../errors.ts";
import type { CertificatePair } from "./certificate.ts";
import type { Lifetime } from "./renewal.ts";

/** A pair with the facts that its certificate states. */
export interface ReadPair extends CertificatePair, Lifetime {
  /** Common name of who signed it; for people. */
  readonly issuerName: string;
}

/** A certificate in PEM, by any of the names that OpenSSL knows for one. */
const BLOCK = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/gsu;

/**
 * Reads a pair, leaf first. What it gives is written anew: a byte order mark, text between the certificates or a key among
 * them is nothing that every engine would read over.
 *
 * Whether it is out of date is left to the caller, because an old certificate is better than none.
 *
 * @throws ServerError `ERR_CERTIFICATE` when it could not be served: unreadable, without names, or with another key
 */
export function readPair(chainPem: string, keyPem: string, origin: CertificatePair["origin"]): ReadPair {
  const chain = (chainPem.match(BLOCK) ?? [""]).map(readCertificate);
  const certificate = chain[0]!;
  const names = namesOf(certificate);
  if (names.length === 0) throw bad("has no subject alternative name", null);
  const key = readKey(keyPem);
  if (!certificate.checkPrivateKey(key)) throw bad(`for ${names[0]} does not belong to its key`, null);
  return {
    names,
    chainPem: chain.map(String).join(""),
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
    origin,
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    issuerName: /^CN=(.*)$/mu.exec(certificate.issuer)?.[1] ?? certificate.issuer.replaceAll("\n", ", "),
  };
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw bad("is not readable as PEM", error);
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw bad("has a key that is not readable as PEM, or is encrypted", error);
  }
}

function bad(what: string, cause: unknown): ServerError {
  return new ServerError("ERR_CERTIFICATE", `The certificate ${what}.`, { cause });
}

/** Lower-case DNS names and IP addresses of the subject alternative name. */
function namesOf(certificate: X509Certificate): readonly string[] {
  const entries = certificate.subjectAltName?.split(", ") ?? [];
  return entries.flatMap((entry) => {
    const [, kind, name = ""] = /^(DNS|IP Address):(.*)$/u.exec(entry) ?? [];
    if (kind === "DNS") return [name.toLowerCase()];
    return kind === "IP Address" ? [shortAddress(name)] : [];
  });
}

// Node writes IPv6 addresses with all their groups.
function shortAddress(address: string): string {
  if (!address.includes(":")) return address;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
