// Are the three forms of an HTTP date read, and everything else refused (RFC 9110 section 5.6.7)?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatHttpDate, parseHttpDate } from "../../src/http/http-date.ts";

const NOW_MS = Date.UTC(2026, 10, 23);
const EXAMPLE_MS = Date.UTC(1994, 10, 6, 8, 49, 37);
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

describe("an HTTP date", () => {
  it("A4: is read in all three forms", () => {
    assert.equal(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT", NOW_MS), EXAMPLE_MS);
    assert.equal(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", NOW_MS), EXAMPLE_MS);
    assert.equal(parseHttpDate("Sun Nov  6 08:49:37 1994", NOW_MS), EXAMPLE_MS);
    assert.equal(parseHttpDate("Wed Nov 16 08:49:37 1994", NOW_MS), Date.UTC(1994, 10, 16, 8, 49, 37));
  });

  it("A4: with two digits for the year is never more than fifty years ahead", () => {
    const yearOf = (text: string): number => new Date(parseHttpDate(text, NOW_MS) ?? Number.NaN).getUTCFullYear();

    assert.equal(yearOf("Monday, 23-Nov-26 00:00:00 GMT"), 2026);
    assert.equal(yearOf("Monday, 23-Nov-76 00:00:00 GMT"), 2076);
    assert.equal(yearOf("Tuesday, 23-Nov-76 00:00:01 GMT"), 1976);
    assert.equal(yearOf("Friday, 01-Jan-99 00:00:00 GMT"), 1999);
  });

  it("A4: with two digits for the year keeps a leap day that only one century has", () => {
    const in2049 = Date.UTC(2049, 0, 1);

    assert.equal(parseHttpDate("Tuesday, 29-Feb-00 00:00:00 GMT", in2049), Date.UTC(2000, 1, 29));
    assert.equal(parseHttpDate("Tuesday, 29-Feb-00 00:00:00 GMT", Date.UTC(2149, 0, 1)), null);
    assert.equal(parseHttpDate("Tuesday, 29-Feb-00 00:00:00 GMT", Date.UTC(1949, 0, 1)), null);
  });

  it("may name a leap second and the years before 100", () => {
    assert.equal(parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", NOW_MS), Date.UTC(2017, 0, 1));
    assert.equal(new Date(parseHttpDate("Sat, 01 Jan 0050 00:00:00 GMT", NOW_MS) ?? 0).getUTCFullYear(), 50);
  });

  it("that is malformed is none", () => {
    const malformed = [
      "",
      "0",
      "yesterday",
      "1994-11-06T08:49:37Z",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 +0000",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 nov 1994 08:49:37 GMT",
      "sun, 06 Nov 1994 08:49:37 GMT",
      "Xyz, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06 Nov 19940 08:49:37 GMT",
      "Sun,  06 Nov 1994 08:49:37 GMT",
      " Sun, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      "Sun, 06 Nov 1994 08:49:37 GMT\n",
      "Sun, 06 Nov 1994 8:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Thu, 31 Nov 1994 08:49:37 GMT",
      "Tue, 29 Feb 2023 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06-Nov-94 08:49:37 GMT",
      "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sunday, 06 Nov 94 08:49:37 GMT",
      "Sun Nov 6 08:49:37 1994",
      "Sun Nov 06 08:49:37 94",
      "Sun Nov  6 08:49:37 1994 GMT",
    ];
    for (const text of malformed) assert.equal(parseHttpDate(text, NOW_MS), null, JSON.stringify(text));
  });

  it("is written as an IMF-fixdate, cut to the second", () => {
    assert.equal(formatHttpDate(EXAMPLE_MS), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert.equal(formatHttpDate(EXAMPLE_MS + 999.9), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert.equal(formatHttpDate(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
  });

  it("that was written is read as the same second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST_MS }), (ms) => {
        const text = formatHttpDate(ms);

        assert.equal(text.length, 29);
        assert.equal(parseHttpDate(text, NOW_MS), Math.floor(ms / 1000) * 1000);
      }),
    );
  });

  it("with one character changed is read as a moment or not at all, and never throws", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LAST_MS }),
        fc.nat(28),
        fc.string({ minLength: 1, maxLength: 1 }),
        (ms, at, character) => {
          const text = formatHttpDate(ms);
          const read = parseHttpDate(text.slice(0, at) + character + text.slice(at + 1), NOW_MS);

          assert.equal(read === null || Number.isSafeInteger(read), true);
        },
      ),
    );
  });
});
