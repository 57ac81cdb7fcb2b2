// What both engines mean by TLS: which protocols and ciphers, which pairs are usable, and what a connection's certificate covers.

import { X509Certificate, createPrivateKey, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { TlsInfo } from "../contract.ts";
import { ServerError } from "../errors.ts";
import { hostOf, ServerNames } from "../http/server-name.ts";
import type { TlsPair } from "./engine.ts";

/** TLS 1.2: forward secrecy and authenticated encryption only. The suites of 1.3 are all of that kind. */
export const TLS12_CIPHERS: string = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Curves whose keys the addon takes and clients speak; it refuses others without saying which. */
const CURVES: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** Hosts that a client may name again; more would only help a wildcard of many names. */
const KNOWN_HOSTS = 8;

/** What the requests of one certificate have in common. */
export class TlsSite {
  readonly info: TlsInfo;
  private readonly names = new ServerNames<true>();
  private readonly known: string[] = [];

  constructor(pair: TlsPair, info: TlsInfo) {
    this.info = Object.freeze(info);
    for (const name of pair.names) this.names.add(name, true);
  }

  /** Whether the certificate is good for the host of a Host field. */
  covers(authority: string): boolean {
    if (this.known.includes(authority)) return true;
    if (this.names.find(hostOf(authority)) === null) return false;
    this.known.unshift(authority);
    if (this.known.length > KNOWN_HOSTS) this.known.pop();
    return true;
  }
}

/**
 * Looks at every pair before an engine does: the addon crashes on some bad ones and ignores the others in silence.
 *
 * @throws ServerError `ERR_CERTIFICATE` naming the pair and what is wrong with it.
 */
export function assertUsable(pairs: readonly TlsPair[]): void {
  if (pairs.length === 0) throw invalid("There is no certificate to serve with", undefined);
  for (const pair of pairs) {
    const of = `the certificate for ${pair.names.join(", ") || "no name"}`;
    let key: KeyObject;
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(pair.chainPem);
      key = createPrivateKey(pair.keyPem);
    } catch (error) {
      throw invalid(`The chain or key of ${of} cannot be read`, error);
    }
    if (!certificate.checkPrivateKey(key)) throw invalid(`The key does not belong to ${of}`, undefined);
    if (!isServable(key))
      throw invalid(`The kind of key of ${of} is not RSA, ECDSA (P-256, P-384, P-521) or Ed25519`, undefined);
    try {
      createSecureContext({ cert: pair.chainPem, key: pair.keyPem });
    } catch (error) {
      throw invalid(`The chain or key of ${of} cannot be used`, error);
    }
  }
}

function isServable(key: KeyObject): boolean {
  if (key.asymmetricKeyType === "ec") return CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? "");
  return key.asymmetricKeyType === "rsa" || key.asymmetricKeyType === "ed25519";
}

function invalid(what: string, cause: unknown): ServerError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new ServerError("ERR_CERTIFICATE", `${what}${reason}.`, { cause });
}
