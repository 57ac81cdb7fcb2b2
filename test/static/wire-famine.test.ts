// What do clients get while no descriptor is left, and afterwards?

import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { Program } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import type { RawResponse } from "../support/raw-response.ts";
import { within } from "../support/waiting.ts";
import { Site } from "./site.ts";
import { request, WAYS } from "./wire.ts";

const TARGETS = ["/small.txt", "/large.bin"];

let site: Site;
let child: ChildProcessByStdio<Writable, Readable, null>;
let lines: Interface;
let ports: readonly number[];

before(async () => {
  site = await Site.create({ "small.txt": "small", "large.bin": new Uint8Array(300_000) });
  const script = new URL("./descriptor-famine.ts", import.meta.url).pathname;
  const limited = ["-c", 'ulimit -n 100; exec "$0" --import tsx "$1" "$2"', process.execPath, script, site.root];
  child = spawn("sh", limited, { stdio: ["pipe", "pipe", "inherit"] });
  lines = createInterface(child.stdout);
  ports = JSON.parse(
    await new Program("the starved process", child).whenReady(60_000, nextLine()),
  ) as readonly number[];
});

after(async () => {
  child.stdin.end();
  await once(child, "exit");
  await site[Symbol.asyncDispose]();
});

async function nextLine(): Promise<string> {
  const [line] = await within(30_000, "a line of the starved process", once(lines, "line") as Promise<[string]>);
  return line;
}

async function tell(command: "take" | "give"): Promise<void> {
  const done = nextLine();
  child.stdin.write(`${command}\n`);
  await done;
}

async function ask(client: RawClient, target: string): Promise<RawResponse> {
  await client.send(request("GET", target));
  return client.response();
}

describe("a process without descriptors", () => {
  for (const way of WAYS) {
    it(`A47: answers 503 with Retry-After on open connections, and recovers [${way.engine}, ${way.mode}]`, async () => {
      await using client = await RawClient.connect(ports[WAYS.indexOf(way)]!);
      assert.equal((await ask(client, TARGETS[0]!)).status, 200);

      for (const target of TARGETS) {
        // The answer before gives its descriptor back a moment later: the famine is made anew until it lasts for a request.
        let starved: RawResponse | null = null;
        for (let attempt = 0; attempt < 100 && starved?.status !== 503; attempt++) {
          await tell("take");
          starved = await ask(client, target);
        }
        assert.deepEqual([starved?.status, starved?.field("retry-after")], [503, "1"], target);
        await tell("give");
        const fed = await ask(client, target);
        assert.deepEqual([fed.status, fed.body.length], [200, target === TARGETS[0] ? 5 : 300_000], target);
      }
    });
  }
});
