// Does the server keep its certificates over restarts, failures and bad authorities, without ordering too much?

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createAcmeIssuer } from "../../src/tls/acme/issuer.ts";
import { directoryId } from "../../src/tls/acme/directory.ts";
import { placeholder } from "../../src/tls/local-ca.ts";
import type { CertificateSettings } from "../../src/tls/settings.ts";
import { resolveOptions } from "../../src/options.ts";
import { loadPair, savePair } from "../../src/tls/shelf.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { createTokens } from "../../src/tls/tokens.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { until } from "../support/waiting.ts";
import { stubAuthority } from "../support/stub-authority.ts";
import { newFolder } from "../support/folders.ts";
import { issuerSettings, manage, manageOn, settingsFor } from "./managing.ts";

const skip = withoutPebble();
const DAY = 86_400_000;
const QUICK = { lookMs: 50 };

/** How many orders the authority of the settings was asked for, as the store remembers. */
function ordersIn({ store }: CertificateSettings): number {
  const [authority] = readdirSync(join(store, "acme"));
  const pace = join(store, "acme", authority ?? "", "pace.json");
  return (JSON.parse(readFileSync(pace, "utf8")) as { orders: number[] }).orders.length;
}

describe("a certificate that is stored", { skip, concurrency: 2 }, () => {
  it("behaviour 40, B1, B30: survives a crash loop of fifty starts with no further order, and an authority that is down", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["kept.example"] });
    const obtained = await manageOn(pebble, settings);
    await obtained.event("cert_obtained");
    await obtained[Symbol.asyncDispose]();
    const [pair] = obtained.pairs();
    for (let start = 0; start < 50; start++) {
      if (start === 25) await pebble.stopAuthority();
      const managing = await manage(settings);
      await managing.manager.close();
      assert.equal(managing.first[0]?.chainPem, pair?.chainPem);
      assert.deepEqual(
        managing.events.map(({ type }) => type),
        ["cert_cached"],
      );
    }

    assert.equal(ordersIn(settings), 1);
  });

  it("B33: is kept when the authority is down at its renewal, and renewed when it is back", async () => {
    await using pebble = await Pebble.start();
    let aheadMs = 0;
    const now = (): number => Date.now() + aheadMs;
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["down.example"] }), {
      ...QUICK,
      now,
    });
    await managing.event("cert_obtained");
    const [old] = managing.pairs();
    await pebble.stopAuthority();
    aheadMs = 61 * DAY;
    const failed = await managing.event("cert_failed");

    assert.equal(managing.pairs()[0]?.chainPem, old?.chainPem);
    assert.match(failed.problem ?? "", /network: .*ECONNREFUSED/u);
    assert.deepEqual([failed.attempt, failed.notAfter], [1, old?.notAfter]);
    await pebble.startAuthority();
    aheadMs += 120_000;
    await until(15_000, "the renewal", () => managing.count("cert_renewed") === 1);
    const renewed = managing.events.find(({ type }) => type === "cert_renewed");
    assert.equal(renewed?.attempt, 2);
    assert.notEqual(managing.pairs()[0]?.chainPem, old?.chainPem);
  });

  it("B43: renewed by another process is taken over without an order", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["fleet.example"] });
    await using one = await manageOn(pebble, settings, QUICK);
    await one.event("cert_obtained");
    await using two = await manage(settings, QUICK);
    await one.manager.renew([]);
    await one.event("cert_renewed");
    await until(5000, "the other's certificate", () => two.pairs()[0]?.chainPem === one.pairs()[0]?.chainPem);

    assert.deepEqual([two.count("cert_obtaining"), ordersIn(settings)], [0, 2]);
  });

  it("B57: from the place for trials does not count as one from the real authority", async () => {
    const store = createFileStore(newFolder());
    const names = ["trial.example"];
    const pair = { ...(await placeholder(names, Date.now())), issuerName: "trial" };
    const facts = { names, obtained: Date.now(), onDemand: false, renewal: null };
    const staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
    await savePair(store, "trial.example", { authority: directoryId(staging), pair, facts });

    assert.notEqual(directoryId(staging), directoryId("https://acme-v02.api.letsencrypt.org/directory"));
    assert.equal(
      await loadPair(store, directoryId("https://acme-v02.api.letsencrypt.org/directory"), "trial.example"),
      null,
    );
  });
});

describe("a certificate that is not there yet", { skip, concurrency: 2 }, () => {
  it("B34: comes when the authority is back, and a placeholder serves until then", async () => {
    await using pebble = await Pebble.start();
    await pebble.stopAuthority();
    let aheadMs = 0;
    const now = (): number => Date.now() + aheadMs;
    await using managing = await manageOn(pebble, settingsFor(pebble, { domains: ["late.example"] }), {
      ...QUICK,
      now,
    });
    await managing.event("cert_failed");
    assert.equal(managing.pairs()[0]?.origin, "placeholder");
    await pebble.startAuthority();
    aheadMs = 120_000;
    await until(15_000, "the certificate", () => managing.pairs()[0]?.origin === "acme");

    assert.equal(managing.count("cert_failed"), 1);
  });

  it("B30: is asked for once in a crash loop, also when each process dies in the middle", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["loop.example"] });
    await using first = await manage(settings, QUICK);
    await first.event("cert_failed");
    for (let start = 0; start < 10; start++) {
      const managing = await manage(settings, QUICK);
      await managing.manager.close();
      assert.equal(managing.count("cert_obtaining"), 0);
    }

    assert.equal(ordersIn(settings), 1);
  });

  it("B40: is ordered once by two that start together on one folder", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { domains: ["together.example"] });
    const pair = [await manageOn(pebble, settings, QUICK), await manage(settings, QUICK)] as const;
    await until(20_000, "both", () => pair.every((managing) => managing.pairs()[0]?.origin === "acme"));
    for (const managing of pair) await managing[Symbol.asyncDispose]();

    assert.equal(pair[0].pairs()[0]?.chainPem, pair[1].pairs()[0]?.chainPem);
    assert.equal(ordersIn(settings), 1);
  });
});

/** Settings that lead to a stub. */
function stubSettings(stub: { url: string; rootFile: string }, domains: string[]): CertificateSettings {
  return resolveOptions({
    options: { domains, store: newFolder(), acmeDirectory: `${stub.url}/dir`, acmeRoot: stub.rootFile },
  });
}

const ERROR = "urn:ietf:params:acme:error:";

describe("an authority that misbehaves", { concurrency: 2 }, () => {
  it("B31: is left alone until its Retry-After, over restarts, without anything waiting inside", async () => {
    await using stub = await stubAuthority(newFolder(), ({ path }) =>
      path === "/newOrder"
        ? { status: 429, fields: { "retry-after": "7200" }, body: { type: `${ERROR}rateLimited`, detail: "too many" } }
        : undefined,
    );
    const settings = stubSettings(stub, ["slow.example"]);
    let aheadMs = 0;
    const parts = { ...QUICK, now: (): number => Date.now() + aheadMs };
    const first = await manage(settings, parts);
    const failed = await first.event("cert_failed");
    await first.manager.close();
    const asked = stub.requests.length;
    aheadMs = 600_000;
    await using second = await manage(settings, parts);
    await until(5000, "a word about waiting", () => second.count("cert_waiting") > 0);

    assert.match(failed.problem ?? "", /rateLimited \(429\): too many.*Hint: --staging/u);
    assert.equal(stub.requests.length, asked);
    const waiting = await second.event("cert_waiting");
    assert.ok(Math.abs((waiting.nextTry ?? 0) - Date.now() - 7_200_000) < 60_000);
  });

  it("that answers no JSON is a failure in words", async () => {
    await using stub = await stubAuthority(newFolder(), ({ path }) =>
      path === "/newOrder" ? { status: 200, fields: { "content-type": "text/html" }, body: "<html>" } : undefined,
    );
    await using managing = await manage(stubSettings(stub, ["html.example"]), QUICK);
    const failed = await managing.event("cert_failed");

    assert.match(failed.problem ?? "", /^localhost:\d+: malformed: /u);
  });

  it("that is none says so", async () => {
    await using stub = await stubAuthority(newFolder(), ({ path }) =>
      path === "/dir" ? { status: 200, body: {} } : undefined,
    );
    await using managing = await manage(stubSettings(stub, ["none.example"]), QUICK);

    assert.match((await managing.event("cert_failed")).problem ?? "", /is no ACME directory: it has no "newNonce"/u);
  });

  it("that is not trusted hints at --acme-root", async () => {
    await using stub = await stubAuthority(newFolder(), () => undefined);
    const settings = { ...stubSettings(stub, ["untrusted.example"]), acmeRoot: null };
    await using managing = await manage(settings, QUICK);

    assert.match((await managing.event("cert_failed")).problem ?? "", /network: .*Hint: .*--acme-root/u);
  });

  it("B25: that has replaced the certificate before is asked once more without saying so", async () => {
    await using stub = await stubAuthority(newFolder(), ({ path, payload }, url) => {
      if (path === "/dir") {
        const names = ["newNonce", "newAccount", "newOrder", "renewalInfo"];
        return { status: 200, body: Object.fromEntries(names.map((name) => [name, `${url}/${name}`])) };
      }
      if (path !== "/newOrder") return undefined;
      if (payload["replaces"] !== undefined)
        return { status: 409, body: { type: `${ERROR}alreadyReplaced`, detail: "twice" } };
      return { status: 403, body: { type: `${ERROR}rejectedIdentifier`, detail: "enough" } };
    });
    const { names: _, ...old } = await placeholder(["old.example"], Date.now());
    const issuer = issuerAt(stub.url, stub.rootPem);
    const { signal } = new AbortController();
    const request = { names: ["old.example"], replaces: old.chainPem, keyPem: null, signal };
    await assert.rejects(issuer.issue(request), /rejectedIdentifier/u);

    const orders = stub.requests
      .filter(({ path }) => path === "/newOrder")
      .map(({ payload }) => typeof payload["replaces"]);
    assert.deepEqual(orders, ["string", "undefined"]);
  });

  it("B26: that does not have the profile is not asked, and the message lists what it has", async () => {
    await using stub = await stubAuthority(newFolder(), ({ path }, url) => {
      if (path !== "/dir") return undefined;
      const names = ["newNonce", "newAccount", "newOrder"].map((name) => [name, `${url}/${name}`]);
      return {
        status: 200,
        body: { ...Object.fromEntries(names), meta: { profiles: { classic: "c", shortlived: "s" } } },
      };
    });
    await using managing = await manage({ ...stubSettings(stub, ["profile.example"]), profile: "short" }, QUICK);

    assert.match(
      (await managing.event("cert_failed")).problem ?? "",
      /has no profile "short"\. It has: classic, shortlived/u,
    );
    assert.ok(!stub.requests.some(({ path }) => path === "/newOrder"));
  });

  it("B23: that wants a certificate back is obeyed, and its window is asked for twice a day at least", async () => {
    const windows = [{ start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" }];
    await using stub = await stubAuthority(newFolder(), ({ path }, url) => {
      if (path === "/dir") {
        const names = ["newNonce", "newAccount", "newOrder", "renewalInfo"];
        return { status: 200, body: Object.fromEntries(names.map((name) => [name, `${url}/${name}`])) };
      }
      if (!path.startsWith("/renewalInfo/")) return undefined;
      return {
        status: 200,
        fields: { "retry-after": "21600" },
        body: { suggestedWindow: windows[0], explanationURL: "https://why.example" },
      };
    });
    const { chainPem } = await placeholder(["ari.example"], Date.now());
    const advice = await issuerAt(stub.url, stub.rootPem).renewalInfo(chainPem);

    assert.deepEqual(advice?.window, { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 2) });
    assert.deepEqual([advice?.retryAfterMs, advice?.explanationUrl], [21_600_000, "https://why.example"]);
    const settings = stubSettings(stub, ["ari.example"]);
    const pair = await placeholder(["ari.example"], Date.now());
    const facts = { names: pair.names, obtained: Date.now(), onDemand: false, renewal: null };
    await savePair(createFileStore(settings.store), "ari.example", {
      authority: directoryId(`${stub.url}/dir`),
      pair,
      facts,
    });
    await using managing = await manage(settings, QUICK);
    await managing.event("cert_failed");

    assert.equal(stub.requests.filter(({ path }) => path === "/newOrder").length, 1, "a fresh one, ordered anew");
    assert.equal(managing.pairs()[0]?.chainPem, pair.chainPem);
  });
});

function issuerAt(url: string, rootPem: string): ReturnType<typeof createAcmeIssuer> {
  const store = createFileStore(newFolder());
  const settings = issuerSettings(`${url}/dir`, rootPem);
  return createAcmeIssuer(settings, { store, tokens: createTokens(store), now: Date.now });
}
