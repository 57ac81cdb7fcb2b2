// Does --https give a local site that a real browser accepts, and a root that vouches for nothing else?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { describe, it } from "node:test";
import { serve } from "../../src/index.ts";
import { createLocalIssuer, ensureRoot } from "../../src/tls/local-ca.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { trustPlaces } from "../../src/tls/trust.ts";
import { NO_CHROMIUM, startChromium } from "../support/chromium.ts";
import { newFolder } from "../support/folders.ts";

const { signal } = new AbortController();
const app = (): Response => new Response("<title>at home</title>", { headers: { "content-type": "text/html" } });

/** Body and certificate of a GET whose certificate `ca` must vouch for. */
function getText(url: string, ca: string): Promise<{ text: string; certificate: X509Certificate | undefined }> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { ca, agent: false }, (incoming) => {
      let text = "";
      const certificate = "getPeerX509Certificate" in incoming.socket ? peer(incoming.socket) : undefined;
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => resolve({ text, certificate }));
    });
    outgoing.on("error", reject);
  });
}

function peer(socket: unknown): X509Certificate | undefined {
  return (socket as { getPeerX509Certificate(): X509Certificate | undefined }).getPeerX509Certificate();
}

function opensslVerifies(root: string, chain: string): boolean {
  const folder = newFolder();
  writeFileSync(join(folder, "root.pem"), root);
  writeFileSync(join(folder, "leaf.pem"), chain);
  try {
    execFileSync("openssl", ["verify", "-x509_strict", "-CAfile", "root.pem", "leaf.pem"], {
      cwd: folder,
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

describe("--https", () => {
  it("B55: serves localhost with a certificate of the local authority, the same after a restart", async () => {
    const store = newFolder();
    const options = { https: true, store, port: 0, host: "127.0.0.1", log: "off" } as const;
    const seen: (string | undefined)[] = [];
    for (let start = 0; start < 2; start++) {
      await using server = await serve(app, options);
      const root = await ensureRoot(createFileStore(store), Date.now(), signal);
      const { text, certificate } = await getText(`https://localhost:${server.port}/`, root.certificatePem);

      assert.equal(text, "<title>at home</title>");
      assert.equal(
        certificate?.subjectAltName,
        "DNS:localhost, DNS:*.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
      );
      seen.push(certificate.fingerprint256);
    }

    assert.equal(seen[0], seen[1]);
  });

  it("B55: has a root of ten years that vouches for local names only, and leaves of days", async () => {
    const store = createFileStore(newFolder());
    const root = await ensureRoot(store, Date.now(), signal);
    const issuer = createLocalIssuer(store, Date.now);
    const leaf = async (...names: readonly string[]): Promise<string> =>
      (await issuer.issue({ names, replaces: null, keyPem: null, signal })).chainPem;
    const days = (pem: string): number => (Date.parse(new X509Certificate(pem).validTo) - Date.now()) / 86_400_000;

    assert.ok(days(root.certificatePem) > 3600);
    assert.ok(days(await leaf("localhost")) < 8);
    for (const name of ["localhost", "a.localhost", "nas.local", "db.internal", "10.1.2.3", "::1"]) {
      assert.ok(opensslVerifies(root.certificatePem, await leaf(name)), name);
    }
    for (const name of ["example.com", "bank.example", "8.8.8.8"]) {
      assert.ok(!opensslVerifies(root.certificatePem, await leaf(name)), name);
    }
  });

  it("B8: is what a local name among the domains gets, and a public authority is not asked", async () => {
    const store = newFolder();
    const options = {
      domains: ["shop.internal"],
      store,
      httpPort: false,
      httpsPort: 0,
      host: "127.0.0.1",
      log: "off",
    } as const;
    await using server = await serve(app, { ...options, acmeDirectory: "https://localhost:1/dir" });
    const root = await ensureRoot(createFileStore(store), Date.now(), signal);
    const { certificate } = await new Promise<{ certificate: X509Certificate | undefined }>((resolve, reject) => {
      const where = {
        host: "127.0.0.1",
        port: server.port,
        servername: "shop.internal",
        headers: { host: "shop.internal" },
      };
      get({ ...where, ca: root.certificatePem, agent: false }, (incoming) => {
        resolve({ certificate: peer(incoming.socket) });
        incoming.resume();
      }).on("error", reject);
    });

    assert.equal(certificate?.subjectAltName, "DNS:shop.internal");
  });

  it(
    "opens https://localhost in a real browser that trusts the root in a profile of its own, and not before",
    { skip: NO_CHROMIUM },
    async () => {
      const store = newFolder();
      const home = newFolder();
      await using server = await serve(app, { https: true, store, port: 0, host: "127.0.0.1", log: "off" });
      const url = `https://localhost:${server.port}/`;
      const stranger = await startChromium(home);
      await assert.rejects((await stranger.newPage()).goto(url), /ERR_CERT_AUTHORITY_INVALID/u);
      await stranger.close();
      const root = await ensureRoot(createFileStore(store), Date.now(), signal);
      const places = await trustPlaces({ platform: "linux", home, isRoot: false, top: newFolder() });
      for (const place of places) await place.add(root);
      const browser = await startChromium(home);
      try {
        const page = await browser.newPage();
        await page.goto(url);

        assert.equal(await page.evaluate("document.title"), "at home");
        assert.equal(await page.evaluate("isSecureContext && location.protocol"), "https:");
      } finally {
        await browser.close();
      }
    },
  );
});
