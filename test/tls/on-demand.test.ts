// Is a certificate made on demand only for who is wanted, and is it there again after a restart?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { manage, manageOn, settingsFor } from "./managing.ts";

describe("B51: a first contact", { skip: withoutPebble() }, () => {
  it("brings a certificate for a name that the app wants, by one order, and none for any other", async () => {
    await using pebble = await Pebble.start();
    const settings = settingsFor(pebble, { ask: (name) => name.endsWith(".wanted.example") });
    await using managing = await manageOn(pebble, settings);
    assert.deepEqual(
      managing.first.map(({ origin }) => origin),
      ["placeholder"],
    );
    const hosts = [
      "a.wanted.example",
      "a.wanted.example",
      "stranger.example",
      "10.0.0.1",
      "localhost",
      "*.wanted.example",
      "x_y.wanted.example",
    ];
    await Promise.all(hosts.map((host) => managing.manager.firstContact(host)));

    assert.deepEqual(
      managing.pairs().map(({ names, origin }) => [names, origin]),
      [[["a.wanted.example"], "acme"]],
    );
    assert.equal(managing.count("cert_obtaining"), 1);
    await managing.manager.close();
    const again = await manage(settings);
    await again.manager.close();
    assert.deepEqual(
      again.first.map(({ names }) => names),
      [["a.wanted.example"]],
    );
  });

  it("does not order again at once after a failure", async () => {
    await using pebble = await Pebble.start();
    await using managing = await manage(settingsFor(pebble, { ask: () => true }));
    for (let i = 0; i < 3; i++) await managing.manager.firstContact("closed.example");

    assert.deepEqual([managing.count("cert_obtaining"), managing.count("cert_failed")], [1, 1]);
  });
});
