// Does every store keep the contract of the seam? One suite, run against each.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createFileStore } from "../../src/tls/store-file.ts";
import { openRedisStore } from "../../src/tls/store-redis.ts";
import { sealedStore } from "../../src/tls/store-sealed.ts";
import { checkStore, lock, segment, type Store } from "../../src/tls/store.ts";
import { Program } from "../support/program.ts";
import { freePort } from "../support/ports.ts";
import { RedisServer, withoutRedis } from "../support/redis.ts";
import { within } from "../support/waiting.ts";
import { newFolder } from "../support/folders.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString("utf8"));

/** `make` gives two stores that are the same place, as two processes have it. */
function contract(make: () => Promise<readonly [Store, Store]>): void {
  it("B37: gives back what was stored, to everybody, and null for what was not", async () => {
    const [one, two] = await make();
    await one.store("a/b/c.json", bytes("first"));
    await one.store("a/b/c.json", bytes("second \u0000 é"));

    assert.equal(text(await two.load("a/b/c.json")), "second \u0000 é");
    assert.equal(await two.load("a/b/d.json"), null);
    assert.equal(await two.load("a/b"), null, "a folder is no value");
  });

  it("B37: lists keys below a prefix and tells when they were stored", async () => {
    const [one, two] = await make();
    const before = Date.now() - 2000;
    for (const key of ["x/b.pem", "x/a/c.pem", "xy/d.pem"]) await one.store(key, bytes("12345"));

    assert.deepEqual(await two.list("x"), ["x/a/c.pem", "x/b.pem"]);
    assert.deepEqual(await two.list("nothing"), []);
    const found = await two.stat("x/b.pem");
    assert.ok(found !== null && found.modified > before && found.modified < Date.now() + 2000);
    assert.equal(await two.stat("x/z.pem"), null);
  });

  it("B37: deletes a key and all below it, and nothing else", async () => {
    const [one, two] = await make();
    for (const key of ["d/a.pem", "d/b/c.pem", "dd.pem"]) await one.store(key, bytes("x"));
    await two.delete("d");
    await two.delete("never");

    assert.deepEqual([await one.list("d"), text(await one.load("dd.pem"))], [[], "x"]);
  });

  it("refuses keys that could leave it", async () => {
    const [one] = await make();
    for (const key of ["../a", "a/../b", "/a", "a//b", ".a", "A", "a b", "", "a\u0000"]) {
      await assert.rejects(one.load(key), TypeError, key);
      await assert.rejects(one.store(key, bytes("x")), TypeError, key);
    }
  });

  it("B40: gives a lock to one at a time, and to the next when it is released", async () => {
    const [one, two] = await make();
    const held = await one.tryLock("issue-a.example");
    assert.ok(held !== null);
    assert.equal(await two.tryLock("issue-a.example"), null);
    assert.equal(await one.tryLock("issue-a.example"), null);
    const other = await two.tryLock("issue-b.example");
    assert.ok(other !== null);
    await other.release();
    await held.release();
    await held.release();

    const next = await two.tryLock("issue-a.example");
    assert.ok(next !== null);
    assert.equal(held.lost.aborted, false);
    await next.release();
  });

  it("B40: lets twenty who hurry to it through one after the other", async () => {
    const stores = await make();
    const { signal } = new AbortController();
    let inside = 0;
    let most = 0;
    const tryOnce = async (store: Store): Promise<boolean> => {
      const held = await store.tryLock("busy");
      if (held === null) return false;
      most = Math.max(most, ++inside);
      await store.load("busy");
      inside--;
      await held.release();
      return true;
    };
    const wins = await Promise.all(Array.from({ length: 20 }, (_, i) => tryOnce(stores[i % 2]!)));

    assert.equal(most, 1);
    assert.ok(wins.includes(true));
    const held = await lock(stores[0], "busy", signal);
    await held.release();
  });

  it("B42: passes the check of a start", async () => {
    const [one] = await make();
    await checkStore(one, "host-1");

    assert.deepEqual(await one.list("probe"), []);
  });
}

describe("the store in a folder", () => {
  contract(async () => {
    const folder = newFolder();
    return [createFileStore(folder), createFileStore(folder)];
  });

  it("B38: is private, and leaves no temporary file", async () => {
    const folder = join(newFolder(), "new");
    await createFileStore(folder).store("a/b.pem", bytes("secret"));

    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "a/b.pem")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(folder, "a")), ["b.pem"]);
  });

  it("B38: has the old value or the new one after a kill at any point", async () => {
    const folder = newFolder();
    const program = `
      import { createFileStore } from ${JSON.stringify(new URL("../../src/tls/store-file.ts", import.meta.url).href)};
      const store = createFileStore(process.argv[1]);
      for (let i = 0; ; i = 1 - i) {
        await store.store("a/value.json", Buffer.from(String(i).repeat(200_000)));
        if (i === 0) process.stdout.write(".");
      }`;
    for (let round = 0; round < 3; round++) {
      const parameters = ["--import", "tsx", "--input-type=module", "-e", program, folder];
      const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
      const writer = new Program("the writer", child);
      await writer.untilUp(60_000, () => writer.tail.length > 2 + round);
      await writer.end();
      const value = readFileSync(join(folder, "a/value.json"), "utf8");
      assert.match(value, /^(?:0{200000}|1{200000})$/u);
    }
  });

  it("B40: takes over the lock of a process that died, once", async () => {
    const folder = newFolder();
    const path = join(folder, "locks/issue-x.lock");
    mkdirSync(join(folder, "locks"));
    writeFileSync(path, "somebody who is gone");
    const [one, two] = [createFileStore(folder), createFileStore(folder)];
    assert.equal(await one.tryLock("issue-x"), null, "fresh");
    const past = new Date(Date.now() - 11_000);
    utimesSync(path, past, past);
    const wins = await Promise.all([one, two, one, two].map((store) => store.tryLock("issue-x")));

    assert.equal(wins.filter((held) => held !== null).length, 1);
  });

  it("B42: that cannot be written says so, and what to do", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    await assert.rejects(checkStore(createFileStore(join(file, "store")), "host-1"), (error: Error) => {
      assert.match(
        error.message,
        /^The certificate store "[^"]+\/file\/store" cannot be written to\. Give the server's user access/u,
      );
      return "code" in error && error.code === "ERR_STORE";
    });
  });

  it("B39: makes a segment of any name", () => {
    assert.deepEqual(["*.example.com", "2001:db8::1", "../../etc", "me@example.com", "UPPER"].map(segment), [
      "wildcard_.example.com",
      "2001-db8--1",
      "--etc",
      "me_at_example.com",
      "upper",
    ]);
  });
});

describe("the store in Redis", { skip: withoutRedis() }, () => {
  const opened: Store[] = [];
  let redis: RedisServer;
  let database = 0;
  // Begun first, since it waits for as long as a Redis may take to come back.
  let unanswered: { readonly port: number; readonly failure: Promise<Error> };
  before(async () => {
    const port = await freePort();
    const opening = openRedisStore(`redis://user:s3cret@127.0.0.1:${port}`);
    unanswered = {
      port,
      failure: opening.then(
        () => assert.fail("it answers"),
        (error: Error) => error,
      ),
    };
    redis = await RedisServer.start();
  });
  after(async () => {
    for (const store of opened) await store.close();
    await redis[Symbol.asyncDispose]();
  });
  const make = async (): Promise<readonly [Store, Store]> => {
    const url = `${redis.url}/${database++}`;
    const pair = [await openRedisStore(url), await openRedisStore(url)] as const;
    opened.push(...pair);
    return pair;
  };

  contract(make);

  it("B41: never takes away a lock that has passed to another", async () => {
    const [one, two] = await make();
    const held = await one.tryLock("lease");
    assert.ok(held !== null);
    await redis.kill();
    await redis.restart();
    const other = await two.tryLock("lease");
    assert.ok(other !== null, "a Redis that forgot gives it to who comes first");
    await held.release();

    assert.equal(await one.tryLock("lease"), null, "the release of the first does not end the second");
    await other.release();
  });

  it("B41: leaves a lock that a Redis forgot to its holder, and takes over that of a holder who died", async () => {
    const [one, two] = await make();
    const held = await one.tryLock("forgotten");
    assert.ok(held !== null);
    assert.equal(await two.tryLock("forgotten"), null);
    await redis.kill();
    await redis.restart();
    const seen = performance.now();
    while (performance.now() - seen < 1500) assert.equal(await two.tryLock("forgotten"), null);
    assert.deepEqual(await two.list("locks"), ["locks/forgotten"], "the holder has taken it again");
    await held.release();
    const next = await two.tryLock("forgotten");
    assert.ok(next !== null, "at once, when it was given back");
    assert.equal(await one.tryLock("forgotten"), null);
    await two.close();
    await one.delete("locks/forgotten");
    const last = await within(10_000, "the lock of the dead", lock(one, "forgotten", new AbortController().signal));
    await last.release();

    assert.equal(held.lost.aborted, false);
  });

  it("waits for a Redis that restarts", async () => {
    const [one] = await make();
    await one.store("a", bytes("x"));
    await redis.kill();
    const loading = one.load("a");
    await redis.restart();

    assert.equal(await loading, null);
    await one.store("a", bytes("y"));
    assert.equal(text(await one.load("a")), "y");
  });

  it("says which server does not answer, without its password", async () => {
    const { message } = await unanswered.failure;

    assert.ok(
      message.startsWith(`The certificate store redis://127.0.0.1:${unanswered.port} does not answer`),
      message,
    );
    assert.doesNotMatch(message, /s3cret/);
  });
});

describe("a sealed store", () => {
  const SECRET = "correct horse battery staple";

  contract(async () => {
    const folder = newFolder();
    return [await sealedStore(createFileStore(folder), SECRET), await sealedStore(createFileStore(folder), SECRET)];
  });

  it("B45: has nothing of a value on the disk, and never the same octets twice", async () => {
    const folder = newFolder();
    const store = await sealedStore(createFileStore(folder), SECRET);
    await store.store("keys/a.pem", bytes("-----BEGIN PRIVATE KEY-----"));
    const first = readFileSync(join(folder, "keys/a.pem"));
    await store.store("keys/a.pem", bytes("-----BEGIN PRIVATE KEY-----"));

    assert.equal(first.includes("PRIVATE"), false);
    assert.notDeepEqual(first, readFileSync(join(folder, "keys/a.pem")));
  });

  it("B45: refuses another secret, none, a changed octet and a value of another name, and does not call it absent", async () => {
    const folder = newFolder();
    const store = await sealedStore(createFileStore(folder), SECRET);
    await store.store("keys/a.pem", bytes("secret"));
    const file = join(folder, "keys/a.pem");
    const octets = readFileSync(file);
    writeFileSync(join(folder, "keys/b.pem"), octets);
    writeFileSync(join(folder, "keys/c.pem"), octets.with(-1, octets.at(-1)! ^ 1));
    const isRefused = (place: Store, key: string, message: RegExp): Promise<void> =>
      assert.rejects(place.load(key), { code: "ERR_STORE", message });

    await isRefused(await sealedStore(createFileStore(folder), "another"), "keys/a.pem", /another --store-secret/u);
    await isRefused(
      await sealedStore(createFileStore(folder), null),
      "keys/a.pem",
      /is encrypted: set --store-secret/u,
    );
    await isRefused(store, "keys/b.pem", /cannot be decrypted/u);
    await isRefused(store, "keys/c.pem", /cannot be decrypted/u);
    assert.equal(text(await store.load("keys/a.pem")), "secret");
  });

  it("B45: reads what was stored in plain before, and seals it when it is stored again", async () => {
    const folder = newFolder();
    await createFileStore(folder).store("account.json", bytes("{}"));
    const store = await sealedStore(createFileStore(folder), SECRET);
    assert.equal(text(await store.load("account.json")), "{}");
    await store.store("account.json", bytes("{}"));

    assert.equal(readFileSync(join(folder, "account.json"), "latin1").includes("{}"), false);
    assert.equal(text(await store.load("account.json")), "{}");
  });
});
