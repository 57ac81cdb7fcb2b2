// Do several workers look after one certificate, as one server would?

import assert from "node:assert/strict";
import { request } from "node:https";
import { describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { folder, start } from "../cli/command.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { freePort } from "../support/ports.ts";
import { until } from "../support/waiting.ts";

const APP = "export default () => new Response(String(process.pid));";

interface Answer {
  readonly pid: number;
  readonly issuer: string;
  readonly serial: string;
}

function ask(port: number): Promise<Answer> {
  const options = {
    host: "127.0.0.1",
    port,
    servername: "several.example.com",
    agent: false,
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    request({ ...options, headers: { host: `several.example.com:${port}` } }, (response) => {
      const certificate = (response.socket as TLSSocket).getPeerCertificate();
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", reject).on("end", () => {
        resolve({ pid: Number(text), issuer: String(certificate.issuer?.CN), serial: certificate.serialNumber });
      });
    })
      .on("error", reject)
      .end();
  });
}

describe("several workers of one server", { skip: withoutPebble() }, () => {
  for (const engine of ["uws", "node"]) {
    it(`order one certificate and all serve it, also after a reload [${engine}]`, async () => {
      await using pebble = await Pebble.start();
      const cwd = folder({ "app.mjs": APP });
      const httpsPort = await freePort();
      const ports = ["--https-port", String(httpsPort), "--http-port", String(pebble.httpPort), "--host", "127.0.0.1"];
      const authority = [
        "--acme-directory",
        pebble.directoryUrl,
        "--acme-root",
        pebble.rootFile,
        "--store",
        "certificates",
      ];
      const rest = ["--engine", engine, "--workers", "2", "--domain", "several.example.com"];
      await using command = start(["app.mjs", ...ports, ...authority, ...rest], { cwd, env: { HOME: cwd } });

      const before = await served(httpsPort, new Set());
      command.child.kill("SIGHUP");
      await until(30_000, "the reload", () => command.stderr().includes("reloaded: 2 workers"));
      const after = await served(httpsPort, before.pids);

      assert.deepEqual(after.serials, before.serials);
      assert.equal(before.serials.size, 1);
      assert.equal(command.stderr().match(/"event":"cert_obtained"/g)?.length, 1, command.stderr());
    });
  }
});

interface Served {
  readonly pids: ReadonlySet<number>;
  readonly serials: ReadonlySet<string>;
}

/** What two processes serve, none of them of `former`, once none of them has a placeholder any more. */
async function served(port: number, former: ReadonlySet<number>): Promise<Served> {
  const serials = new Map<number, string>();
  const deadline = performance.now() + 60_000;
  while (serials.size < 2) {
    assert.ok(performance.now() < deadline, `two processes with a certificate, and not ${serials.size}`);
    const answer = await ask(port).catch(() => null);
    if (answer === null || former.has(answer.pid)) continue;
    if (answer.issuer.startsWith("Pebble")) serials.set(answer.pid, answer.serial);
  }
  return { pids: new Set(serials.keys()), serials: new Set(serials.values()) };
}
