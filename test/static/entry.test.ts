// Are the validators of a file honest?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sharedFields, Variant } from "../../src/static/entry.ts";
import { type FileVersion, isSameVersion, isSettled, timeValidators } from "../../src/static/version.ts";
import { mountOf } from "./site.ts";

const NOW_MS = Date.UTC(2026, 10, 23);

function versionAt(modifiedMs: number, changes: Partial<FileVersion> = {}): FileVersion {
  const ns = BigInt(modifiedMs) * 1_000_000n;
  return { device: 1n, inode: 2n, size: 1000n, modifiedNs: ns, changedNs: ns, ...changes };
}

function entryOf(version: FileVersion, name = "a.txt"): Variant {
  const validators = timeValidators(version, "", NOW_MS);
  return new Variant({ file: `/srv/${name}`, version, validators }, sharedFields(name, name, mountOf("/tmp"), null));
}

describe("the validators of an entry", () => {
  it("A8: are none for the constants that build tools write", () => {
    const constants = [0, 1_000, -1_000, Date.UTC(1980, 0, 1), Date.UTC(1985, 9, 26, 8, 15)];
    for (const modifiedMs of constants) {
      const { etag, lastModifiedMs, fields, notModifiedFields } = entryOf(versionAt(modifiedMs));
      assert.equal(etag, null);
      assert.equal(lastModifiedMs, null);
      for (const name of ["etag", "last-modified"])
        assert.equal([...fields, ...notModifiedFields].includes(name), false);
    }
  });

  it("A9: never date the file later than the answer, while the tag stays", () => {
    const future = entryOf(versionAt(NOW_MS + 60_000));

    assert.equal(future.lastModifiedMs, null);
    assert.equal(future.fields.includes("last-modified"), false);
    assert.notEqual(future.etag, null);
    assert.equal(entryOf(versionAt(NOW_MS)).lastModifiedMs, NOW_MS);
  });

  it("A10: tell two writes within one second apart", () => {
    const first = versionAt(NOW_MS - 5_000);
    const second = { ...first, modifiedNs: first.modifiedNs + 1_000n };

    assert.notEqual(entryOf(second).etag, entryOf(first).etag);
    assert.equal(entryOf(second).lastModifiedMs, entryOf(first).lastModifiedMs);
  });

  it("A7: tell two sizes apart, and do not depend on the machine", () => {
    const version = versionAt(NOW_MS - 5_000);

    assert.notEqual(entryOf({ ...version, size: 1001n }).etag, entryOf(version).etag);
    assert.equal(entryOf({ ...version, device: 9n, inode: 9n, changedNs: 0n }).etag, entryOf(version).etag);
  });

  it("A4: cut the time of the file to the second", () => {
    assert.equal(entryOf(versionAt(NOW_MS - 1)).lastModifiedMs, NOW_MS - 1_000);
  });

  it("A61: know sizes beyond 32 bits", () => {
    assert.equal(entryOf(versionAt(NOW_MS - 5_000, { size: 5n * 2n ** 30n })).sizeBytes, 5 * 2 ** 30);
  });
});

describe("the version of a file", () => {
  it("changes with every fact about it", () => {
    const version = versionAt(NOW_MS);
    assert.equal(isSameVersion(version, { ...version }), true);
    for (const fact of ["device", "inode", "size", "modifiedNs", "changedNs"] as const) {
      assert.ok(!isSameVersion(version, { ...version, [fact]: version[fact] + 1n }), fact);
    }
  });

  it("proves nothing until the clock of the file system has moved on", () => {
    assert.equal(isSettled(versionAt(NOW_MS - 5_000), NOW_MS), true);
    assert.equal(isSettled(versionAt(NOW_MS - 1_000), NOW_MS), false);
    assert.equal(isSettled(versionAt(NOW_MS + 60_000), NOW_MS), false);
    assert.equal(isSettled(versionAt(NOW_MS - 5_000, { changedNs: BigInt(NOW_MS) * 1_000_000n }), NOW_MS), false);
  });
});
