// Certificates that we make ourselves: by a local authority that people can trust on their own machine, and placeholders that
// nobody trusts and that only let a port be opened.

import { createHash, createPrivateKey, createPublicKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { hostname, userInfo } from "node:os";
import { createRequire } from "node:module";
import { der, sequence } from "./der.ts";
import type { Issued, Issuer } from "./issuer.ts";
import { newKey } from "./key.ts";
import { type ReadPair, readPair } from "./pair.ts";
import { lock, type Store } from "./store.ts";

const DAY_MS = 86_400_000;
const ROOT_LIFE_MS = 3650 * DAY_MS;
const LEAF_LIFE_MS = 7 * DAY_MS;
const PLACEHOLDER_LIFE_MS = 365 * DAY_MS;

// Clocks of machines next to each other differ by minutes.
const BACKDATE_MS = 3_600_000;

/** The folder of the store in which the authority lives. */
export const LOCAL_CA_ID = "local";

const ROOT_KEY = `authorities/${LOCAL_CA_ID}/root.pem`;

/** The little of `@peculiar/x509` that is used. Its own types need the browser's, which a server has no business to declare. */
interface X509Library {
  readonly X509CertificateGenerator: {
    create(facts: {
      serialNumber: string;
      subject: string;
      issuer: string;
      notBefore: Date;
      notAfter: Date;
      publicKey: webcrypto.CryptoKey;
      signingKey: webcrypto.CryptoKey;
      signingAlgorithm: { name: string; hash: string };
      extensions: readonly object[];
    }): Promise<{ toString(format: "pem"): string }>;
  };
  readonly BasicConstraintsExtension: new (isAuthority: boolean, pathLength?: number, critical?: boolean) => object;
  readonly KeyUsagesExtension: new (usages: number, critical?: boolean) => object;
  readonly ExtendedKeyUsageExtension: new (usages: readonly string[], critical?: boolean) => object;
  readonly SubjectAlternativeNameExtension: new (names: readonly { type: string; value: string }[]) => object;
  readonly SubjectKeyIdentifierExtension: { create(key: webcrypto.CryptoKey): Promise<object> };
  readonly AuthorityKeyIdentifierExtension: { create(key: webcrypto.CryptoKey): Promise<object> };
  readonly Extension: new (oid: string, critical: boolean, value: Uint8Array) => object;
  readonly KeyUsageFlags: Readonly<Record<"digitalSignature" | "keyCertSign" | "cRLSign", number>>;
}

/** Loaded when a certificate is made: a quarter of a second. */
function library(): X509Library {
  return createRequire(import.meta.url)("@peculiar/x509") as X509Library;
}

const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const NAME_CONSTRAINTS = "2.5.29.30";

async function keysOf(keyPem: string): Promise<{ signing: webcrypto.CryptoKey; verifying: webcrypto.CryptoKey }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = createPrivateKey(keyPem);
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    signing: await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]),
    verifying: await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
  };
}

interface Leaf {
  readonly names: readonly string[];
  readonly subject: string;
  readonly lifeMs: number;
  readonly now: number;
  /** Who signs: itself, or an authority. */
  readonly authority: { readonly certificatePem: string; readonly keyPem: string; readonly subject: string } | null;
  readonly keyPem: string;
}

async function signLeaf(leaf: Leaf): Promise<string> {
  const x509 = library();
  const own = await keysOf(leaf.keyPem);
  const signer = leaf.authority === null ? own : await keysOf(leaf.authority.keyPem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: leaf.subject,
    issuer: leaf.authority?.subject ?? leaf.subject,
    notBefore: new Date(leaf.now - BACKDATE_MS),
    notAfter: new Date(leaf.now + leaf.lifeMs),
    publicKey: own.verifying,
    signingKey: signer.signing,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(
        leaf.names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(own.verifying),
      await x509.AuthorityKeyIdentifierExtension.create(signer.verifying),
    ],
  });
  return `${certificate.toString("pem").trim()}\n`;
}

/** A self-signed pair, so that TLS starts before there is a certificate (ops B34). */
export async function placeholder(names: readonly string[], now: number): Promise<ReadPair> {
  const keyPem = await newKey();
  const subject = "CN=easyserver placeholder, O=no certificate yet";
  const chainPem = await signLeaf({ names, subject, lifeMs: PLACEHOLDER_LIFE_MS, now, authority: null, keyPem });
  return readPair(chainPem, keyPem, "placeholder");
}

/** The root of the local authority. */
export interface LocalRoot {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly subject: string;
  /** A name that no other root has: under it, trust stores keep it. */
  readonly nickname: string;
}

/** The root in the store, or `null`. */
export async function loadRoot(store: Store): Promise<LocalRoot | null> {
  const bytes = await store.load(ROOT_KEY);
  if (bytes === null) return null;
  const text = Buffer.from(bytes).toString("utf8");
  const [keyPem = ""] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/u.exec(text) ?? [];
  const [certificatePem = ""] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/u.exec(text) ?? [];
  if (keyPem === "" || certificatePem === "") return null;
  const [, subject = ""] = /^# (.+)$/mu.exec(text) ?? [];
  const digest = createHash("sha256").update(certificatePem).digest("hex").slice(0, 12);
  return { certificatePem, keyPem, subject, nickname: `easyserver-local-${digest}` };
}

/** The root, which is made where there is none. */
export async function ensureRoot(store: Store, now: number, signal: AbortSignal): Promise<LocalRoot> {
  const found = await loadRoot(store);
  if (found !== null) return found;
  const held = await lock(store, "local-root", signal);
  try {
    const meanwhile = await loadRoot(store);
    if (meanwhile !== null) return meanwhile;
    const keyPem = await newKey();
    const subject = `CN=easyserver local authority, O=${printable(userInfo().username)}@${printable(hostname())}`;
    const certificatePem = await signRoot(keyPem, subject, now);
    await store.store(ROOT_KEY, Buffer.from(`# ${subject}\n${certificatePem}${keyPem}`));
    const made = await loadRoot(store);
    if (made === null) throw new Error("the store lost the root that was just stored");
    return made;
  } finally {
    await held.release();
  }
}

async function signRoot(keyPem: string, subject: string, now: number): Promise<string> {
  const x509 = library();
  const { signing, verifying } = await keysOf(keyPem);
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: subject,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + ROOT_LIFE_MS),
    publicKey: verifying,
    signingKey: signing,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(verifying),
      new x509.Extension(NAME_CONSTRAINTS, true, localNamesOnly()),
    ],
  });
  return `${certificate.toString("pem").trim()}\n`;
}

const PERMITTED_NAMES = ["localhost", "local", "internal", "home.arpa", "lan", "test"];

// Address and mask, as RFC 5280 section 4.2.1.10 has them.
const PERMITTED_ADDRESSES = [
  "7f000000 ff000000",
  "0a000000 ff000000",
  "ac100000 fff00000",
  "c0a80000 ffff0000",
  "a9fe0000 ffff0000",
  "64400000 ffc00000",
  `${"0".repeat(31)}1 ${"f".repeat(32)}`,
  `fc00${"0".repeat(28)} fe00${"0".repeat(28)}`,
  `fe80${"0".repeat(28)} ffc0${"0".repeat(28)}`,
];

// Who steals the key of a root that a browser trusts could pose as any site, unless the root itself says where it ends.
function localNamesOnly(): Uint8Array {
  const names = PERMITTED_NAMES.map((name) => sequence(der(0x82, Buffer.from(name, "latin1"))));
  const addresses = PERMITTED_ADDRESSES.map((text) => sequence(der(0x87, Buffer.from(text.replace(" ", ""), "hex"))));
  return sequence(der(0xa0, ...names, ...addresses));
}

/** The local authority as an issuer. It needs no network and says no to nobody. */
export function createLocalIssuer(store: Store, now: () => number): Issuer {
  return {
    id: LOCAL_CA_ID,
    label: "the local authority",
    rehearsal: null,
    quietUntil: async () => 0,
    renewalInfo: async () => null,
    async issue({ names, signal }): Promise<Issued> {
      const root = await ensureRoot(store, now(), signal);
      const keyPem = await newKey();
      // No name here: what looks like one would be held against the root's constraints, as if it were a DNS name.
      const leaf = { names, subject: "CN=easyserver local certificate", lifeMs: LEAF_LIFE_MS, now: now(), keyPem };
      return { chainPem: await signLeaf({ ...leaf, authority: root }), keyPem };
    },
  };
}

// Positive and 127 bits long (RFC 5280 section 4.1.2.2).
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

function printable(text: string): string {
  return text.replaceAll(/[^\w.*-]/gu, "-").slice(0, 60);
}
