// Can any body and init be found for which the light class and the platform's differ?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { GenuineResponse, LightResponse } from "../../src/engine/response.ts";

const nasty = fc.constantFrom(
  "",
  " ",
  "a",
  "A-b",
  "x y",
  "\r\n",
  "\0",
  "\x7f",
  "\u00e9",
  "\u0100",
  "\ud800",
  "\t1\n",
  "a\nb",
);
const text = fc.oneof(nasty, fc.string({ maxLength: 8 }), fc.string({ unit: "binary", maxLength: 4 }));
const name = fc.oneof(fc.constantFrom("content-type", "Content-Type", "set-cookie", "X-A", "x-a"), text);
const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.constant(undefined), fc.boolean());

const headers = fc.oneof(
  fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => ({ as: "record", pairs })),
  fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => ({ as: "pairs", pairs })),
  fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => ({ as: "map", pairs })),
);

const status = fc.oneof(
  fc.integer({ min: 195, max: 605 }),
  fc.constantFrom(200, 201, 204, 205, 304, "404", null, undefined, 200.5, Number.NaN, 1e6),
);

const body = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom(null, undefined, 0, false, 12, { a: 1 }, [1, 2]),
  text.map((query) => new URLSearchParams(query)),
  fc.tuple(text, fc.constantFrom("", "a/b", "A/B; c=d", " a/b ")).map(([part, type]) => new Blob([part], { type })),
);

function headersOf({ as, pairs }: { as: string; pairs: [string, unknown][] }): unknown {
  if (as === "pairs") return pairs;
  if (as === "map") return new Map(pairs);
  const record = Object.create(null) as Record<string, unknown>;
  for (const [key, given] of pairs) record[key] = given;
  return record;
}

async function outcome(make: () => Response): Promise<unknown> {
  try {
    const response = make();
    return {
      status: response.status,
      statusText: response.statusText,
      ok: response.ok,
      headers: [...response.headers],
      cookies: response.headers.getSetCookie(),
      isNull: response.body === null,
      media: (await response.clone().blob()).type,
      content: [...new Uint8Array(await response.arrayBuffer())],
      used: response.bodyUsed,
    };
  } catch (error) {
    return (error as Error).name;
  }
}

describe("Response: light against platform", () => {
  it("gives the same object or the same class of error for any body and init", async () => {
    const init = fc.record(
      { status, statusText: fc.oneof(text, fc.constant(undefined)), headers },
      { requiredKeys: [] },
    );

    await fc.assert(
      fc.asyncProperty(body, fc.option(init, { nil: undefined }), async (given, parts) => {
        const make = (): ResponseInit | undefined =>
          parts && ({ ...parts, ...(parts.headers && { headers: headersOf(parts.headers) }) } as never);

        const light = await outcome(() => new LightResponse(given as never, make()));
        const genuine = await outcome(() => new GenuineResponse(given as never, make()));

        assert.deepEqual(light, genuine);
      }),
      { numRuns: 1_500 },
    );
  });

  it("gives the same for Response.json of any value", async () => {
    const init = fc.record({ status, headers }, { requiredKeys: [] });

    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.anything(), fc.jsonValue()),
        fc.option(init, { nil: undefined }),
        async (data, parts) => {
          const make = (): ResponseInit | undefined =>
            parts && ({ ...parts, ...(parts.headers && { headers: headersOf(parts.headers) }) } as never);

          const light = await outcome(() => LightResponse.json(data as never, make()));
          const genuine = await outcome(() => GenuineResponse.json(data as never, make()));

          assert.deepEqual(light, genuine);
        },
      ),
      { numRuns: 800 },
    );
  });
});
