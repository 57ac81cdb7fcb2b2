// Can any spelling of a path reach what is not to be served?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { link, mkdir, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { StaticPhase } from "../../src/static/handler.ts";
import { ask, CANARY, headOf, phaseFor, Site } from "./site.ts";

async function createSite(): Promise<Site> {
  const site = await Site.create({
    "a.txt": "the file a",
    "sub/index.html": "the index of sub",
    "back\\slash.txt": "a name with a backslash",
    ".env": CANARY,
    ".git/config": CANARY,
    "sub/.htpasswd": CANARY,
    ".well-known/x.txt": "well known",
    ".well-known/.secret": CANARY,
    "sub/.well-known/x.txt": CANARY,
    "bücher.txt": "books",
    "%2e%2e/secret.txt": "a directory with an odd name",
  });
  await site.write("secret.txt", CANARY);
  await site.write("rootevil/x.txt", CANARY);
  await site.write("etc/passwd", CANARY);
  return site;
}

/** Asks for each path and reports the statuses that differ; no answer may hold the canary. */
async function assertStatus(phase: StaticPhase, status: number, targets: readonly string[]): Promise<void> {
  for (const target of targets) {
    const answer = await ask(phase, "GET", target);
    assert.ok(!answer.text.includes(CANARY), `${target} leaks`);
    assert.equal(answer.status, status, JSON.stringify(target));
    if (status >= 400) assert.equal(answer.fields["cache-control"], "no-store", target);
  }
}

describe("the traversal matrix", () => {
  it("A39: nothing is decoded twice", async () => {
    await using site = await createSite();
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    await assertStatus(phase, 404, ["/%252e%252e%252fsecret.txt", "/%25%32%65%25%32%65/rootevil/x.txt"]);
    assert.equal((await ask(phase, "GET", "/%252e%252e/secret.txt")).text, "a directory with an odd name");
  });
});

describe("what is not for the public", () => {
  it("A44: dotfiles are 404, except below /.well-known/", async () => {
    await using site = await createSite();
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    await assertStatus(phase, 404, ["/.env", "/.git/config", "/%2eenv", "/%2Egit/config", "/sub/.htpasswd"]);
    await assertStatus(phase, 404, ["/.well-known/.secret", "/sub/../.env", "/.well-known/../.env"]);
    await assertStatus(phase, 404, ["/sub/.well-known/x.txt", "/.well-known/.well-known/x.txt"]);
    await assertStatus(phase, 200, ["/.well-known/x.txt"]);
  });

  it("A44: /.well-known/ is at the root of the host only", async () => {
    await using site = await createSite();
    const phase = phaseFor({ "/files": site.root }, { fallthrough: false });

    await assertStatus(phase, 404, ["/files/.well-known/x.txt"]);
    await assertStatus(phase, 200, ["/files/a.txt"]);
  });

  it("A45: a link is served only while it leads to a place inside the root", async () => {
    await using site = await createSite();
    await symlink(join(site.root, "a.txt"), join(site.root, "inside.txt"));
    await symlink("sub", join(site.root, "inside"));
    await symlink("../secret.txt", join(site.root, "outside.txt"));
    await symlink("../rootevil", join(site.root, "outside"));
    await symlink("loop", join(site.root, "loop"));
    await symlink("nowhere", join(site.root, "dangling"));
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    assert.equal((await ask(phase, "GET", "/inside.txt")).text, "the file a");
    assert.equal((await ask(phase, "GET", "/inside/")).text, "the index of sub");
    await assertStatus(phase, 404, ["/outside.txt", "/outside/x.txt", "/outside/", "/outside", "/loop", "/dangling"]);
  });

  it("A45: a directory whose index leads outside has none", async () => {
    await using site = await createSite();
    await mkdir(join(site.root, "trap"));
    await symlink("../../secret.txt", join(site.root, "trap/index.html"));
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    await assertStatus(phase, 404, ["/trap", "/trap/", "/trap/index.html"]);
  });

  it("A45: the root itself may be a link", async () => {
    await using site = await createSite();
    await symlink("root", join(site.base, "current"));
    const phase = phaseFor({ "/": join(site.base, "current") }, { fallthrough: false });

    await assertStatus(phase, 200, ["/a.txt", "/sub/"]);
    await assertStatus(phase, 404, ["/../secret.txt"]);
  });

  it("A46: a FIFO, a socket and a device are 404 at once", { timeout: 5_000 }, async () => {
    await using site = await createSite();
    execFileSync("mkfifo", [join(site.root, "fifo")]);
    await mkdir(join(site.root, "queue"));
    execFileSync("mkfifo", [join(site.root, "queue/index.html")]);
    const server = createServer().listen(join(site.root, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    const devices = phaseFor({ "/": "/dev" }, { fallthrough: false });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    await assertStatus(phase, 404, ["/fifo", "/socket", "/queue/", "/queue"]);
    await assertStatus(devices, 404, ["/zero", "/null", "/tty"]);

    await new Promise((resolve) => server.close(resolve));
  });

  it("A45: a hard link is a file like any other", async () => {
    await using site = await createSite();
    await link(join(site.root, "a.txt"), join(site.root, "b.txt"));
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    await assertStatus(phase, 200, ["/b.txt"]);
  });
});

describe("a refused path with an app behind", () => {
  it("A42: is answered here when it is 400, and left to the app when it is 404", async () => {
    await using site = await createSite();
    const phase = phaseFor({ "/": site.root }, { fallthrough: true });

    for (const target of ["/%00", "/%zz", "/..%c0%afsecret.txt"]) {
      assert.equal((await ask(phase, "GET", target)).status, 400, target);
    }
    for (const target of ["/..%2fsecret.txt", "/.env", "//a.txt", "/../secret.txt", "/a.txt/"]) {
      assert.equal(await phase(headOf("GET", target)), null, target);
    }
  });
});
