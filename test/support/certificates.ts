// Certificates for tests, signed by themselves, made by the openssl that the tests need anyway.

import { execFile, execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { TlsPair } from "../../src/engine/engine.ts";
import { newFolder } from "./folders.ts";

const ISSUE = "openssl is not installed (Debian: apt-get install openssl)";

/** Why these tests cannot run here; `false` when they can. In CI a missing part is a failure. */
export const withoutOpenssl: string | false = (() => {
  if (spawnSync("openssl", ["version"]).status === 0) return false;
  if (process.env["CI"] !== undefined) throw new Error(ISSUE);
  return ISSUE;
})();

export interface MadePair extends TlsPair {
  readonly certFile: string;
  readonly keyFile: string;
  /** Upper-case hexadecimal with colons, as Node shows it. */
  readonly commonName: string;
}

export interface PairWish {
  readonly commonName?: string;
  readonly algorithm?: readonly string[];
  readonly days?: number;
}

const P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/** A pair for `names` in a folder of its own. */
export function makePair(names: readonly string[], wish: PairWish = {}): MadePair {
  const folder = newFolder("pair");
  const certFile = join(folder, "chain.pem");
  const keyFile = join(folder, "key.pem");
  const commonName = wish.commonName ?? names[0] ?? "none";
  const alternatives = names.map((name) => (isIP(name) === 0 ? `DNS:${name}` : `IP:${name}`)).join(",");
  const extension = names.length === 0 ? [] : ["-addext", `subjectAltName=${alternatives}`];
  const request = ["req", "-x509", "-nodes", "-subj", `/CN=${commonName}`, "-days", String(wish.days ?? 30)];
  const files = ["-keyout", keyFile, "-out", certFile];
  execFileSync("openssl", [...request, ...(wish.algorithm ?? P256), ...files, ...extension], { stdio: "ignore" });
  const [chainPem, keyPem] = [readFileSync(certFile, "utf8"), readFileSync(keyFile, "utf8")];
  return { names, commonName, chainPem, keyPem, certFile, keyFile };
}

/** What `openssl s_client` has to say about one handshake. */
export function sClient(port: number, options: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const client = execFile(
      "openssl",
      ["s_client", "-connect", `127.0.0.1:${port}`, ...options],
      { timeout: 20_000 },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
    client.stdin?.end();
  });
}
