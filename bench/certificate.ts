// Which certificate do the HTTPS loads show? One P-256 pair for 127.0.0.1, made once on the machine.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The name says which version of the pair it is: another version is another folder. */
export const TLS_FOLDER: string = join(tmpdir(), "easyserver-bench-tls-1");

/** Makes `chain.pem` and `key.pem` in the folder, unless they are there. */
export function ensureCertificate(): void {
  if (existsSync(join(TLS_FOLDER, "chain.pem"))) return;
  mkdirSync(TLS_FOLDER, { recursive: true, mode: 0o700 });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"];
  const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const parameters = ["req", "-x509", "-days", "3650", ...key, ...names, "-out", "chain.pem"];
  execFileSync("openssl", parameters, { cwd: TLS_FOLDER, stdio: "ignore" });
}
