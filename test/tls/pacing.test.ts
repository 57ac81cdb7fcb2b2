// How is an authority spared: trials after a failure, our own limits, and figures for whoever watches?

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createAcmeIssuer } from "../../src/tls/acme/issuer.ts";
import { createPace } from "../../src/tls/acme/pace.ts";
import type { CertificateEvent } from "../../src/tls/events.ts";
import type { Issuer } from "../../src/tls/issuer.ts";
import { createLocalIssuer } from "../../src/tls/local-ca.ts";
import { resolveOptions } from "../../src/options.ts";
import { createManager } from "../../src/tls/manager.ts";
import { subjectName, type SubjectName } from "../../src/tls/names.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { loadJson, type Store } from "../../src/tls/store.ts";
import { createTokens } from "../../src/tls/tokens.ts";
import { Pebble, tokenServer, withoutPebble } from "../support/pebble.ts";
import { until } from "../support/waiting.ts";
import { newFolder } from "../support/folders.ts";
import { issuerSettings, manage, manageOn, settingsFor } from "./managing.ts";

const skip = withoutPebble();

interface Clock {
  aheadMs: number;
  readonly now: () => number;
}

function clock(): Clock {
  const own: Clock = { aheadMs: 0, now: () => Date.now() + own.aheadMs };
  return own;
}

function issuerAt(pebble: Pebble, store: Store, now: () => number): Issuer {
  const settings = issuerSettings(pebble.directoryUrl, readFileSync(pebble.rootFile, "utf8"));
  return createAcmeIssuer(settings, { store, tokens: createTokens(store), now });
}

async function ordersAt({ id }: Issuer, store: Store): Promise<number> {
  return (await loadJson<{ orders: number[] }>(store, `acme/${id}/pace.json`))?.orders?.length ?? 0;
}

describe("B17: after a failure", { skip }, () => {
  it("the place for trials is asked until it gives a certificate, and then the authority once", async () => {
    await using real = await Pebble.start();
    await using trial = await Pebble.start({ httpPort: real.httpPort });
    const time = clock();
    const store = createFileStore(newFolder());
    const authority = issuerAt(real, store, time.now);
    const rehearsal = issuerAt(trial, store, time.now);
    const issuer: Issuer = {
      id: authority.id,
      label: authority.label,
      rehearsal,
      quietUntil: () => authority.quietUntil(),
      issue: (request) => authority.issue(request),
      renewalInfo: (chainPem) => authority.renewalInfo(chainPem),
    };
    const tokens = createTokens(store);
    const events: CertificateEvent[] = [];
    const manager = createManager({
      store,
      tokens,
      certificates: [[subjectName("b17.example") as SubjectName]],
      issuers: [issuer],
      local: createLocalIssuer(store, time.now),
      onDemand: null,
      reuseKey: false,
      onEvent: (event) => events.push(event),
      now: time.now,
      random: Math.random,
      processId: "b17",
      lookMs: 50,
    });
    const failures = (): number => events.filter(({ type }) => type === "cert_failed").length;
    const orders = async (): Promise<readonly number[]> => [
      await ordersAt(issuer, store),
      await ordersAt(rehearsal, store),
    ];
    await manager.start();
    manager.listening();
    // Nobody answers on the plain port yet.
    await until(20_000, "a failure", () => failures() === 1);
    assert.deepEqual(await orders(), [1, 0]);
    for (const attempt of [2, 3]) {
      time.aheadMs += 600_000;
      await until(20_000, `failure ${attempt}`, () => failures() === attempt);
      assert.deepEqual(await orders(), [1, attempt - 1]);
    }
    await using _ = await tokenServer(real.httpPort, (_host, token) => tokens.find(token));
    time.aheadMs += 600_000;
    await until(20_000, "the certificate", () => events.some(({ type }) => type === "cert_obtained"));
    await manager.close();

    assert.deepEqual(await orders(), [2, 3]);
    assert.equal(failures(), 3);
  });
});

describe("B32: our own limits", () => {
  it("are ten orders in ten seconds and three hundred in three hours, for all processes of a store", async () => {
    const store = createFileStore(newFolder());
    let time = 1_000_000;
    const paces = [createPace(store, "ca", () => time), createPace(store, "ca", () => time)] as const;
    const { signal } = new AbortController();
    const take = async (times: number): Promise<readonly boolean[]> => {
      const taken: boolean[] = [];
      for (let i = 0; i < times; i++) taken.push(await paces[i % 2]!.take(signal));
      return taken;
    };

    assert.deepEqual(await take(11), [...Array.from({ length: 10 }, () => true), false]);
    assert.equal(await paces[1].quietUntil(), 1_010_000);
    time += 10_000;
    assert.equal(await paces[0].quietUntil(), 0);
    for (let burst = 1; burst < 30; burst++) {
      assert.ok((await take(10)).every(Boolean), `burst ${burst}`);
      time += 10_000;
    }
    assert.deepEqual(await take(1), [false]);
    assert.equal(await paces[0].quietUntil(), 1_000_000 + 3 * 3_600_000);
    time = 1_000_000 + 3 * 3_600_000 + 1;
    assert.deepEqual(await take(1), [true]);
    assert.equal(await createPace(store, "another-ca", () => time).quietUntil(), 0);
  });

  it("make further names wait, which is no failure", { skip }, async () => {
    await using pebble = await Pebble.start();
    const time = clock();
    const domains = Array.from({ length: 12 }, (_, index) => `n${index}.example`);
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains }), { lookMs: 50, now: time.now });
    await managing.event("cert_obtained", 10);
    await until(20_000, "two that wait", () => {
      const waiting = managing.events.filter(({ type }) => type === "cert_waiting").flatMap(({ names }) => names);
      return new Set(waiting).size >= 2;
    });
    assert.equal(managing.count("cert_obtained"), 10);
    time.aheadMs += 10_000;
    await managing.event("cert_obtained", 12);

    assert.equal(managing.count("cert_failed"), 0);
    assert.ok(managing.pairs().every(({ origin }) => origin === "acme"));
  });
});

describe("B60: figures for whoever watches", { skip }, () => {
  it("are in the events: expiry and next renewal for each name, attempts, and failures by type", async () => {
    await using pebble = await Pebble.start();
    const expiry = new Map<string, number>();
    const next = new Map<string, number>();
    const failures = new Map<string, number>();
    let attempts = 0;
    const onCertificate = (event: CertificateEvent): void => {
      const { type, names, notAfter, nextTry, problemType } = event;
      if (type === "cert_obtaining") attempts++;
      if (problemType !== null) failures.set(problemType, (failures.get(problemType) ?? 0) + 1);
      for (const name of names) {
        if (notAfter !== null) expiry.set(name, notAfter);
        if (nextTry !== null) next.set(name, nextTry);
      }
    };
    const time = clock();
    const settings = settingsFor(pebble, { domains: ["b60.example"], onCertificate });
    await using first = await manage(settings, { lookMs: 50, now: time.now });
    await first.event("cert_failed");
    await first.manager.close();
    assert.deepEqual([[...failures], attempts, expiry.size], [[["connection", 1]], 1, 0]);
    assert.ok((next.get("b60.example") ?? 0) > Date.now());

    time.aheadMs = 120_000;
    await using second = await manageOn(pebble, settings, { lookMs: 50, now: time.now });
    const { attempt } = await second.event("cert_obtained");
    const [pair] = second.pairs();

    assert.deepEqual([[...failures], attempts, attempt], [[["connection", 1]], 2, 2]);
    assert.equal(expiry.get("b60.example"), pair?.notAfter);
    assert.equal(next.get("b60.example"), second.manager.certificates[0]?.dueAt);
  });

  it("B5, D19: come with the terms that the first order agreed to, once for an account", async () => {
    await using pebble = await Pebble.start();
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["one.example", "two.example"] }));
    await managing.event("cert_obtained", 2);

    const made = managing.events.filter(({ type }) => type === "cert_account");
    assert.equal(made.length, 1);
    assert.match(made[0]?.termsUrl ?? "", /^data:text\/plain/u);
  });
});

describe("a start after an attempt that failed", () => {
  it("says for how long it waits, and for what, as who looks at it sees no certificate", async () => {
    const settings = resolveOptions({
      options: { domains: ["late.example"], store: newFolder(), acmeDirectory: "https://127.0.0.1:9/directory" },
    });
    const before = await manage(settings);
    const failed = await before.event("cert_failed");
    await before.manager.close();

    await using managing = await manage(settings);
    const waiting = await managing.event("cert_waiting");

    assert.equal(waiting.nextTry, failed.nextTry);
    assert.match(waiting.problem ?? "", /the attempt before failed: .*ECONNREFUSED/u);
    assert.equal(managing.count("cert_obtaining"), 0);
  });
});
