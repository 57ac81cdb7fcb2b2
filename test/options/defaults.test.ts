// Do the words about the settings agree with the settings?

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { defineConfig } from "../../src/config.ts";
import { environment, resolveOptions } from "../../src/options.ts";
import { listedSettings } from "../../src/options/listing.ts";
import { parseDuration, parseSize } from "../../src/options/quantity.ts";
import { editDistance, nearest } from "../../src/options/suggestion.ts";

const OPTIONS = new URL("../../src/options/", import.meta.url);
const sourceOf = (file: string): string => readFileSync(new URL(file, OPTIONS), "utf8");
/** `ServeOptions` is made of an interface for each group, in a file of its own. */
const groups = /export interface ServeOptions\s+extends ([^{]*)\{\}/.exec(sourceOf("serve-options.ts"))?.[1] ?? "";
const sources = readdirSync(OPTIONS)
  .map((file) => sourceOf(file))
  .join("\n");
const serveOptions = groups
  .split(",")
  .map((group) => new RegExp(`export interface ${group.trim()} \\{\\n(.*?)\\n\\}`, "s").exec(sources)?.[1] ?? "")
  .join("\n");

/** Doc comment by member. */
const documented = new Map(
  Array.from(serveOptions.matchAll(/\/\*\*(.*?)\*\/\s*(\w+)\?:/gs), ([, comment = "", name = ""]) => [
    name,
    comment.replace(/\s*\n\s*\*\s*/g, " "),
  ]),
);

describe("the declaration", () => {
  it("has exactly the members of ServeOptions", () => {
    const declared = listedSettings().filter((setting) => setting.isForFiles);

    assert.deepEqual(declared.map((setting) => setting.name).sort(), [...documented.keys()].sort());
  });

  it("gives each member the default that its doc comment tells", () => {
    for (const setting of listedSettings().filter(({ isForFiles }) => isForFiles)) {
      const told = /Default\s+`([^`]+)`/.exec(documented.get(setting.name) ?? "")?.[1];
      assert.equal(told, setting.defaultText, setting.name);
    }
  });

  it("warns in the doc comment of each member that has a danger", () => {
    for (const { name } of listedSettings().filter((setting) => setting.isForFiles && setting.danger !== null)) {
      assert.match(documented.get(name) ?? "", /Danger: /, name);
    }
  });

  it("has the defaults of the first stage", () => {
    assert.deepEqual(resolveOptions({}), {
      port: 3000,
      host: "localhost",
      user: null,
      allowRoot: false,
      workers: 0,
      workerHangMs: 30_000,
      static: {},
      media: {},
      staticCacheBytes: 64 * 1024 * 1024,
      staticRevalidateMs: 0,
      cert: null,
      key: null,
      httpsPort: 443,
      httpPort: 80,
      hsts: null,
      domains: [],
      https: false,
      email: null,
      agreeToTerms: true,
      acmeDirectory: ["letsencrypt"],
      acmeRoot: null,
      staging: false,
      store: join(homedir(), ".local", "share", "easyserver"),
      storeSecret: null,
      profile: null,
      preferredChain: null,
      eabKid: null,
      eabHmacKey: null,
      dns: null,
      dnsToken: null,
      dnsEndpoint: null,
      dnsResolvers: [],
      dnsWaitMs: 120_000,
      reuseKey: false,
      ask: null,
      onCertificate: null,
      engine: "auto",
      mode: "development",
      fastResponse: true,
      chunked: "accept",
      handleSignals: true,
      maxBodyBytes: 10_485_760,
      maxHeaderBytes: 16_384,
      maxTargetBytes: 8192,
      maxMessageBytes: 100 * 1024 * 1024,
      socketIdleMs: 30_000,
      bodyIdleMs: 30_000,
      writeStallMs: 60_000,
      handlerMs: 300_000,
      shutdownMs: 30_000,
      log: "short",
      color: "auto",
      logger: null,
    });
  });

  it("uses no flag, letter or variable twice", () => {
    const settings = listedSettings();
    const names = settings.flatMap(({ flag, letter, variables }) => [flag, letter, ...variables]);
    const given = names.filter((name) => name !== null);

    assert.equal(new Set(given).size, given.length);
  });
});

describe("the environment", () => {
  it("is a snapshot", () => {
    const before = environment();
    process.env["EASYSERVER_TEST_SNAPSHOT"] = "later";
    try {
      assert.equal(before["EASYSERVER_TEST_SNAPSHOT"], undefined);
      assert.equal(environment()["EASYSERVER_TEST_SNAPSHOT"], "later");
    } finally {
      delete process.env["EASYSERVER_TEST_SNAPSHOT"];
    }
  });
});

describe("defineConfig", () => {
  it("gives back what it is given", () => {
    const config = { port: 8080 };
    const make = (): typeof config => config;

    assert.equal(defineConfig(config), config);
    assert.equal(defineConfig(make), make);
  });
});

describe("sizes and durations", () => {
  it("read numbers with and without units", () => {
    assert.deepEqual(
      [512, "512", "512b", "16kb", "16 KiB", "1.5mb", "1gb", "0"].map((text) => parseSize(text)),
      [512, 512, 512, 16_384, 16_384, 1_572_864, 1_073_741_824, 0],
    );
    assert.deepEqual(
      [250, "250", "250ms", "1.5s", "2m", "2min", "1h", "2d", "0"].map((text) => parseDuration(text)),
      [250, 250, 250, 1500, 120_000, 120_000, 3_600_000, 172_800_000, 0],
    );
  });

  it("are null for everything else", () => {
    for (const text of ["", "mb", "1 m b", "1,5mb", "-1", "+1", "1e3", "0x10", "1s", "__proto__", "1constructor"]) {
      assert.equal(parseSize(text), null, text);
    }
    for (const number of [-1, 0.5, Number.NaN, Infinity]) assert.equal(parseDuration(number), null);
  });
});

describe("suggestions", () => {
  it("count insertions, deletions, substitutions and swaps", () => {
    assert.equal(editDistance("port", "port"), 0);
    assert.equal(editDistance("prot", "port"), 1);
    assert.equal(editDistance("por", "port"), 1);
    assert.equal(editDistance("sort", "port"), 1);
    assert.equal(editDistance("", "port"), 4);
  });

  it("take the nearest, and none that is too far", () => {
    assert.equal(nearest("engin", ["host", "engine"]), "engine");
    assert.equal(nearest("MAX_BODY_BYTES", ["maxHeaderBytes", "maxBodyBytes"]), "maxBodyBytes");
    assert.equal(nearest("prod", ["development", "production"]), "production");
    assert.equal(nearest("xyz", ["host", "port"]), null);
    assert.equal(nearest("x".repeat(10_000), ["host"]), null);
  });
});
