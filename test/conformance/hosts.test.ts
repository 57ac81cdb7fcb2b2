// The whole kit over every host there is: what a host does otherwise is on its list, and what is on a list fails.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { installPeers } from "../../bench/peers/install.ts";
import { CASES } from "../../src/conformance/cases.ts";
import { parseDeviations } from "../../src/conformance/deviations.ts";
import { judgeHost } from "../../src/conformance/judge.ts";
import { ruleOf } from "../../src/spec/registry.ts";
import { HOSTS, type JudgedHost, obstacle, otherwise, startHost } from "../support/judged-hosts.ts";

const isInCi = process.env["CI"] !== undefined;
if (isInCi) installPeers(console.log);

/** A case waits this long before it fails: long enough for a machine that runs other tests, too. */
const PATIENCE_MS = 3_000;

function deviationsFor({ deviations }: JudgedHost): ReturnType<typeof parseDeviations> {
  return parseDeviations(readFileSync(new URL(`../../${deviations}`, import.meta.url), "utf8"));
}

async function surprises(host: JudgedHost): Promise<string[]> {
  await using running = await startHost(host);
  const options = { name: host.name, deviations: deviationsFor(host), strict: true, patienceMs: PATIENCE_MS };
  const report = await judgeHost(running.url, options);
  const found = report.cases.filter(({ outcome }) => outcome === "fail" || outcome === "unexpected-pass");
  assert.equal(report.conforms, found.length === 0);
  // Rows about our engines may name tests beside the kit: deviations.test.ts knows them.
  if (!host.isOurs) assert.deepEqual(report.unknownDeviations, []);
  return found.map(({ id, detail }) => `${id}: ${detail}`);
}

describe("the hosts", { concurrency: 2 }, () => {
  for (const host of HOSTS) {
    const reason = otherwise(host) ?? (isInCi ? null : obstacle(host));
    it(`${host.title} does what SPEC.md says, but for its listed deviations`, { skip: reason ?? false }, async () => {
      assert.deepEqual(await surprises(host), []);
    });
  }
});

describe("the cases", () => {
  it("are about statements of SPEC.md", () => {
    for (const { id } of CASES) assert.doesNotThrow(() => ruleOf(id), id);
  });

  it("have ids of their own", () => {
    assert.equal(new Set(CASES.map(({ id }) => id)).size, CASES.length);
  });
});
