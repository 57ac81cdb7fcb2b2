// Which versions, ciphers and certificates does a client see, and what becomes of one that speaks something else?

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, describe, it } from "node:test";
import { makePair, sClient, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";
import { listenTls, TlsClient } from "../support/tls-server.ts";
import { within } from "../support/waiting.ts";

/** TLS 1.2 suites that a server of today does not take. */
const OLD_SUITES = ["AES128-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"];

const tls12 = ["-tls1_2", "-servername", "rsa.test"];

describe("a TLS handshake", { skip: withoutOpenssl }, () => {
  const first = makePair(["a.test", "127.0.0.1"]);
  const second = makePair(["b.test"]);
  const wild = makePair(["*.w.test"], { commonName: "wild" });
  const rsa = makePair(["rsa.test"], { algorithm: ["-newkey", "rsa:2048"] });

  for (const engine of ENGINES) {
    describe(engine, async () => {
      const server = await listenTls(engine, [first, second, wild]);
      const mixed = await listenTls(engine, [first, rsa]);
      after(() => Promise.all([server.listener.destroy(), mixed.listener.destroy()]));

      it("B54: is of TLS 1.2 or 1.3, and of nothing older", async () => {
        for (const [version, expected] of [
          ["-tls1_2", "TLSv1.2"],
          ["-tls1_3", "TLSv1.3"],
        ] as const) {
          assert.match(
            await sClient(server.port, [version]),
            new RegExp(`New, ${expected}, Cipher is \\S*(?:GCM|CHACHA)`),
          );
        }
        for (const version of ["-tls1", "-tls1_1"]) {
          // At its usual level openssl would not even try.
          const said = await sClient(server.port, [version, "-cipher", "ALL:@SECLEVEL=0"]);
          assert.match(said, /alert protocol version|alert handshake failure|unsupported protocol/u);
          assert.match(said, /Cipher is \(NONE\)/u);
        }
      });

      it("takes only suites with forward secrecy and authenticated encryption", async () => {
        for (const suite of OLD_SUITES) {
          const said = await sClient(mixed.port, [...tls12, "-cipher", `${suite}:@SECLEVEL=0`]);
          assert.match(said, /Cipher is \(NONE\)/u, suite);
        }
      });

      it("shows an RSA pair and an ECDSA pair each to whom it is for", async () => {
        assert.match(await sClient(mixed.port, tls12), /Cipher is ECDHE-RSA-(?:AES|CHACHA)/u);
        for (const [name, key] of [
          ["rsa.test", "rsaEncryption"],
          ["a.test", "id-ecPublicKey"],
        ] as const) {
          assert.match(await sClient(mixed.port, ["-servername", name]), new RegExp(`a:PKEY: ${key},`), name);
        }
      });

      it("B49: shows the pair of the name, whatever its case, and the default for every other", async () => {
        for (const [name, expected] of [
          ["a.test", "a.test"],
          ["b.test", "b.test"],
          ["B.TEST", "b.test"],
          ["b.Test", "b.test"],
          ["x.w.test", "wild"],
          ["X.W.Test", "wild"],
          ["x.y.w.test", "a.test"],
          ["w.test", "a.test"],
          ["unknown.test", "a.test"],
        ] as const) {
          const said = await sClient(server.port, ["-servername", name]);
          assert.match(said, new RegExp(`subject=CN ?= ?${expected}\\n`), name);
        }
        assert.match(await sClient(server.port, ["-noservername"]), /subject=CN ?= ?a\.test\n/u);
      });

      it("tells the request what it rests on", async () => {
        await using client = await TlsClient.connect(server.port, { servername: "b.test" });
        const { scheme, tls } = await client.facts("b.test:8443");

        assert.equal(scheme, "https");
        const expected = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", serverName: "b.test", alpn: null };
        assert.deepEqual(tls, engine === "node" ? expected : { ...expected, version: null, cipher: null });
      });

      it("B50: is no good for a host that its certificate does not cover: 421", async () => {
        for (const [serverName, host, status] of [
          ["b.test", "b.test", 200],
          ["b.test", "B.TEST.", 200],
          ["b.test", "a.test", 421],
          ["b.test", "evil.test", 421],
          ["x.w.test", "y.w.test:444", 200],
          ["x.w.test", "w.test", 421],
          ["unknown.test", "unknown.test", 421],
          ["", "127.0.0.1", 200],
          ["", "127.0.0.2", 421],
        ] as const) {
          await using client = await TlsClient.connect(
            server.port,
            serverName === "" ? {} : { servername: serverName },
          );
          assert.equal((await client.ask(host)).status, status, `${serverName} asked for ${host}`);
        }
      });

      it("ends cleanly for what is none: plain HTTP, noise, silence and half a hello", async () => {
        const hello = Buffer.from("160301020001000", "hex");
        for (const bytes of ["GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Buffer.alloc(4096, 0xff), hello, ""]) {
          const socket = connect(server.port, "127.0.0.1");
          socket.on("error", () => {});
          const closed = new Promise((resolve) => {
            socket.on("close", resolve);
          });
          socket.write(bytes);
          // Who says nothing more has to be cut by the server's own clock; this client has not the time.
          if (bytes === "" || bytes === hello) socket.end();
          socket.resume();
          await within(20_000, "the end of the connection", closed);
        }
        await using client = await TlsClient.connect(server.port, { servername: "a.test" });
        assert.equal((await client.ask("a.test")).status, 200);
        assert.deepEqual(server.errors, []);
      });

      it("B48: starts with no pair that cannot be used, and says why", async () => {
        for (const [pair, sentence] of [
          [{ ...first, keyPem: second.keyPem }, /key does not belong to the certificate for a\.test/u],
          [{ ...first, keyPem: "no key" }, /the certificate for a\.test.* cannot be read/u],
          [{ ...first, chainPem: first.chainPem.slice(0, 200) }, /the certificate for a\.test.* cannot be read/u],
          [
            makePair(["k1.test"], { algorithm: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"] }),
            /kind of key of the certificate for k1\.test/u,
          ],
        ] as const) {
          await assert.rejects(listenTls(engine, [pair]), { code: "ERR_CERTIFICATE", message: sentence });
        }
        await assert.rejects(listenTls(engine, []), { code: "ERR_CERTIFICATE" });
      });
    });
  }
});
