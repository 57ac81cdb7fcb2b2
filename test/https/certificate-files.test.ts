// What does a server do whose certificate files change, or are not what an engine would read?

import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { serve, type Server, type ServeOptions } from "../../src/index.ts";
import { makePair, type MadePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { TlsClient } from "../support/tls-server.ts";
import { until } from "../support/waiting.ts";

type Served = Server & { readonly lines: readonly (readonly [string, unknown])[] };

async function start(engine: EngineName, pair: Pick<MadePair, "certFile" | "keyFile">): Promise<Served> {
  const lines: (readonly [string, unknown])[] = [];
  const log = (facts: object | string, message?: string): void => void lines.push([message ?? "", facts]);
  const logger: NonNullable<ServeOptions["logger"]> = { info: log, warn: log, error: log, child: () => logger };
  const ports = { host: "127.0.0.1", httpPort: false, httpsPort: 0 } as const;
  const files = { cert: pair.certFile, key: pair.keyFile };
  const app = (): Response => new Response("ok");
  return Object.assign(await serve(app, { engine, ...files, ...ports, log: "off", handleSignals: false, logger }), {
    lines,
  });
}

/** Common name of the certificate that a new client gets, which is answered. */
async function nameShown(server: Server): Promise<string> {
  await using client = await TlsClient.connect(server.port, { servername: "a.test" });
  assert.equal((await client.ask("a.test")).text, "ok");
  return client.commonName;
}

function errorOf(line: readonly [string, unknown] | undefined): unknown {
  return (line?.[1] as { err?: unknown } | undefined)?.err;
}

/** Links to the files of `pair`, in a folder of their own, as many tools leave them. */
function linksTo(pair: MadePair): { readonly certFile: string; readonly keyFile: string } {
  const folder = join(dirname(pair.certFile), "live");
  mkdirSync(folder);
  const [certFile, keyFile] = [join(folder, "cert"), join(folder, "key")];
  symlinkSync(pair.certFile, certFile);
  symlinkSync(pair.keyFile, keyFile);
  return { certFile, keyFile };
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

describe("certificate files", { skip: withoutOpenssl }, () => {
  const pair = makePair(["a.test"]);

  for (const engine of ENGINES) {
    it(`serves new files without a restart, and keeps the old pair when they are bad [${engine}]`, async () => {
      const own = makePair(["a.test"], { commonName: "before" });
      const next = makePair(["a.test"], { commonName: "after" });
      await using server = await start(engine, own);
      const seen = (): Promise<string> => nameShown(server);
      assert.equal(await seen(), "before");

      writeFileSync(own.keyFile, next.keyPem);
      await until(10_000, "a line about the bad pair", () => server.lines.length > 0);
      assert.match(server.lines[0]?.[0] ?? "", /cannot be used; the pair before goes on/u);
      assert.match(String(errorOf(server.lines[0])), /does not belong to its key/u);
      assert.equal(await seen(), "before");

      writeFileSync(own.certFile, next.chainPem);
      await until(10_000, "a line about the new pair", () => server.lines.length > 1);
      assert.match(server.lines[1]?.[0] ?? "", /read again/u);
      assert.equal(await seen(), "after");
      assert.equal(server.lines.length, 2);
    });

    it(`starts with no files that are missing or bad [${engine}]`, async () => {
      await assert.rejects(start(engine, { ...pair, certFile: "/nowhere.pem" }), {
        code: "ERR_CERTIFICATE",
        message: /The certificate file "\/nowhere\.pem" cannot be read \(ENOENT\)/u,
      });
      const other = makePair(["b.test"]);
      await assert.rejects(start(engine, { ...pair, keyFile: other.keyFile }), {
        code: "ERR_CERTIFICATE",
      });
    });

    it(`are read where links lead, and with what editors and tools put around them [${engine}]`, async () => {
      const own = makePair(["a.test"], { commonName: "before" });
      const next = makePair(["a.test"], { commonName: "after" });
      await using server = await start(engine, linksTo(own));

      replace(own.keyFile, `\uFEFF${next.keyPem.replaceAll("\n", "\r\n")}`);
      replace(own.certFile, `\uFEFF${next.chainPem}subject=somebody\n${next.keyPem}`);

      await until(10_000, "a line about the new pair", () => server.lines.some(([line]) => /read again/u.test(line)));
      assert.equal(await nameShown(server), "after");
      assert.deepEqual(
        server.lines.flatMap((line) => errorOf(line) ?? []),
        [],
      );
    });

    it(`that no engine can use are not said to be in use [${engine}]`, async () => {
      const own = makePair(["a.test"], { commonName: "before" });
      const odd = makePair(["b.test"], { algorithm: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"] });
      await using server = await start(engine, linksTo(own));

      replace(own.keyFile, odd.keyPem);
      replace(own.certFile, odd.chainPem);
      await until(10_000, "a line about the odd pair", () => server.lines.length > 0);
      replace(own.keyFile, own.keyPem);
      replace(own.certFile, makePair(["a.test"], { commonName: "unfit" }).chainPem);
      await until(10_000, "a line about the next pair", () => server.lines.length > 1);

      assert.match(String(errorOf(server.lines[0])), /kind of key/u);
      assert.match(String(errorOf(server.lines[1])), /does not belong to its key/u);
      assert.equal(await nameShown(server), "before");
    });
  }
});
