// Do the commands of docs/https.md and docs/ports.md put an app on ports 80 and 443 of this very machine? They are read from
// the pages and run as they stand there, in a folder of their own, against a real authority.

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { request as plainRequest } from "node:http";
import { Agent, request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { ROOT } from "../package/source-tree.ts";
import { findAccount } from "../../src/rights.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { turn, within } from "../support/waiting.ts";

const NAMES = ["example.com", "www.example.com"] as const;
const USER = "www-data";

/** Why ports 80 and 443 cannot be had; `false` when they can. In CI that is a failure. */
async function withoutPorts(): Promise<string | false> {
  const reason = process.geteuid?.() === 0 ? await portFault() : "needs root, for ports 80 and 443";
  if (reason !== null && process.env["CI"] !== undefined) throw new Error(reason);
  return reason ?? false;
}

async function portFault(): Promise<string | null> {
  for (const port of [80, 443]) {
    const probe = createServer().listen({ port, host: "::", exclusive: true });
    try {
      await once(probe, "listening");
    } catch (error) {
      return `port ${port} of this machine cannot be had: ${String(error)}`;
    }
    probe.close();
    await once(probe, "close");
  }
  return null;
}

/** The commands of a page: the first block of code below a heading, one command a line. */
function commandsOf(page: string, heading: string): readonly string[] {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  const [, block = ""] = /```sh\n([\s\S]*?)```/u.exec(text.slice(text.indexOf(`## ${heading}`))) ?? [];
  return block.split("\n").filter((line) => line !== "");
}

const APP = `
const loadedAs = process.getuid();
export default (request) => Response.json({ host: new URL(request.url).host, loadedAs, uid: process.getuid() });
`;

/** A fresh machine, as far as one folder can be one: an app, the packed package instead of the registry's, and no sudo needed. */
class Machine implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "easyserver-live-"));
  readonly pebble: Pebble;
  #children: ChildProcess[] = [];

  constructor(pebble: Pebble) {
    this.pebble = pebble;
    chmodSync(this.folder, 0o755);
    writeFileSync(join(this.folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(this.folder, "app.js"), APP);
    mkdirSync(join(this.folder, "bin"));
    writeFileSync(join(this.folder, "bin/sudo"), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    copyFileSync(pebble.rootFile, join(this.folder, "root.pem"));
    chmodSync(join(this.folder, "root.pem"), 0o644);
    execFileSync("npm", ["pack", "--silent", "--pack-destination", this.folder], { cwd: ROOT });
  }

  /** A command of a page. What leads to the authority and the store of this test comes from the environment. */
  start(command: string): { readonly child: ChildProcess; readonly output: () => string } {
    const line = command.replace(/^npm install easyserver$/u, "npm install ./easyserver-*.tgz");
    const env = {
      PATH: `${join(this.folder, "bin")}:${process.env["PATH"]}`,
      HOME: this.folder,
      npm_config_cache: execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim(),
      npm_config_prefer_offline: "true",
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_update_notifier: "false",
      EASYSERVER_ACME_DIRECTORY: this.pebble.directoryUrl,
      EASYSERVER_ACME_ROOT: join(this.folder, "root.pem"),
      EASYSERVER_DNS_RESOLVERS: this.pebble.dnsServer,
      EASYSERVER_STORE: join(this.folder, "state/easyserver"),
    };
    // A group of its own, so that nothing of it is left behind.
    const child = spawn("bash", ["-c", line], {
      cwd: this.folder,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    return { child, output: () => output };
  }

  async run(command: string): Promise<string> {
    const { child, output } = this.start(command);
    await within(180_000, command, once(child, "close"));
    assert.equal(child.exitCode, 0, `${command}\n${output()}`);
    return output();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.pid === undefined) continue;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // The whole group has ended.
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Seen {
  readonly status: number | undefined;
  readonly serial: string;
  readonly body: { readonly host: string; readonly loadedAs: number; readonly uid: number };
}

/** One request over a connection of its own, on which the certificate must verify. */
function securely(name: string, ca: string): Promise<Seen> {
  const agent = new Agent({ ca, maxCachedSessions: 0 });
  return new Promise<Seen>((resolve, reject) => {
    const where = { host: "127.0.0.1", port: 443, servername: name, headers: { host: name }, agent };
    request(where, (incoming) => {
      const { serialNumber } = (incoming.socket as TLSSocket).getPeerCertificate();
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode, serial: serialNumber, body: JSON.parse(text) as Seen["body"] });
      });
    })
      .on("error", reject)
      .end();
  }).finally(() => agent.destroy());
}

function plainly(name: string, path: string): Promise<{ status: number | undefined; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    plainRequest({ host: "127.0.0.1", port: 80, path, headers: { host: name }, agent: false }, (incoming) => {
      incoming.resume();
      resolve({ status: incoming.statusCode, location: incoming.headers.location });
    })
      .on("error", reject)
      .end();
  });
}

/** Asks again and again, until the answer is not `null`. */
async function eventually<Answer>(what: string, ask: () => Promise<Answer | null>): Promise<Answer> {
  const deadline = performance.now() + 90_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within 90 s`);
    await turn(20);
  }
}

/** Certificates for both names, the redirect, renewals of both without a failed request, and a clean end. */
async function lives(machine: Machine, command: string, store: string): Promise<void> {
  const { uid } = findAccount(USER);
  const ca = await machine.pebble.issuingRoot();
  const { child, output } = machine.start(command);
  const check = (): void => {
    if (child.exitCode !== null) assert.fail(`it ended with ${child.exitCode}: ${output()}`);
  };
  for (const name of NAMES) {
    const seen = await eventually(`a certificate for ${name}`, () => {
      check();
      return securely(name, ca).catch(() => null);
    });
    assert.deepEqual(seen.body, { host: name, loadedAs: uid, uid });
    const { status, location } = await plainly(name, "/a/b?c=%20d");
    assert.deepEqual([status, location], [308, `https://${name}/a/b?c=%20d`]);
  }
  assert.equal((await plainly("stranger.example", "/")).status, 421);
  assert.equal((await plainly(NAMES[0], "/.well-known/acme-challenge/none")).status, 404, "before the redirect");

  const serials = new Map<string, Set<string>>(NAMES.map((name) => [name, new Set()]));
  await eventually("a renewal of both", async () => {
    check();
    for (const name of NAMES) serials.get(name)?.add((await securely(name, ca)).serial);
    return [...serials.values()].every(({ size }) => size > 1) ? true : null;
  });

  const [, pid = ""] = /"event":"listening".*"pid":(\d+)/u.exec(output()) ?? [];
  assert.equal(statSync(`/proc/${pid}`).uid, uid, output());
  assert.equal(statSync(join(machine.folder, store)).uid, uid);
  assert.equal(statSync(join(machine.folder, store)).mode & 0o777, 0o700);
  process.kill(Number(pid), "SIGTERM");
  await within(20_000, "the end", once(child, "close"));
  assert.equal(child.exitCode, 0, output());
}

describe("going live on ports 80 and 443", { skip: withoutPebble() || (await withoutPorts()) }, () => {
  let pebble: Pebble;
  let machine: Machine;

  before(async () => {
    pebble = await Pebble.start({ httpPort: 80, validitySeconds: 24 });
    machine = new Machine(pebble);
  });
  after(async () => {
    await machine[Symbol.asyncDispose]();
    await pebble[Symbol.asyncDispose]();
  });

  it("is the three commands of docs/https.md, as root for a moment", async () => {
    const commands = commandsOf("https.md", "Live on a fresh machine, in three commands");
    const [install = "", check = "", serve = ""] = commands;
    assert.equal(commands.length, 3);

    await machine.run(install);
    const findings = await machine.run(check);
    assert.match(findings, /^ok +port 443: free.*\nok +port 80: free/mu);
    assert.match(findings, /^ok +user: www-data.*\nok +app: .*\nok +store: /mu);
    for (const name of NAMES) assert.match(findings, new RegExp(`^ok +dns ${name}: leads here`, "mu"));
    await lives(machine, serve, "state/easyserver");
  });

  it("is the command of docs/ports.md for a user with one right of root's", async () => {
    const [serve = ""] = commandsOf("ports.md", "As a user with the right to bind");
    const { uid, gid } = findAccount(USER);
    chownSync(machine.folder, uid, gid);

    await lives(machine, serve, "certificates");
  });
});
