// Does the cache keep what fits, and no more?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BoundedCache } from "../../src/static/cache.ts";

const KIB = 1024;

describe("a bounded cache", () => {
  it("gives back what was set last under a key", () => {
    const cache = new BoundedCache<string, string>(100 * KIB);

    cache.set("/a", "old", 10);
    cache.set("/a", "new", 10);

    assert.equal(cache.get("/a"), "new");
    assert.equal(cache.get("/b"), undefined);
  });

  it("A58: forgets what was set longest ago when the bytes run out", () => {
    const cache = new BoundedCache<string, number>(100 * KIB);

    cache.set("/1", 1, 40 * KIB);
    cache.set("/2", 2, 40 * KIB);
    cache.set("/1", 1, 40 * KIB);
    cache.set("/3", 3, 40 * KIB);

    assert.equal(cache.get("/2"), undefined);
    assert.equal(cache.get("/1"), 1);
    assert.equal(cache.get("/3"), 3);
  });

  it("A58: counts every record, so that empty ones are bounded too", () => {
    const cache = new BoundedCache<string, number>(100 * KIB);

    for (let i = 0; i < 10_000; i += 1) cache.set(`/${i}`, i, 0);

    const kept = Array.from({ length: 10_000 }, (_, i) => cache.get(`/${i}`)).filter((value) => value !== undefined);
    assert.ok(kept.length > 50 && kept.length <= 100, `${kept.length} kept`);
    assert.equal(kept.at(-1), 9_999);
  });

  it("gets back the room of what was deleted or replaced", () => {
    const cache = new BoundedCache<string, number>(100 * KIB);
    for (let i = 0; i < 100; i += 1) cache.set("/big", i, 90 * KIB);
    cache.delete("/big");
    cache.delete("/big");

    cache.set("/1", 1, 45 * KIB);
    cache.set("/2", 2, 45 * KIB);

    assert.equal(cache.get("/1"), 1);
    assert.equal(cache.get("/2"), 2);
  });

  it("does not keep what is bigger than all of it, nor the value it replaces", () => {
    const cache = new BoundedCache<string, number>(100 * KIB);
    cache.set("/other", 0, 0);
    cache.set("/a", 1, 0);

    cache.set("/a", 2, 200 * KIB);

    assert.equal(cache.get("/a"), undefined);
    assert.equal(cache.get("/other"), 0);
  });
});
