// Does a certificate of a real authority go by the window that the authority names (RFC 9773)?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renewalId } from "../../src/tls/der.ts";
import { readPair } from "../../src/tls/pair.ts";
import { IMPORTED_ID, loadPair, savePair } from "../../src/tls/shelf.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { authorityFront } from "../support/authority-front.ts";
import { makePair } from "../support/certificates.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { until } from "../support/waiting.ts";
import { newFolder } from "../support/folders.ts";
import { manageOn, settingsFor } from "./managing.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("a renewal window", { skip: withoutPebble() }, () => {
  it("B23, B24, B25: is asked for by the certificate's id, kept to over restarts, and obeyed when it moves into the past", async () => {
    await using pebble = await Pebble.start();
    const later = { start: Date.now() + 40 * DAY, end: Date.now() + 45 * DAY };
    await using front = await authorityFront(pebble, newFolder(), later);
    const options = { domains: ["ari.example"], acmeDirectory: front.directoryUrl, acmeRoot: front.rootFile };
    const settings = settingsFor(pebble, options);
    const store = createFileStore(settings.store);
    let aheadMs = 0;
    const parts = { lookMs: 50, now: (): number => Date.now() + aheadMs };
    await using first = await manageOn(pebble, settings, parts);
    await first.event("cert_obtained");
    const [old] = first.pairs();
    const id = renewalId(old?.chainPem ?? "");
    const authority = new URL(front.directoryUrl).host.replace(":", "-");
    const renewal = async (): Promise<{ chosen: number; askAgain: number } | null> =>
      (await loadPair(store, `${authority}-dir`, "ari.example"))?.facts.renewal ?? null;

    assert.deepEqual(front.asked, [], "not at once");
    aheadMs = 7 * HOUR;
    await until(10_000, "a question", () => front.asked.length === 1);
    await until(10_000, "a moment of the window", () => (first.manager.certificates[0]?.dueAt ?? 0) < later.end);
    await first[Symbol.asyncDispose]();
    const kept = await renewal();
    assert.deepEqual(front.asked, [id]);
    assert.ok(
      kept !== null && kept.chosen >= later.start && kept.chosen <= later.end,
      "earlier than a third of its life",
    );

    await using second = await manageOn(pebble, settings, parts);
    assert.equal(second.manager.certificates[0]?.dueAt, kept.chosen, "chosen once");
    front.advice = { start: Date.now() - 2 * DAY, end: Date.now() - DAY };
    assert.equal(front.orders.length, 1);
    aheadMs = 14 * HOUR;
    await second.event("cert_renewed");

    assert.deepEqual(front.asked, [id, id], "not before Retry-After is over, and not at once for the new one");
    assert.deepEqual(
      front.orders.map(({ replaces }) => replaces),
      [undefined, id],
    );
    assert.notEqual(second.pairs()[0]?.chainPem, old?.chainPem);
    assert.equal(second.count("cert_failed"), 0);
  });

  it("is no business of a certificate that somebody brought along: it is left alone until it is due", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["own.example"] });
    const pair = makePair(["own.example"]);
    const read = readPair(pair.chainPem, pair.keyPem, "acme");
    const facts = { names: ["own.example"], obtained: Date.now(), onDemand: false, renewal: null };
    await savePair(createFileStore(settings.store), "own.example", { authority: IMPORTED_ID, pair: read, facts });
    await using managing = await manageOn(pebble, settings, { lookMs: 50 });
    const [managed] = managing.manager.certificates;

    await until(10_000, "the first look", () => managed?.nextAt === managed?.dueAt);
    assert.ok((managed?.dueAt ?? 0) > Date.now() + DAY);
    assert.equal(managing.count("cert_obtaining"), 0);
  });
});
