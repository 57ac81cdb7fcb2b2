// Do `easyserver certs`, `check`, `trust` and `untrust` say and do what they promise?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ensureRoot, placeholder } from "../../src/tls/local-ca.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { saveAttempts } from "../../src/tls/shelf.ts";
import { trustPlaces } from "../../src/tls/trust.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { freePort } from "../support/ports.ts";
import { folder, run } from "./command.ts";

const DAY = 86_400_000;

async function imported(cwd: string, names: readonly string[]): Promise<void> {
  const pair = await placeholder(names, Date.now());
  writeFileSync(join(cwd, "chain.pem"), pair.chainPem);
  writeFileSync(join(cwd, "key.pem"), pair.keyPem);
  const { code, stderr } = await run(
    ["certs", "import", "--chain", "chain.pem", "--private", "key.pem", "--store", "store"],
    { cwd },
  );
  assert.deepEqual([code, stderr], [0, ""]);
}

describe("easyserver certs", () => {
  it("lists what was imported, with days left and the next renewal", async () => {
    const cwd = folder({});
    await imported(cwd, ["import.example", "www.import.example"]);
    const list = await run(["certs", "--store", "store"], { cwd });
    const json = await run(["certs", "list", "--json", "--store=store"], { cwd });

    assert.match(
      list.stdout,
      /^NAMES\s+FROM\s+DAYS LEFT\s+RENEWAL\s+LAST ERROR\nimport\.example, www\.import\.example\s+imported\s+364\s+20.*\n$/u,
    );
    const [row, ...others] = JSON.parse(json.stdout) as {
      names: string[];
      daysLeft: number;
      renewAt: string;
      lastError: null;
    }[];
    assert.deepEqual(
      [row?.names, row?.daysLeft, row?.lastError],
      [["import.example", "www.import.example"], 364, null],
    );
    assert.equal(others.length, 0);
    assert.ok(Date.parse(row?.renewAt ?? "") > Date.now() + 200 * DAY);
  });

  it("lists names that failed, with the last error and the next try", async () => {
    const cwd = folder({});
    const next = Date.now() + DAY;
    const attempts = { count: 3, since: 0, next, error: "no way", names: ["failed.example"] };
    await saveAttempts(createFileStore(join(cwd, "store")), "failed.example", attempts);
    const { stdout } = await run(["certs", "--json", "--store", "store"], { cwd });

    const [row] = JSON.parse(stdout) as { names: string[]; daysLeft: null; nextTry: string; lastError: string }[];
    assert.deepEqual([row?.names, row?.daysLeft, row?.lastError], [["failed.example"], null, "no way"]);
    assert.equal(row?.nextTry, new Date(next).toISOString());
  });

  it("says that there is nothing", async () => {
    const { code, stdout } = await run(["certs", "--store", "empty"], { cwd: folder({}) });

    assert.equal(code, 0);
    assert.match(stdout, /^No certificates in ".*empty"\.\n$/u);
  });

  it("refuses what it does not know, files that do not fit, and renewals without names", async () => {
    const cwd = folder({ "chain.pem": "x", "key.pem": "y" });
    for (const [parameters, code, pattern] of [
      [["certs", "shred"], 2, /certs knows list, renew, import: got "shred"/u],
      [["certs", "--jsno"], 2, /"--jsno" is not a flag/u],
      [["certs", "renew"], 2, /certs renew needs names/u],
      [["certs", "import"], 2, /needs --chain <pem> and --private <pem>/u],
      [
        ["certs", "import", "--chain", "gone.pem", "--private", "key.pem"],
        2,
        /--chain is "gone\.pem", which cannot be read/u,
      ],
      [["certs", "import", "--chain", "chain.pem", "--private", "key.pem"], 1, /not readable as PEM/u],
    ] as const) {
      const ended = await run(parameters, { cwd });
      assert.deepEqual([ended.code, ended.stdout], [code, ""], ended.stderr);
      assert.match(ended.stderr, pattern);
    }
  });

  it("renews from a real authority, answering it by itself", { skip: withoutPebble() }, async () => {
    await using pebble = await Pebble.start();
    const cwd = folder({});
    const place = [
      "--acme-directory",
      pebble.directoryUrl,
      "--acme-root",
      pebble.rootFile,
      "--http-port",
      String(pebble.httpPort),
    ];
    const { code, stdout, stderr } = await run(
      ["certs", "renew", "--domain", "renew.example", "--store", "store", ...place],
      { cwd },
    );

    assert.deepEqual([code, stdout], [0, "1 renewed, 0 failed.\n"], stderr);
    assert.match(
      stderr,
      /certificate for renew\.example: ordering from localhost:\d+, attempt 1\n[^]*renew\.example obtained/u,
    );
  });
});

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
}

async function findings(
  parameters: readonly string[],
  cwd = folder({}),
): Promise<{ code: number | null; of: (check: string) => Finding | undefined }> {
  const { code, stdout, stderr } = await run(["check", "--json", "--store", "store", ...parameters], { cwd });
  assert.equal(stderr, "");
  const all = JSON.parse(stdout) as Finding[];
  return { code, of: (check) => all.find((entry) => entry.check === check) };
}

describe("easyserver check", () => {
  it("G9: without domains looks at engine, libc, limits, clock and port, and passes", async () => {
    const port = await freePort();
    const { code, of } = await findings(["--port", String(port), "--host", "127.0.0.1"]);

    assert.equal(code, 0);
    for (const check of ["settings", "engine", "glibc", "ulimit", "clock", `port ${port}`])
      assert.ok(of(check) !== undefined, check);
    assert.match(of("clock")?.message ?? "", /^20\d\d-/u);
    assert.equal(of("store"), undefined, "no store is needed");
  });

  it("G9: tells a port that is taken, and loads the app", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const cwd = folder({ "app.mjs": "export default () => new Response('')", "broken.mjs": "throw new Error('no')" });
    try {
      const good = await findings(["app.mjs", "--port", String(port), "--host", "127.0.0.1"], cwd);
      const bad = await findings(["broken.mjs", "--port", "0"], cwd);

      assert.deepEqual([good.code, good.of("app")?.level, good.of(`port ${port}`)?.level], [0, "ok", "warn"]);
      assert.deepEqual([bad.code, bad.of("app")?.level], [1, "fail"]);
    } finally {
      taken.close();
    }
  });

  it(
    "B58: asks where the domains lead, whom CAA allows, and whether the store works",
    { skip: withoutPebble() },
    async () => {
      await using pebble = await Pebble.start();
      await pebble.dns("add-caa", { host: "closed.example.", policies: [{ tag: "issue", value: "other.example" }] });
      await pebble.dns("add-a", { host: "elsewhere.example.", addresses: ["192.0.2.9"] });
      const names = ["here.example", "elsewhere.example", "closed.example"].flatMap((name) => ["--domain", name]);
      const ports = ["--https-port", "0", "--http-port", "off", "--dns-resolvers", pebble.dnsServer];
      const { code, of } = await findings([...names, ...ports]);

      assert.equal(code, 1);
      assert.deepEqual(
        [of("dns here.example")?.level, of("caa here.example")?.level, of("store")?.level],
        ["ok", "ok", "ok"],
      );
      assert.match(of("dns elsewhere.example")?.message ?? "", /^leads to 192\.0\.2\.9, no address of this machine/u);
      assert.match(of("caa closed.example")?.message ?? "", /allows other\.example, and not letsencrypt\.org/u);
    },
  );

  it("fails for settings that do not fit together, and for a store that cannot be written", async () => {
    const cwd = folder({ file: "" });
    const wild = await findings(
      ["--domain", "*.example.com", "--offline", "--https-port", "0", "--http-port", "off"],
      cwd,
    );
    const store = [
      "--domain",
      "a.example",
      "--offline",
      "--https-port",
      "0",
      "--http-port",
      "off",
      "--store",
      "file/x",
    ];
    const bad = await findings(store, cwd);

    assert.match(wild.of("settings")?.message ?? "", /\*\.example\.com" is a wildcard, .*set --dns/u);
    assert.deepEqual([wild.code, bad.code, bad.of("store")?.level], [1, 1, "fail"]);
  });
});

const withoutCertutil = (): string | false => {
  try {
    execFileSync("which", ["certutil"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env["CI"] !== undefined) throw new Error("certutil is not installed: apt install libnss3-tools");
    return "certutil is not installed: apt install libnss3-tools";
  }
};

describe("easyserver trust", () => {
  it("B56: does nothing in CI unless it is forced to", async () => {
    const { code, stdout, stderr } = await run(["trust", "--store", "store"], { cwd: folder({}), env: { CI: "true" } });

    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /This runs in CI, where no browser looks\. --force does it nevertheless/u);
  });

  it("B56: says that there is nothing to take out", async () => {
    const { code, stdout } = await run(["untrust", "--store", "store"], { cwd: folder({}) });

    assert.deepEqual([code, stdout], [0, "There is no local authority: nothing to do.\n"]);
  });

  it(
    "B56: adds the root to a system's folder and a browser's store once, and removes it from both",
    { skip: withoutCertutil() },
    async () => {
      const top = folder({});
      const home = join(top, "home/me");
      mkdirSync(join(top, "usr/local/share/ca-certificates"), { recursive: true });
      mkdirSync(home, { recursive: true });
      const store = createFileStore(join(top, "store"));
      const root = await ensureRoot(store, Date.now(), new AbortController().signal);
      const places = await trustPlaces({ platform: "linux", home, isRoot: true, top });
      assert.equal(places.length, 2);
      for (const place of places) {
        assert.equal(await place.has(root), false, place.name);
        await place.add(root);
        await place.add(root);
        assert.equal(await place.has(root), true, place.name);
      }
      const file = join(top, "usr/local/share/ca-certificates", `${root.nickname}.crt`);
      assert.equal(new X509Certificate(readFileSync(file)).ca, true);
      for (const place of places) {
        await place.remove(root);
        await place.remove(root);
        assert.equal(await place.has(root), false, place.name);
      }
    },
  );
});
