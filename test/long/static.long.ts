// What takes longer to see: many files, a full cache, a reader that pauses. With the command, as a user runs it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Running, start } from "../cli/command.ts";
import { RawClient } from "../support/raw-client.ts";
import { turn, until } from "../support/waiting.ts";
import { headOf, phaseFor, Site } from "../static/site.ts";
import { request, WAYS, type Way } from "../static/wire.ts";

const MIB = 1024 * 1024;

/** A server of its own for `root`, and the time it took to answer. */
class Command implements AsyncDisposable {
  readonly running: Running;
  port = 0;

  constructor({ engine, mode }: Way, root: string, ...flags: readonly string[]) {
    const fixed = ["--static", root, "--host", "127.0.0.1", "--port", "0", "--log", "off"];
    this.running = start([...fixed, "--engine", engine, "--mode", mode, ...flags]);
  }

  async listening(): Promise<this> {
    const text = (): string => this.running.stdout() + this.running.stderr();
    await until(60_000, "the server listens", () => /127\.0\.0\.1:\d+/.test(text()));
    this.port = Number(/127\.0\.0\.1:(\d+)/.exec(text())?.[1]);
    return this;
  }

  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.running.child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running[Symbol.asyncDispose]();
  }
}

async function ask(client: RawClient, target: string): Promise<number> {
  await client.send(request("GET", target));
  return (await client.response({ withinMs: 20_000 })).status;
}

/** Asks for each, some at a time. */
async function askAll(port: number, agent: Agent, targets: readonly string[]): Promise<void> {
  const queue = targets.values();
  const lane = async (): Promise<void> => {
    for (const target of queue) {
      const [response] = (await once(get({ port, agent, path: target }), "response")) as [IncomingMessage];
      assert.equal(response.statusCode, 200);
      await once(response.resume(), "end");
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

let site: Site;

before(async () => {
  site = await Site.create();
  mkdirSync(join(site.root, "many"));
  const content = Buffer.alloc(16 * 1024, "x");
  for (let i = 0; i < 100_000; i++) writeFileSync(join(site.root, `many/${i}.txt`), i < 10_000 ? content : "");
  writeFileSync(join(site.root, "video.bin"), "");
  truncateSync(join(site.root, "video.bin"), 40 * MIB);
});

after(() => site[Symbol.asyncDispose]());

it("A64: a directory of 100,000 files is ready, and answers, at once", async () => {
  const startedMs = performance.now();
  const phase = phaseFor({ "/": site.root }, { fallthrough: false });
  assert.equal((await phase(headOf("GET", "/many/99999.txt")))?.status, 200);
  assert.equal((await phase(headOf("GET", "/many/100000.txt")))?.status, 404);

  assert.ok(performance.now() - startedMs < 2_000);
});

for (const way of WAYS) {
  describe(`many files [${way.engine}, ${way.mode}]`, () => {
    it("A64: a directory of 100,000 files answers from the first second, and costs no memory", async () => {
      await using few = await new Command(way, site.base).listening();
      await using command = await new Command(way, site.root).listening();
      await using client = await RawClient.connect(command.port);

      assert.equal(await ask(client, "/many/99999.txt"), 200);
      assert.equal(await ask(client, "/many/100000.txt"), 404);
      assert.ok(command.residentBytes - few.residentBytes < 20 * MIB, "nothing is kept of files nobody asked for");
    });

    it("A58: 10,000 files requested in turn stay under the cap and a constant", { timeout: 120_000 }, async () => {
      await using command = await new Command(way, site.root).listening();
      const agent = new Agent({ keepAlive: true, maxSockets: 8 });
      const names = Array.from({ length: 10_000 }, (_, i) => `/many/${i}.txt`);
      await askAll(command.port, agent, names.slice(0, 500));
      const warmBytes = command.residentBytes;

      await askAll(command.port, agent, names);

      const grownBytes = command.residentBytes - warmBytes;
      // 64 MiB is what the cache may hold where nobody says otherwise.
      assert.ok(grownBytes < (64 + 40) * MIB, `${grownBytes / MIB} MiB more`);
      agent.destroy();
    });
  });
}

describe("a reader that pauses", { concurrency: true }, () => {
  for (const way of WAYS) {
    it(
      `A63: for 31 seconds still gets all of the file [${way.engine}, ${way.mode}]`,
      { timeout: 120_000 },
      async () => {
        await using command = await new Command(way, site.root).listening();
        await using client = await RawClient.connect(command.port, { isPaused: true });
        await client.send(request("GET", "/video.bin", ["Connection: close"]));

        await turn(31_000);
        const message = await client.untilClose(60_000);

        assert.equal(message.length - message.indexOf("\r\n\r\n") - 4, 40 * MIB);
      },
    );
  }
});
