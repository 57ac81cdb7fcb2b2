// New keys. P-256: what every client takes, and what the engine signs fastest.

import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

/** A new private key as PKCS#8 PEM. */
export async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
