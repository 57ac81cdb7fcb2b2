// A hundred certificates in a row, under load: no failure, and nothing that grows.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withoutOpenssl } from "../support/certificates.ts";
import { swapUnderLoad } from "../support/certificate-swaps.ts";
import { ENGINES } from "../support/engines.ts";

/** An addon keeps the tables of a generation for as long as the process lives: about 60 KB each, measured. */
const GROWTH_MB = 20;

describe("100 certificate swaps", { skip: withoutOpenssl }, () => {
  for (const engine of ENGINES) {
    it(`behaviour 39: lose no request, no descriptor and no memory [${engine}]`, async () => {
      const report = await swapUnderLoad(engine, 100);

      assert.deepEqual(report.failures, []);
      assert.ok(report.descriptorsAfter <= report.descriptorsBefore, JSON.stringify(report));
      assert.ok(report.megabytesAfter - report.megabytesAtHalf < GROWTH_MB, JSON.stringify(report));
    });
  }
});
