// A start as root: the ports are root's, and everything after them the user's.

import assert from "node:assert/strict";
import { chmodSync, realpathSync } from "node:fs";
import { describe, it } from "node:test";
import { findAccount } from "../../src/serve/rights.ts";
import { bindError } from "../../src/engine/bind.ts";
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

describe("a port that this user may not have", () => {
  it("C2: is answered with the cures of this system, ready to be pasted", () => {
    const { message } = bindError(Object.assign(new Error("no"), { code: "EACCES" }), "::", 443);

    assert.match(message, /^EACCES: this user may not listen on \[::\]:443/u);
    assert.ok(message.includes(`setcap cap_net_bind_service=+ep ${realpathSync(process.execPath)} `));
    assert.match(message, /sysctl net\.ipv4\.ip_unprivileged_port_start=443/u);
    assert.match(message, /easyserver service install.*AmbientCapabilities=CAP_NET_BIND_SERVICE/u);
    assert.match(message, /--https-port and --http-port/u);
  });
});
