// Swaps certificates while clients of every kind go on: new connections, kept ones, and ones that resume a session.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { TlsPair } from "../../src/engine/engine.ts";
import { makePair } from "./certificates.ts";
import type { EngineName } from "./engines.ts";
import { listenTls, TlsClient, type TlsServer } from "./tls-server.ts";
import { turn, until } from "./waiting.ts";

const HOST = "a.test";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

export interface SwapReport {
  readonly requests: { fresh: number; kept: number; resumed: number; resumptions: number };
  /** How every failure of a client read. */
  readonly failures: readonly string[];
  readonly descriptorsBefore: number;
  readonly descriptorsAfter: number;
  /** Resident memory after the first half of the swaps and after the last one. */
  readonly megabytesAtHalf: number;
  readonly megabytesAfter: number;
}

/** `count` swaps between two certificates of the same name, each seen by a new connection before the next. */
export async function swapUnderLoad(engine: EngineName, count: number): Promise<SwapReport> {
  const pairs = [makePair([HOST], { commonName: "even" }), makePair([HOST], { commonName: "odd" })] as const;
  const other = makePair(["b.test"]);
  const server = await listenTls(engine, [pairs[0], other]);
  const descriptorsBefore = descriptors();
  const load = new Load(server);
  const running = [
    load.fresh(),
    load.fresh(),
    load.kept(),
    load.kept(),
    load.resumed("TLSv1.2"),
    load.resumed("TLSv1.3"),
  ];
  await until(20_000, "every kind of client under way", () => load.isUnderWay);
  let megabytesAtHalf = 0;
  for (let i = 1; i <= count; i++) {
    await swapOnce(server, [pairs[i % 2]!, other]);
    if (i === Math.floor(count / 2)) megabytesAtHalf = megabytes();
  }
  await until(20_000, "kept connections outlive the last swap", () => load.keptSince() >= 2);
  load.isOver = true;
  await Promise.all(running);
  const megabytesAfter = megabytes();
  await until(20_000, "every connection has ended", () => descriptors() <= descriptorsBefore).catch(() => {});
  const descriptorsAfter = descriptors();
  await server.listener.destroy();
  assert.deepEqual(server.errors, []);
  const { requests, failures } = load;
  return { requests, failures, descriptorsBefore, descriptorsAfter, megabytesAtHalf, megabytesAfter };
}

/** Swaps, and sees that the very next handshake shows the new certificate (B46). */
async function swapOnce(server: TlsServer, pairs: readonly (TlsPair & { commonName: string })[]): Promise<void> {
  server.listener.swap(pairs);
  await using client = await TlsClient.connect(server.port, { servername: HOST });
  assert.equal(client.commonName, pairs[0]?.commonName);
  assert.equal((await client.ask(HOST)).status, 200);
}

class Load {
  isOver = false;
  readonly failures: string[] = [];
  readonly requests = { fresh: 0, kept: 0, resumed: 0, resumptions: 0 };
  private keptMark: number | null = null;
  private readonly server: TlsServer;

  constructor(server: TlsServer) {
    this.server = server;
  }

  get isUnderWay(): boolean {
    return this.requests.fresh > 1 && this.requests.kept > 3 && this.requests.resumptions > 1;
  }

  /** Requests on kept connections since this was first asked. */
  keptSince(): number {
    this.keptMark ??= this.requests.kept;
    return this.requests.kept - this.keptMark;
  }

  async fresh(): Promise<void> {
    await this.untilOver(async () => {
      await using client = await TlsClient.connect(this.server.port, { servername: HOST });
      await client.ask(HOST);
      this.requests.fresh++;
    });
  }

  /** One connection over all the swaps. */
  async kept(): Promise<void> {
    await using client = await TlsClient.connect(this.server.port, { servername: HOST });
    await this.untilOver(async () => {
      await client.ask(HOST);
      this.requests.kept++;
      await turn(5);
    });
  }

  /** Offers the session of the connection before, which the server may take or leave. */
  async resumed(version: "TLSv1.2" | "TLSv1.3"): Promise<void> {
    let session: Buffer | undefined;
    await this.untilOver(async () => {
      const options = { servername: HOST, minVersion: version, maxVersion: version, ...(session && { session }) };
      await using client = await TlsClient.connect(this.server.port, options);
      client.socket.on("session", (ticket) => {
        session = ticket;
      });
      await client.ask(HOST);
      this.requests.resumed++;
      if (client.socket.isSessionReused()) this.requests.resumptions++;
    });
  }

  private async untilOver(work: () => Promise<void>): Promise<void> {
    while (!this.isOver && this.failures.length < 10) {
      try {
        await work();
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Without garbage, of which a busy machine leaves more: clients and server are in one process. */
function megabytes(): number {
  collectGarbage();
  return process.memoryUsage.rss() / 1024 / 1024;
}
