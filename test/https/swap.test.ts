// Do new certificates reach new connections, and does nobody else notice?

import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { withKeyFiles } from "../../src/engine/uws/key-files.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { swapUnderLoad } from "../support/certificate-swaps.ts";
import { ENGINES } from "../support/engines.ts";
import { listenTls, TlsClient } from "../support/tls-server.ts";

/** What the addon is given keys in, as far as this machine has such places. */
function keyFolders(): readonly string[] {
  const parents = [`/run/user/${process.geteuid?.()}`, "/dev/shm", tmpdir()];
  return parents.flatMap((parent) => {
    try {
      return readdirSync(parent).filter((name) => /^easyserver-[A-Za-z0-9]{6}$/u.test(name));
    } catch {
      return [];
    }
  });
}

describe("a certificate swap", { skip: withoutOpenssl }, () => {
  for (const engine of ENGINES) {
    it(`behaviour 39: 12 in a row under load lose nothing [${engine}]`, async () => {
      const report = await swapUnderLoad(engine, 12);

      assert.deepEqual(report.failures, []);
      assert.ok(report.requests.resumptions > 0, "sessions are resumed");
      assert.ok(report.descriptorsAfter <= report.descriptorsBefore, "descriptors are given back");
    });

    it(`changes the set of names [${engine}]`, async () => {
      const [one, two, three] = [makePair(["one.test"]), makePair(["two.test"]), makePair(["three.test"])];
      await using server = await listenTls(engine, [one, two]);
      await using old = await TlsClient.connect(server.port, { servername: "two.test" });
      assert.equal((await old.ask("two.test")).status, 200);

      server.listener.swap([one, three]);

      await using fresh = await TlsClient.connect(server.port, { servername: "three.test" });
      assert.equal(fresh.commonName, "three.test");
      assert.equal((await fresh.ask("three.test")).status, 200);
      await using gone = await TlsClient.connect(server.port, { servername: "two.test" });
      assert.equal(gone.commonName, "one.test");
      // The connection of the name that is gone is still one that its certificate covers.
      assert.equal((await old.ask("two.test")).status, 200);
    });

    it(`B48: of a pair that cannot be used is refused, and the old one goes on [${engine}]`, async () => {
      const [good, other] = [makePair(["a.test"]), makePair(["b.test"])];
      await using server = await listenTls(engine, [good]);

      for (const pairs of [[{ ...good, keyPem: other.keyPem }], [good, { ...other, chainPem: "none" }], []]) {
        assert.throws(() => server.listener.swap(pairs), { code: "ERR_CERTIFICATE" });
      }

      await using client = await TlsClient.connect(server.port, { servername: "a.test" });
      assert.equal(client.commonName, "a.test");
      assert.equal((await client.ask("a.test")).status, 200);
    });
  }

  it("B47: leaves no key behind, and shows it to nobody meanwhile", () => {
    const pair = makePair(["a.test"]);
    const before = keyFolders().length;
    let folder = "";

    assert.throws(() =>
      withKeyFiles([pair], ([files]) => {
        folder = dirname(files!.key_file_name);
        assert.equal(statSync(folder).mode & 0o777, 0o700);
        assert.equal(statSync(files!.key_file_name).mode & 0o777, 0o600);
        throw new Error("the engine refuses");
      }),
    );

    assert.throws(() => readdirSync(folder), { code: "ENOENT" });
    assert.equal(keyFolders().length, before);
  });
});
