// Is the authority's name for a certificate the one of RFC 9773?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { renewalId } from "../../src/tls/der.ts";
import { newFolder } from "../support/folders.ts";

/** A certificate with the serial number and the authority key identifier asked for. */
function certificate(serial: string): { readonly pem: string; readonly keyIdentifier: string } {
  const folder = newFolder();
  const openssl = (...parameters: readonly string[]): string =>
    execFileSync("openssl", [...parameters], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...key, "-subj", "/CN=leaf", "-keyout", "leaf.key", "-out", "leaf.csr");
  writeFileSync(join(folder, "ext.cnf"), "authorityKeyIdentifier=keyid:always\nsubjectAltName=DNS:a.example\n");
  const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", serial, "-extfile", "ext.cnf"];
  const pem = openssl("x509", "-req", "-in", "leaf.csr", ...signer);
  const [, hex = ""] =
    /Key Identifier: \n\s+([0-9A-F:]+)/u.exec(openssl("x509", "-in", "ca.pem", "-noout", "-text")) ?? [];
  return { pem, keyIdentifier: Buffer.from(hex.replaceAll(":", ""), "hex").toString("base64url") };
}

describe("B24: the name of a certificate", () => {
  it("keeps the zero byte of a serial whose first bit is set, as in the RFC's example", () => {
    const { pem, keyIdentifier } = certificate("0x8765432100");
    const [identifier, serial] = renewalId(pem)?.split(".") ?? [];

    assert.equal(identifier, keyIdentifier);
    assert.equal(serial, Buffer.from("008765432100", "hex").toString("base64url"));
    assert.equal(Buffer.from("0087654321", "hex").toString("base64url"), "AIdlQyE", "the RFC's own serial");
  });

  it("adds none to a serial whose first bit is not", () => {
    assert.equal(renewalId(certificate("0x1234").pem)?.split(".")[1], Buffer.from("1234", "hex").toString("base64url"));
  });
});
