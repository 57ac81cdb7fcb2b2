// Are lists of entity tags read, and tags compared, as RFC 9110 section 8.8.3 says?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isWeak, parseEntityTags, strongMatch, weakMatch } from "../../src/http/etag.ts";

const opaqueTag = fc
  .string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) })
  .map((text) => text.replaceAll(/["\x7f]/g, ""));
const entityTag = fc.tuple(fc.constantFrom("", "W/"), opaqueTag).map(([mark, opaque]) => `${mark}"${opaque}"`);

describe("a list of entity tags", () => {
  it("keeps each tag as written", () => {
    assert.deepEqual(parseEntityTags('"a", W/"b" ,\t"c"'), ['"a"', 'W/"b"', '"c"']);
    assert.deepEqual(parseEntityTags('""'), ['""']);
  });

  it("may be a lone star", () => {
    assert.equal(parseEntityTags("*"), "*");
    assert.equal(parseEntityTags('*, "a"'), null);
    assert.equal(parseEntityTags('"*"')?.[0], '"*"');
  });

  it("does not split at a comma inside the quotes", () => {
    assert.deepEqual(parseEntityTags('"a,b","c"'), ['"a,b"', '"c"']);
  });

  it("skips empty elements", () => {
    assert.deepEqual(parseEntityTags(', "a",, ,"b",'), ['"a"', '"b"']);
  });

  it("is nothing at all when any part of it breaks the grammar", () => {
    const broken = [
      "",
      " ",
      ",",
      "a",
      '"a',
      'a"',
      '"a" "b"',
      '"a""b"',
      'w/"a"',
      'W/ "a"',
      '"a b"',
      '"a", b',
      "W/",
      '"a"\n',
    ];
    for (const field of broken) assert.equal(parseEntityTags(field), null, JSON.stringify(field));
  });

  it("gives back any tags that were joined by commas and blanks", () => {
    const comma = fc.constantFrom(",", ", ", " ,\t", ",, ");
    fc.assert(
      fc.property(fc.array(entityTag, { minLength: 1 }), comma, (tags, separator) => {
        assert.deepEqual(parseEntityTags(tags.join(separator)), tags);
      }),
    );
  });

  it("never throws, and finds only tags that stand in the text", () => {
    const hostile = fc.string({ unit: fc.constantFrom('"', "W", "/", ",", " ", "\t", "*", "a", "\0", "\xff") });
    fc.assert(
      fc.property(hostile, (field) => {
        const tags = parseEntityTags(field);
        if (tags === null || tags === "*") return;
        for (const tag of tags) assert.match(tag, /^(?:W\/)?"[^"]*"$/);
        assert.equal(tags.join("").length <= field.length, true);
      }),
    );
  });

  it("is read in linear time", () => {
    const startedMs = performance.now();

    parseEntityTags(`${" ".repeat(100_000)}x`);
    parseEntityTags(`${'"a" '.repeat(50_000)}`);
    parseEntityTags(`${'W/"'.repeat(50_000)}`);

    assert.equal(performance.now() - startedMs < 500, true);
  });
});

describe("two entity tags", () => {
  it("match strongly only when both are strong and equal", () => {
    assert.equal(strongMatch('"1"', '"1"'), true);
    assert.equal(strongMatch('"1"', '"2"'), false);
    assert.equal(strongMatch('W/"1"', '"1"'), false);
    assert.equal(strongMatch('"1"', 'W/"1"'), false);
    assert.equal(strongMatch('W/"1"', 'W/"1"'), false);
  });

  it("match weakly whatever their marks say", () => {
    assert.equal(weakMatch('W/"1"', 'W/"1"'), true);
    assert.equal(weakMatch('W/"1"', '"1"'), true);
    assert.equal(weakMatch('"1"', 'W/"1"'), true);
    assert.equal(weakMatch('W/"1"', 'W/"2"'), false);
  });

  it("that match strongly match weakly too, and either way round", () => {
    fc.assert(
      fc.property(entityTag, entityTag, (left, right) => {
        assert.equal(strongMatch(left, right), strongMatch(right, left));
        assert.equal(weakMatch(left, right), weakMatch(right, left));
        assert.equal(strongMatch(left, left), !isWeak(left));
        assert.equal(weakMatch(left, left), true);
      }),
    );
  });
});
