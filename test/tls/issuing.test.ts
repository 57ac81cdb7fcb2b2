// Is a certificate obtained from a real authority, for every kind of name and in every mood of the authority?

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createAcmeIssuer } from "../../src/tls/acme/issuer.ts";
import type { CertificatePair } from "../../src/tls/certificate.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { createTokens } from "../../src/tls/tokens.ts";
import { Pebble, tokenServer, withoutPebble } from "../support/pebble.ts";
import { issuerSettings, manage, manageOn, settingsFor } from "./managing.ts";

const skip = withoutPebble();

async function isSignedBy(pebble: Pebble, pair: CertificatePair | undefined, index = 0): Promise<boolean> {
  assert.ok(pair);
  const [, intermediate = ""] = pair.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/u);
  return new X509Certificate(intermediate).verify(new X509Certificate(await pebble.issuingRoot(index)).publicKey);
}

describe("a certificate", { skip, concurrency: 2 }, () => {
  it("is obtained by http-01 at the first start, with a placeholder until then (B12, B34, B59)", async () => {
    await using pebble = await Pebble.start({ nonceReject: 5 });
    const settings = settingsFor(pebble, { domains: ["Example.COM."], email: "me@example.com" });
    await using managing = await manageOn(pebble, settings);

    assert.deepEqual(
      managing.first.map(({ names, origin }) => [names, origin]),
      [[["example.com"], "placeholder"]],
    );
    const obtained = await managing.event("cert_obtained");
    const [pair] = managing.pairs();

    assert.deepEqual([pair?.names, pair?.origin], [["example.com"], "acme"]);
    assert.ok(await isSignedBy(pebble, pair));
    assert.deepEqual([obtained.names, obtained.attempt, obtained.notAfter], [["example.com"], 1, pair?.notAfter]);
    assert.ok((obtained.nextTry ?? 0) > Date.now());
    assert.equal(managing.count("cert_obtaining"), 1);
    assert.ok(managing.asked.length >= 1);
    assert.equal(await managing.manager.challenge("example.com", managing.asked[0] ?? ""), null, "the token is gone");
  });

  it("B1, B2, B38, B39: comes with an account of its own key, all of it private in the store", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["b1.example"], email: "me@example.com" });
    await using managing = await manageOn(pebble, settings);
    await managing.event("cert_obtained");
    await managing.manager.close();

    const files = readdirSync(settings.store, { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    const account = paths.find((path) => /acme\/localhost-\d+-dir\/users\/me_at_example\.com\.json$/u.test(path));
    const stored = paths.find((path) => /certificates\/localhost-\d+-dir\/b1\.example\/b1\.example\.pem$/u.test(path));
    assert.ok(account !== undefined && stored !== undefined, paths.join("\n"));
    for (const path of paths) assert.equal(statSync(path).mode & 0o777, 0o600, path);
    for (const file of files.filter((entry) => entry.isDirectory())) {
      assert.equal(statSync(join(file.parentPath, file.name)).mode & 0o777, 0o700, file.name);
    }
    const { keyPem } = JSON.parse(readFileSync(account, "utf8")) as { keyPem: string };
    assert.ok(!readFileSync(stored, "utf8").includes(keyPem.split("\n")[1] ?? ""), "two different keys");
    assert.ok(!paths.some((path) => path.includes("/locks/") || path.includes("/challenges/")));
  });

  it("B11: is one for each name, and one for several that are written together", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["one.example", "two.example+www.two.example"] });
    await using managing = await manageOn(pebble, settings);
    await managing.event("cert_obtained", 2);

    assert.deepEqual(
      managing.pairs().map(({ names, origin }) => [names.toSorted(), origin]),
      [
        [["one.example"], "acme"],
        [["two.example", "www.two.example"], "acme"],
      ],
    );
  });

  it("B6: is for the ASCII form of a name in another script", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["Bücher.example"] });
    await using managing = await manageOn(pebble, settings);
    await managing.event("cert_obtained");

    assert.deepEqual(managing.pairs()[0]?.names, ["xn--bcher-kva.example"]);
  });

  it("B10: is for an IP address", async () => {
    await using pebble = await Pebble.start();
    // 127.0.0.1 is local, so that only the issuer itself can be asked for it.
    const settings = settingsFor(pebble, {});
    const store = createFileStore(settings.store);
    const tokens = createTokens(store);
    await using _ = await tokenServer(pebble.httpPort, (_host, token) => tokens.find(token));
    const issuer = createAcmeIssuer(issuerSettings(pebble.directoryUrl, readFileSync(pebble.rootFile, "utf8")), {
      store,
      tokens,
      now: Date.now,
    });
    const { signal } = new AbortController();
    const issued = await issuer.issue({ names: ["127.0.0.1"], replaces: null, keyPem: null, signal });

    assert.match(new X509Certificate(issued.chainPem).subjectAltName ?? "", /IP Address:127\.0\.0\.1/u);
  });

  it("B9: is for a wildcard and its apex by dns-01, two values under one name, and both are gone afterwards", async () => {
    await using pebble = await Pebble.start();
    const dns = pebble.dnsProvider();
    await using managing = await manage(settingsFor(pebble, { domains: ["*.wild.example+wild.example"], dns }));
    await managing.event("cert_obtained");

    assert.deepEqual(managing.pairs()[0]?.names.toSorted(), ["*.wild.example", "wild.example"]);
    const name = "_acme-challenge.wild.example";
    assert.deepEqual(dns.log, [`set ${name}`, `set ${name}`, `remove ${name}`, `remove ${name}`]);
  });

  it("B19: follows a CNAME to where the record may be written", async () => {
    await using pebble = await Pebble.start();
    await pebble.dns("set-cname", { host: "_acme-challenge.cname.example.", target: "cname.validation.example." });
    const dns = pebble.dnsProvider();
    await using managing = await manage(settingsFor(pebble, { domains: ["cname.example"], dns }));
    await managing.event("cert_obtained");

    assert.deepEqual(dns.log, ["set cname.validation.example", "remove cname.validation.example"]);
  });

  it("B4: needs an external account where the authority says so, and the failure names the settings", async () => {
    const hmacKey = Buffer.from("a key of thirty-two bytes length").toString("base64url");
    await using pebble = await Pebble.start({ externalAccounts: { "kid-1": hmacKey } });
    await using refused = await manage(settingsFor(pebble, { domains: ["eab.example"] }));
    const failed = await refused.event("cert_failed");
    await using managing = await manageOn(
      pebble,
      settingsFor(pebble, { domains: ["eab.example"], eabKid: "kid-1", eabHmacKey: hmacKey }),
    );
    await managing.event("cert_obtained");

    assert.match(failed.problem ?? "", /asks for an external account\. Set --eab-kid and --eab-hmac-key/u);
    assert.equal(managing.pairs()[0]?.origin, "acme");
  });

  it("B5: is not ordered without agreement to the terms", async () => {
    await using pebble = await Pebble.start();
    await using managing = await manage(settingsFor(pebble, { domains: ["terms.example"], agreeToTerms: false }));
    const failed = await managing.event("cert_failed");

    assert.match(failed.problem ?? "", /only to who agrees to its terms: data:text/u);
    assert.ok((failed.nextTry ?? 0) - Date.now() > 3_000_000, "waiting does not heal it");
  });

  it("B36: is obtained though every second nonce is refused", async () => {
    await using pebble = await Pebble.start({ nonceReject: 50 });
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["nonce.example"] }));
    await managing.event("cert_obtained");

    assert.equal(managing.count("cert_failed"), 0);
  });

  it("B14: is issued without a challenge where the authorization is still valid", async () => {
    await using pebble = await Pebble.start({ authzReuse: 100 });
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["reuse.example"] }));
    await managing.event("cert_obtained");
    const before = managing.asked.length;
    const [first] = managing.pairs();
    await managing.manager.renew([]);

    assert.ok(before > 0);
    assert.equal(managing.asked.length, before);
    assert.equal(managing.count("cert_renewed"), 1);
    assert.notEqual(managing.pairs()[0]?.chainPem, first?.chainPem);
    assert.notEqual(managing.pairs()[0]?.keyPem, first?.keyPem, "B27: a new key");
  });

  it("B21: has the chain of the preferred issuer", async () => {
    await using pebble = await Pebble.start({ alternateRoots: 1 });
    const [, name = ""] = /CN=(.*)/u.exec(new X509Certificate(await pebble.issuingRoot(1)).subject) ?? [];
    await using managing = await manageOn(
      pebble,
      settingsFor(pebble, { domains: ["chain.example"], preferredChain: name }),
    );
    await managing.event("cert_obtained");

    assert.ok(await isSignedBy(pebble, managing.pairs()[0], 1));
  });

  it("B15: that fails says which name, why, and what to look at, and leaves no token behind", async () => {
    await using pebble = await Pebble.start();
    await using managing = await manage(settingsFor(pebble, { domains: ["closed.example"] }));
    const failed = await managing.event("cert_failed");

    assert.match(failed.problem ?? "", /could not validate closed\.example: connection \(\d+\): .*Hint: .*port 80/u);
    assert.ok((failed.nextTry ?? 0) > Date.now() + 30_000);
  });

  it("B15: that the authority never gives is not asked for again at once", async () => {
    await using pebble = await Pebble.start({ blocked: ["blocked.example"] });
    await using managing = await manage(settingsFor(pebble, { domains: ["blocked.example"] }));
    const failed = await managing.event("cert_failed");

    assert.match(failed.problem ?? "", /rejectedIdentifier/u);
    assert.ok((failed.nextTry ?? 0) - Date.now() > 3_000_000);
  });

  it("B3: is obtained with a new account when the authority has forgotten ours", async () => {
    await using pebble = await Pebble.start();
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["forgotten.example"] }));
    await managing.event("cert_obtained");
    await pebble.stopAuthority();
    await pebble.startAuthority();
    await managing.manager.renew([]);

    assert.equal(managing.count("cert_failed"), 0, JSON.stringify(managing.events));
    assert.ok(await isSignedBy(pebble, managing.pairs()[0]));
  });

  it("B18: comes from the second authority when the first fails", async () => {
    await using pebble = await Pebble.start();
    const acmeDirectory = ["https://localhost:1/dir", pebble.directoryUrl];
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["second.example"], acmeDirectory }));
    const obtained = await managing.event("cert_obtained");

    assert.equal(obtained.issuer, new URL(pebble.directoryUrl).host);
    assert.deepEqual([managing.count("cert_obtaining"), managing.count("cert_failed")], [2, 0]);
  });
});
