// Are the fields of a request joined as Node joins them, whatever the requests before it had?

import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import fc from "fast-check";
import { joinedFields } from "../../adapters/node/incoming-fields.ts";

/** As Node's own parser does it. */
function joinedByNode(lines: readonly string[]): NodeJS.Dict<string | string[]> {
  const message = new IncomingMessage(undefined as never) as IncomingMessage & {
    _addHeaderLines(lines: readonly string[], count: number): void;
  };
  message._addHeaderLines(lines, lines.length);
  return message.headers;
}

const name = fc.constantFrom("host", "accept", "cookie", "set-cookie", "x-a", "1", "2", "constructor", "age");
const lines = fc.array(fc.tuple(name, fc.constantFrom("a", "b", "")), { maxLength: 6 });
/** Requests come in runs of one kind. */
const runs = fc.array(fc.tuple(lines, fc.integer({ min: 1, max: 12 })), { maxLength: 8 });

describe("the fields of a request", () => {
  it("are an object like Node's, with the same keys in the same order", () => {
    fc.assert(
      fc.property(runs, (all) => {
        for (const [pairs, times] of all) {
          const fields = pairs.flat();
          for (let time = 0; time < times; time++) {
            const joined = joinedFields(fields);

            assert.deepEqual(joined, joinedByNode(fields));
            assert.deepEqual(Object.keys(joined), Object.keys(joinedByNode(fields)));
            joined["x-a"] = "altered by the app";
          }
        }
      }),
    );
  });
});
