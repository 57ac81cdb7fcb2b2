// When is a certificate due, and how do failures space out? Pure, with fast-check where a property holds.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { askAgainIn, checkInterval, isLongGone, momentIn, renewAt, retryDelay } from "../../src/tls/renewal.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("B22: renewal", () => {
  it("begins when a third of the life is left", () => {
    assert.equal(renewAt({ notBefore: 0, notAfter: 90 * DAY }, null), 60 * DAY);
    assert.equal(renewAt({ notBefore: 0, notAfter: 45 * DAY }, null), 30 * DAY);
  });

  it("begins at half of a life under ten days", () => {
    assert.equal(renewAt({ notBefore: 0, notAfter: 160 * HOUR }, null), 80 * HOUR);
    assert.equal(renewAt({ notBefore: 0, notAfter: 60_000 }, null), 30_000);
  });

  it("never leaves fewer than five looks, and is never before the beginning", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 400 * DAY }), (life) => {
        const at = renewAt({ notBefore: 0, notAfter: life }, null);
        assert.ok(at > 0 && life - at >= 5 * checkInterval(life));
      }),
    );
  });
});

describe("B23: what the authority asks for", () => {
  it("goes before the third, earlier or later", () => {
    assert.equal(renewAt({ notBefore: 0, notAfter: 90 * DAY }, 5 * DAY), 5 * DAY);
    assert.equal(renewAt({ notBefore: 0, notAfter: 90 * DAY }, 80 * DAY), 80 * DAY);
  });

  it("is overruled in the last twentieth of the life", () => {
    assert.equal(renewAt({ notBefore: 0, notAfter: 100 * DAY }, 99 * DAY), 95 * DAY);
  });

  it("is a random moment of the window", () => {
    assert.equal(
      momentIn({ start: 100, end: 200 }, () => 0.25),
      125,
    );
  });

  it("is asked again within a minute and half a day, after an error in six hours", () => {
    assert.deepEqual([null, 0, 3 * HOUR, 30 * DAY].map(askAgainIn), [6 * HOUR, 60_000, 3 * HOUR, DAY / 2]);
  });
});

describe("B30: attempts that fail", () => {
  const middle = (): number => 0.5;

  it("are repeated after minutes, then hours, then four times a day for ever", () => {
    const minutes = [1, 2, 3, 4, 5, 19, 20, 1000].map((attempt) => retryDelay(attempt, middle) / 60_000);

    assert.deepEqual(minutes, [1, 2, 2, 5, 10, 180, 360, 360]);
  });

  it("come back spread by a fifth", () => {
    assert.equal(
      retryDelay(1, () => 0),
      54_000,
    );
    assert.ok(retryDelay(1, () => 1) <= 66_000);
  });
});

it("B44: a certificate is long gone two weeks after its end", () => {
  assert.ok(!isLongGone(0, 13 * DAY));
  assert.ok(isLongGone(0, 15 * DAY));
});
