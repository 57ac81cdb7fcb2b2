// Does the kit catch what it is there to catch, and believe nothing else?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  badgeOf,
  badgeSvg,
  type Deviation,
  judgeHost,
  type JudgeOptions,
  parseDeviations,
  type Report,
  toTap,
} from "../../src/conformance.ts";
import { sloppyHost, type Fault } from "../support/sloppy-host.ts";

/** Enough for a host on this machine, also while other tests run. */
const PATIENCE_MS = 1_500;

async function judge(faults: readonly Fault[], options: JudgeOptions): Promise<Report> {
  await using host = await sloppyHost(...faults);
  return await judgeHost(host.url, { patienceMs: PATIENCE_MS, profiles: ["core"], strict: true, ...options });
}

function failed({ cases }: Report): string[] {
  return cases.filter(({ outcome }) => outcome !== "pass" && outcome !== "skip").map(({ id }) => id);
}

/** The fault, and the cases that it alone makes fail. */
const CAUGHT: readonly (readonly [fault: Fault, ...cases: string[]])[] = [
  ["first-length-wins", "H1/two-lengths"],
  ["any-host", "H3/none", "H3/two-different"],
  ["any-method", "H4/get"],
  ["joined-cookies", "H31/two"],
  ["body-for-head", "H35/text"],
  ["tells-errors", "H45/reject-error"],
  ["no-date", "H33/present"],
  ["trusts-forwarding", "H9/forwarded"],
  ["keeps-after-close", "H43/close-1"],
  ["short-bodies-are-whole", "H20/half-close-text"],
  ["length-for-204", "H34/204"],
  ["coerces-chunks", "H41/string"],
  ["drops-rest", "H44/at-once"],
];

describe("the kit", { concurrency: 4 }, () => {
  for (const [fault, ...cases] of CAUGHT) {
    it(`catches "${fault}" as ${cases.join(" and ")}, and passes the host without it`, async () => {
      const broken = await judge([fault], { only: cases });
      const sound = await judge([], { only: cases });

      assert.deepEqual(failed(broken), cases);
      assert.equal(broken.conforms, false);
      // A body that never comes is waited for, which is no fault of this one.
      assert.deepEqual(
        failed(sound).filter((id) => id !== "H20/half-close-text"),
        [],
      );
    });
  }
});

describe("a list of deviations", () => {
  const ID = "H31/two";
  const row = (more: Partial<Deviation> = {}): Deviation => ({ id: ID, reason: "cookies are joined here", ...more });

  it("makes a failure that it names no failure of the run", async () => {
    const report = await judge(["joined-cookies"], { only: [ID], deviations: [row({ expect: "expected [" })] });

    assert.equal(report.conforms, true);
    assert.deepEqual([report.cases[0]?.outcome, report.cases[0]?.detail], ["deviation", "cookies are joined here"]);
  });

  it("fails the run when what it names passes", async () => {
    const report = await judge([], { only: [ID], deviations: [row()] });

    assert.deepEqual([report.conforms, report.cases[0]?.outcome], [false, "unexpected-pass"]);
    assert.match(toTap(report), /^not ok 1 - H31\/two/m);
  });

  it("fails the run when what it names fails in another way", async () => {
    const report = await judge(["joined-cookies"], { only: [ID], deviations: [row({ expect: "timed out" })] });

    assert.equal(report.conforms, false);
    assert.match(report.cases[0]?.detail ?? "", /^fails in another way than listed: got \[/);
  });

  it("counts rows about an engine for the host of that name alone", async () => {
    const options = { only: [ID], deviations: [row({ engine: "other" })] };

    assert.equal((await judge(["joined-cookies"], { ...options, name: "this" })).conforms, false);
    assert.equal((await judge(["joined-cookies"], { ...options, name: "other" })).conforms, true);
  });

  it("is told apart from a typing error", async () => {
    const report = await judge([], { only: [ID], deviations: [row({ id: "H31/tow" })] });

    assert.deepEqual(report.unknownDeviations, ["H31/tow"]);
    assert.match(toTap(report), /# the list of deviations names "H31\/tow", which is no case of the kit/);
  });

  it("is refused with the row and what is wrong with it", () => {
    assert.throws(() => parseDeviations("{}"), /a list of deviations is an array/);
    assert.throws(() => parseDeviations('[{"id":"H1"}]'), /row 1 has no "reason"/);
    assert.throws(
      () => parseDeviations('[{"id":"H1","reason":"x","expect":1}]'),
      /row 1 \(H1\): "expect" must be a text/,
    );
  });
});

describe("a report", () => {
  it("takes a failing SHOULD for a warning, unless it is to be strict", async () => {
    const options = { only: ["H30/kept", "H3/v4-hex"] };

    const strict = await judge([], options);
    const lenient = await judge([], { ...options, strict: false });

    assert.deepEqual([failed(strict), strict.conforms], [["H3/v4-hex"], false]);
    assert.deepEqual([failed(lenient), lenient.conforms], [["H3/v4-hex"], true]);
    assert.match(toTap(lenient), /^not ok \d+ - H3\/v4-hex.* # TODO SHOULD$/m);
    assert.doesNotMatch(toTap(strict, { strict: true }), /# TODO/);
  });

  it("skips what a host without a context cannot be asked, and says so", async () => {
    const { cases, conforms } = await judge([], { only: ["T1", "H40"] });

    assert.ok(cases.every(({ outcome }) => outcome === "skip") === false || conforms);
    assert.equal(cases.find(({ id }) => id === "T1/two")?.detail, "the host gives no FSGI context");
    assert.equal(cases.find(({ id }) => id === "H40/stops")?.detail, 'the profile "stream" is not claimed');
  });

  it("becomes a badge that says no more than was judged", async () => {
    const good = badgeOf(await judge([], { only: ["H31"], profiles: ["core", "stream"] }));
    const bad = badgeOf(await judge(["joined-cookies"], { only: ["H31"] }));

    assert.deepEqual([good.message, good.color], ["core", "brightgreen"]);
    assert.deepEqual([bad.message, bad.color], ["not conforming (2 failed)", "red"]);
    assert.match(badgeSvg(bad), /^<svg .*not conforming \(2 failed\)/s);
  });

  it("says which case a host did not survive, skips the rest and does not conform", async () => {
    const report = await judge(["dies-of-a-throw"], {
      only: ["H45/throw-error", "H45/reject-error", "T6"],
      concurrency: 1,
    });

    const [first, ...others] = report.cases;
    assert.deepEqual([first?.id, first?.outcome, report.conforms], ["H45/throw-error", "fail", false]);
    assert.ok(others.every(({ outcome }) => outcome !== "pass"));
    assert.match(others.at(-1)?.detail ?? "", /^the host (?:is gone since|takes no connection)/);
  });

  it("is refused for a server that does not serve the fixture", async () => {
    await assert.rejects(judgeHost("http://127.0.0.1:1/"), /does not serve the fixture of the kit/);
    await assert.rejects(judgeHost("ftp://127.0.0.1/"), /is no http or https address/);
  });
});
