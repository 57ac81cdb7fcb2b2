// Certificates over many processes: a fleet with Redis, two on a folder, an authority that hangs.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { openRedisStore } from "../../src/tls/store-redis.ts";
import { loadJson } from "../../src/tls/store.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { freePorts } from "../support/ports.ts";
import { RedisServer, withoutRedis } from "../support/redis.ts";
import { stubAuthority } from "../support/stub-authority.ts";
import { deferred, turn, until, within } from "../support/waiting.ts";
import { newFolder } from "../support/folders.ts";
import { manage } from "../tls/managing.ts";
import { resolveOptions } from "../../src/options.ts";

const PROGRAM = fileURLToPath(new URL("../support/tls-process.ts", import.meta.url));

// Packed once: ten processes that each translate the sources would keep two cores busy for half a minute.
const PACKED = fileURLToPath(
  new URL(`../../node_modules/.cache/easyserver-tls-process-${process.pid}.mjs`, import.meta.url),
);
const options = { bundle: true, platform: "node", format: "esm", packages: "external" } as const;
buildSync({ ...options, entryPoints: [PROGRAM], outfile: PACKED, logLevel: "error" });
process.on("exit", () => rmSync(PACKED, { force: true }));

interface Said {
  readonly type: string;
  readonly origin?: string;
  readonly chainPem?: string;
  readonly line?: string;
}

/** One machine of a fleet. */
class Machine implements AsyncDisposable {
  readonly said: Said[] = [];
  readonly #process: ChildProcess;

  constructor(settings: object, port: number) {
    const parameters = [PACKED, JSON.stringify(settings), String(port)];
    this.#process = spawn(process.execPath, parameters, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => this.said.push(JSON.parse(line) as Said));
  }

  start(): void {
    this.#process.stdin?.write("\n");
  }

  count(type: string): number {
    return this.said.filter((entry) => entry.type === type).length;
  }

  get chainPem(): string | undefined {
    return this.said.findLast(({ type, origin }) => type === "pair" && origin === "acme")?.chainPem;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "exit");
  }
}

/** A load balancer before the plain ports of the machines, which asks each of them for every token. */
async function balancer(
  port: number,
  machines: readonly number[],
  before: () => Promise<void> = async () => {},
): Promise<AsyncDisposable & { readonly answers: number[][] }> {
  const answers: number[][] = [];
  const server = createServer((incoming, outgoing) => {
    const ask = async (machine: number): Promise<{ status: number; text: string }> => {
      const response = await fetch(`http://127.0.0.1:${machine}${incoming.url}`);
      return { status: response.status, text: await response.text() };
    };
    void before()
      .then(() => Promise.all(machines.map(ask)))
      .then((all) => {
        answers.push(all.map(({ status }) => status));
        outgoing.writeHead(all[0]?.status ?? 500).end(all[0]?.text);
      });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ordersIn(url: string, pebble: Pebble): Promise<number> {
  const store = await openRedisStore(url);
  const id = new URL(pebble.directoryUrl).host.replace(":", "-");
  const pace = await loadJson<{ orders: number[] }>(store, `acme/${id}-dir/pace.json`);
  await store.close();
  return pace?.orders?.length ?? 0;
}

describe("a fleet that shares a Redis", { skip: withoutPebble() || withoutRedis() }, () => {
  it("B13, B40: of ten processes makes one order, every one answers the challenge, and Redis may be killed meanwhile", async () => {
    await using redis = await RedisServer.start();
    await using pebble = await Pebble.start();
    const ports = await freePorts(10);
    await using balance = await balancer(pebble.httpPort, ports);
    const place = { acmeDirectory: pebble.directoryUrl, acmeRoot: pebble.rootFile };
    const settings = { domains: ["fleet.example"], store: redis.url, ...place };
    const machines = ports.map((port) => new Machine(settings, port));
    try {
      await until(60_000, "ten processes", () => machines.every((machine) => machine.count("ready") === 1));
      for (const machine of machines) machine.start();
      await until(60_000, "ten certificates", () => machines.every(({ chainPem }) => chainPem !== undefined));

      assert.equal(new Set(machines.map(({ chainPem }) => chainPem)).size, 1);
      assert.equal(
        machines.reduce((sum, machine) => sum + machine.count("cert_obtaining"), 0),
        1,
      );
      assert.equal(await ordersIn(redis.url, pebble), 1);
      assert.ok(balance.answers.length > 0);
      for (const answer of balance.answers)
        assert.deepEqual(
          answer,
          Array.from({ length: 10 }, () => 200),
        );
      await redis.kill();
      await turn(1500);
      await redis.restart();
      const store = await openRedisStore(redis.url);
      const deadline = performance.now() + 20_000;
      while ((await store.list("certificates")).length === 0) {
        assert.ok(performance.now() < deadline, "the pairs are back in a Redis that forgot them");
        await turn(50);
      }
      await store.close();
      assert.equal(
        machines.reduce((sum, machine) => sum + machine.count("cert_obtaining"), 0),
        1,
        "and no further order",
      );
    } finally {
      for (const machine of machines) await machine[Symbol.asyncDispose]();
    }
  });

  it("B13, B40: finishes its order though Redis is killed and comes back empty in the middle of it", async () => {
    await using redis = await RedisServer.start();
    await using pebble = await Pebble.start();
    const ports = await freePorts(3);
    // The authority's first question is held until Redis has forgotten lock, token and attempt.
    const killed = deferred();
    let questions = 0;
    await using balance = await balancer(pebble.httpPort, ports, async () => {
      if (questions++ > 0) return killed.promise;
      await redis.kill();
      await redis.restart();
      const store = await openRedisStore(redis.url);
      const deadline = performance.now() + 10_000;
      while ((await store.list("challenges")).length === 0) {
        assert.ok(performance.now() < deadline, "the token is back in a Redis that forgot it");
        await turn(20);
      }
      await store.close();
      killed.resolve();
    });
    const place = { acmeDirectory: pebble.directoryUrl, acmeRoot: pebble.rootFile };
    const settings = { domains: ["killed.example"], store: redis.url, ...place };
    const machines = ports.map((port) => new Machine(settings, port));
    try {
      await until(60_000, "three processes", () => machines.every((machine) => machine.count("ready") === 1));
      for (const machine of machines) machine.start();
      await until(60_000, "three certificates", () => machines.every(({ chainPem }) => chainPem !== undefined));

      assert.equal(new Set(machines.map(({ chainPem }) => chainPem)).size, 1);
      const count = (type: string): number => machines.reduce((sum, machine) => sum + machine.count(type), 0);
      assert.equal(count("cert_obtaining"), 1, "one order");
      assert.equal(count("cert_failed"), 0);
      const store = await openRedisStore(redis.url);
      assert.deepEqual(await store.list("locks"), [], "the lock was given back");
      await store.close();
      assert.ok(
        balance.answers.every((answer) => answer.every((status) => status === 200)),
        JSON.stringify(balance.answers),
      );
    } finally {
      for (const machine of machines) await machine[Symbol.asyncDispose]();
    }
  });
});

describe("two processes", { skip: withoutPebble() }, () => {
  it("B40: that start together on one folder make one order", async () => {
    await using pebble = await Pebble.start();
    const ports = await freePorts(2);
    await using balance = await balancer(pebble.httpPort, ports);
    const place = { acmeDirectory: pebble.directoryUrl, acmeRoot: pebble.rootFile };
    const settings = { domains: ["two.example"], store: newFolder(), ...place };
    const machines = ports.map((port) => new Machine(settings, port));
    try {
      await until(30_000, "two processes", () => machines.every((machine) => machine.count("ready") === 1));
      for (const machine of machines) machine.start();
      await until(40_000, "two certificates", () => machines.every(({ chainPem }) => chainPem !== undefined));

      assert.equal(
        machines.reduce((sum, machine) => sum + machine.count("cert_obtaining"), 0),
        1,
      );
      assert.equal(machines[0]?.chainPem, machines[1]?.chainPem);
      assert.ok(balance.answers.every((answer) => answer.every((status) => status === 200)));
    } finally {
      for (const machine of machines) await machine[Symbol.asyncDispose]();
    }
  });
});

describe("over time", () => {
  it("an authority that hangs is a failure after a while, and the placeholder serves meanwhile", async () => {
    await using stub = await stubAuthority(newFolder(), ({ path }) => (path === "/newNonce" ? null : undefined));
    const settings = resolveOptions({
      options: {
        domains: ["hang.example"],
        store: newFolder(),
        acmeDirectory: `${stub.url}/dir`,
        acmeRoot: stub.rootFile,
      },
    });
    const managing = await manage(settings);
    await within(
      45_000,
      "a failure",
      until(44_000, "a failure", () => managing.count("cert_failed") === 1),
    );
    const [failed] = managing.events.filter(({ type }) => type === "cert_failed");
    await managing.manager.close();

    assert.match(failed?.problem ?? "", /network: .*timeout/u);
    assert.equal(managing.pairs()[0]?.origin, "placeholder");
  });
});
