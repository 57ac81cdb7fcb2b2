// The kit over HTTPS, on both engines: what it judges is the server behind the handshake.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeHost } from "../../src/conformance.ts";
import * as fixture from "../../src/conformance/fixture.ts";
import { type App, serve } from "../../src/index.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";

describe("a host behind TLS", { skip: withoutOpenssl }, () => {
  for (const engine of ENGINES) {
    it(`is judged like any other (${engine})`, async () => {
      const { certFile, keyFile } = makePair(["a.example", "127.0.0.1"]);
      const settings = {
        engine,
        host: "127.0.0.1",
        log: "off",
        handleSignals: false,
        httpPort: 0,
        httpsPort: 0,
      } as const;
      await using server = await serve(fixture as unknown as App, { ...settings, cert: certFile, key: keyFile });

      const only = ["H1/two-lengths", "H8", "H9", "H31", "H35/text", "H43/close-1", "H47", "H50/endpoints"];
      const report = await judgeHost(`https://127.0.0.1:${server.port}`, { only, patienceMs: 5_000 });

      const failed = report.cases.filter(({ outcome }) => outcome !== "pass");
      assert.deepEqual(
        failed.map(({ id, detail }) => `${id}: ${detail}`),
        [],
      );
      assert.ok(report.cases.length >= 15, `${report.cases.length} cases`);
    });
  }
});
