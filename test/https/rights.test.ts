// A start as root: the ports are root's, and everything after them the user's.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, realpathSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { serve } from "../../src/index.ts";
import { resolveOptions } from "../../src/options.ts";
import { findAccount, makeFolderFor, refuseToStayRoot } from "../../src/rights.ts";
import { bindError } from "../../src/engine/bind.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";
import { folder, listening, run, start } from "../cli/command.ts";

const notRoot = process.geteuid?.() === 0 ? false : "needs root";

/** Says who it runs as: when it is loaded, and when it is asked. */
const APP = `
const loadedAs = process.getuid();
let canReturn = false;
try { process.setuid(0); canReturn = true; } catch {}
const groups = process.getgroups();
export default () => Response.json({ loadedAs, uid: process.getuid(), gid: process.getgid(), groups, canReturn });
`;

describe("--user", () => {
  it("C4: not a line of the app runs as root, and there is no way back", { skip: notRoot }, async () => {
    const { uid, gid } = findAccount("nobody");
    const directory = folder({ "app.mjs": APP });
    chmodSync(directory, 0o755);
    await using command = start(["./app.mjs", "--user", "nobody", "--port", "0"], { cwd: directory });
    const facts = (await (await fetch(await listening(command))).json()) as Record<string, unknown>;

    assert.deepEqual([facts["loadedAs"], facts["uid"], facts["gid"], facts["canReturn"]], [uid, uid, gid, false]);
    assert.ok(!(facts["groups"] as number[]).includes(0), "no group of root's is left");
  });

  it("names what is wrong with a user", { skip: notRoot }, async () => {
    const { code, stderr } = await run(["./app.mjs", "--user", "no-such-user"], { cwd: folder({ "app.mjs": APP }) });

    assert.equal(code, 1);
    assert.match(stderr, /--user: there is no user "no-such-user".*useradd/u);
    assert.throws(() => findAccount("nobody:no-such-group"), /no group "no-such-group"/u);
    assert.equal(findAccount("0:0").uid, 0);
  });
});

describe("a start as root without --user", { skip: notRoot }, () => {
  it("C4: is refused for the ports of the internet, before anything is opened or loaded", async () => {
    const cwd = folder({ "app.mjs": "console.log('loaded'); export default () => new Response();" });
    for (const [parameters, ports] of [
      [["--port", "80"], "80"],
      [["--domain", "a.example"], "443 and 80"],
      [["--domain", "a.example", "--https-port", "8443", "--http-port", "81"], "81"],
    ] as const) {
      const { code, stdout, stderr } = await run(["./app.mjs", ...parameters], { cwd, env: { XDG_DATA_HOME: cwd } });

      assert.deepEqual([code, stdout], [1, ""]);
      assert.ok(stderr.includes(`is root, and would run the app as root on port ${ports}. Set --user <name>`), stderr);
      assert.match(stderr, /--allow-root stays root/u);
    }
    await assert.rejects(
      serve(() => new Response(), { port: 81 }),
      { code: "ERR_RIGHTS" },
    );
  });

  it("C4: is allowed on other ports, which need no root, and where it is asked for", async () => {
    const facts = { user: null, allowRoot: false };
    for (const ports of [[0], [1024], [3000, 8443]]) refuseToStayRoot({ ...facts, ports });
    refuseToStayRoot({ ...facts, allowRoot: true, ports: [443] });
    refuseToStayRoot({ ...facts, user: "nobody", ports: [443] });
    assert.throws(() => refuseToStayRoot({ ...facts, ports: [1023] }), { code: "ERR_RIGHTS" });
    const cwd = folder({ "app.mjs": APP });
    await using command = start(["./app.mjs", "--port", "0"], { cwd });
    assert.equal(((await (await fetch(await listening(command))).json()) as { uid: number }).uid, 0);
  });
});

describe("the store of a server that becomes another user", { skip: notRoot }, () => {
  it("C4: is its own folder, made by root, and stays readable to it when root works in it", async () => {
    const { uid, gid } = findAccount("nobody");
    const root = join(folder({}), "deep", "store");
    makeFolderFor({ name: "nobody", user: "nobody", uid, gid }, root);
    assert.deepEqual([statSync(root).uid, statSync(root).gid, statSync(root).mode & 0o777], [uid, gid, 0o700]);

    const store = createFileStore(root);
    await store.store("certificates/a/b", Buffer.from("x"));
    await (await store.tryLock("one"))?.release();
    for (const path of ["certificates", "certificates/a", "certificates/a/b", "locks"]) {
      assert.equal(statSync(join(root, path)).uid, uid, path);
    }
  });

  it("is /var/lib/easyserver unless another is named", () => {
    assert.equal(resolveOptions({ options: { user: "nobody" } }).store, "/var/lib/easyserver");
    assert.equal(resolveOptions({ options: { user: "nobody", store: "/srv/keys" } }).store, "/srv/keys");
    assert.match(resolveOptions({}).store, /\.local\/share\/easyserver$/u);
  });
});

describe("a port that is taken", () => {
  for (const engine of ENGINES) {
    it(`C1: is named with who has it and the setting that chose it [${engine}]`, { skip: withoutOpenssl }, async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const { port } = taken.address() as { port: number };
      const { certFile: cert, keyFile: key } = makePair(["a.test"]);
      const secure = { cert, key, httpPort: 0, httpsPort: 0 };
      const taker = `\\w+ \\(process ${process.pid}\\)`;
      try {
        for (const [options, flag] of [
          [{ port }, "--port"],
          [{ ...secure, httpsPort: port }, "--https-port"],
          [{ ...secure, httpPort: port }, "--http-port"],
        ] as const) {
          const message = new RegExp(
            `^EADDRINUSE: ${taker} already .*127\\.0\\.0\\.1:${port}\\. .* port: ${flag}\\.$`,
            "u",
          );
          const settings = { engine, host: "127.0.0.1", log: "off", handleSignals: false, ...options } as const;
          await assert.rejects(
            serve(() => new Response(), settings),
            { code: "ERR_ADDRESS_IN_USE", message },
          );
        }
      } finally {
        taken.close();
      }
    });
  }

  it("says so where nobody can be named", () => {
    const { message } = bindError(Object.assign(new Error("no"), { code: "EADDRINUSE" }), "::", 1);

    assert.match(message, /^EADDRINUSE: something already listens on \[::\]:1\./u);
  });
});

describe("a port that this user may not have", () => {
  it("C2: is answered with the cures of this system, ready to be pasted", () => {
    const { message } = bindError(Object.assign(new Error("no"), { code: "EACCES" }), "::", 443, "--https-port");

    assert.match(message, /^EACCES: this user may not listen on \[::\]:443/u);
    assert.ok(message.includes(`setcap cap_net_bind_service=+ep ${realpathSync(process.execPath)} `));
    assert.match(message, /sysctl net\.ipv4\.ip_unprivileged_port_start=443/u);
    assert.match(message, /easyserver service install.*AmbientCapabilities=CAP_NET_BIND_SERVICE/u);
    assert.match(message, /or take a port from 1024 on: --https-port\./u);
  });
});
