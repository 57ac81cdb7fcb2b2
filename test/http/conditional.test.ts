// Are preconditions evaluated in the order of RFC 9110 section 13.2.2?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Preconditions, PreconditionResult, Validators } from "../../src/http/conditional.ts";
import { evaluatePreconditions, isRangeCurrent } from "../../src/http/conditional.ts";

const NOW_MS = Date.UTC(2026, 10, 23);
const OLD = "Sat, 01 Jan 2022 00:00:00 GMT";
const EQUAL = "Sun, 01 Jan 2023 00:00:00 GMT";
const LATER = "Mon, 01 Jan 2024 00:00:00 GMT";
const FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT";
const CURRENT: Validators = { etag: '"now"', lastModifiedMs: Date.UTC(2023, 0, 1) };
const UNKNOWN: Validators = { etag: null, lastModifiedMs: null };

function evaluate(fields: Partial<Preconditions>, validators = CURRENT, method = "GET"): PreconditionResult {
  const absent = { ifMatch: null, ifUnmodifiedSince: null, ifNoneMatch: null, ifModifiedSince: null };
  return evaluatePreconditions(method, { ...absent, ...fields }, validators, NOW_MS);
}

describe("preconditions", () => {
  it("A1: a hit of If-Match makes an old If-Unmodified-Since count for nothing", () => {
    assert.equal(evaluate({ ifMatch: '"now"', ifUnmodifiedSince: OLD }), "proceed");
    assert.equal(evaluate({ ifMatch: '"gone"', ifUnmodifiedSince: FUTURE }), "failed");
  });

  it("A1: If-None-Match makes If-Modified-Since count for nothing, hit or miss", () => {
    assert.equal(evaluate({ ifNoneMatch: '"now"', ifModifiedSince: OLD }), "not-modified");
    assert.equal(evaluate({ ifNoneMatch: '"gone"', ifModifiedSince: FUTURE }), "proceed");
  });

  it("A1: the first pair is judged before the second", () => {
    assert.equal(evaluate({ ifMatch: '"gone"', ifNoneMatch: '"now"' }), "failed");
    assert.equal(evaluate({ ifUnmodifiedSince: OLD, ifNoneMatch: '"now"' }), "failed");
    assert.equal(evaluate({ ifMatch: '"now"', ifNoneMatch: '"now"' }), "not-modified");
    assert.equal(evaluate({ ifMatch: '"now"', ifModifiedSince: EQUAL }), "not-modified");
  });

  it("A2: If-Match compares strongly", () => {
    assert.equal(evaluate({ ifMatch: '"a",\t"now" , "b"' }), "proceed");
    assert.equal(evaluate({ ifMatch: 'W/"now"' }), "failed");
    assert.equal(evaluate({ ifMatch: 'W/"now"' }, { ...CURRENT, etag: 'W/"now"' }), "failed");
    assert.equal(evaluate({ ifMatch: "now" }), "failed");
    assert.equal(evaluate({ ifMatch: "" }), "failed");
  });

  it("A2: a star matches whatever exists, with a tag or without", () => {
    assert.equal(evaluate({ ifMatch: "*" }), "proceed");
    assert.equal(evaluate({ ifMatch: "*" }, UNKNOWN), "proceed");
    assert.equal(evaluate({ ifMatch: '"now"' }, UNKNOWN), "failed");
  });

  it("A3: If-None-Match compares weakly", () => {
    assert.equal(evaluate({ ifNoneMatch: 'W/"now"' }), "not-modified");
    assert.equal(evaluate({ ifNoneMatch: '"now"' }, { ...CURRENT, etag: 'W/"now"' }), "not-modified");
    assert.equal(evaluate({ ifNoneMatch: '"a", W/"b", "now"' }), "not-modified");
    assert.equal(evaluate({ ifNoneMatch: "*" }), "not-modified");
    assert.equal(evaluate({ ifNoneMatch: '"no"' }), "proceed");
    assert.equal(evaluate({ ifNoneMatch: "now" }), "proceed");
    assert.equal(evaluate({ ifNoneMatch: '"now"' }, UNKNOWN), "proceed");
  });

  it("A3: a hit of If-None-Match fails a method that changes things", () => {
    assert.equal(evaluate({ ifNoneMatch: "*" }, CURRENT, "PUT"), "failed");
    assert.equal(evaluate({ ifNoneMatch: "*" }, CURRENT, "HEAD"), "not-modified");
  });

  it("A4: If-Modified-Since is met by an equal, a later and a future date", () => {
    assert.equal(evaluate({ ifModifiedSince: OLD }), "proceed");
    assert.equal(evaluate({ ifModifiedSince: EQUAL }), "not-modified");
    assert.equal(evaluate({ ifModifiedSince: LATER }), "not-modified");
    assert.equal(evaluate({ ifModifiedSince: FUTURE }), "not-modified");
  });

  it("A4: If-Modified-Since is ignored with garbage, with another method and without a date to compare", () => {
    assert.equal(evaluate({ ifModifiedSince: "garbage" }), "proceed");
    assert.equal(evaluate({ ifModifiedSince: "" }), "proceed");
    assert.equal(evaluate({ ifModifiedSince: FUTURE }, CURRENT, "POST"), "proceed");
    assert.equal(evaluate({ ifModifiedSince: FUTURE }, UNKNOWN), "proceed");
  });

  it("If-Unmodified-Since fails only for a date before the last change", () => {
    assert.equal(evaluate({ ifUnmodifiedSince: OLD }), "failed");
    assert.equal(evaluate({ ifUnmodifiedSince: EQUAL }), "proceed");
    assert.equal(evaluate({ ifUnmodifiedSince: LATER }), "proceed");
    assert.equal(evaluate({ ifUnmodifiedSince: "garbage" }), "proceed");
    assert.equal(evaluate({ ifUnmodifiedSince: OLD }, UNKNOWN), "proceed");
  });
});

describe("If-Range", () => {
  it("A16: lets the range count when it is absent or names this very tag", () => {
    assert.equal(isRangeCurrent(null, CURRENT, NOW_MS), true);
    assert.equal(isRangeCurrent('"now"', CURRENT, NOW_MS), true);
  });

  it("A16: compares tags strongly, and takes one tag only", () => {
    assert.equal(isRangeCurrent('"gone"', CURRENT, NOW_MS), false);
    assert.equal(isRangeCurrent('W/"now"', CURRENT, NOW_MS), false);
    assert.equal(isRangeCurrent('W/"now"', { ...CURRENT, etag: 'W/"now"' }, NOW_MS), false);
    assert.equal(isRangeCurrent('"gone", "now"', CURRENT, NOW_MS), false);
    assert.equal(isRangeCurrent("*", CURRENT, NOW_MS), false);
  });

  it("A16: takes only the exact date", () => {
    assert.equal(isRangeCurrent(EQUAL, CURRENT, NOW_MS), true);
    assert.equal(isRangeCurrent(LATER, CURRENT, NOW_MS), false);
    assert.equal(isRangeCurrent(OLD, CURRENT, NOW_MS), false);
    assert.equal(isRangeCurrent("garbage", UNKNOWN, NOW_MS), false);
    assert.equal(isRangeCurrent("", CURRENT, NOW_MS), false);
  });
});
